//! `--metadata`: names with their values, in the AWS CLI's shorthand (`k=v,k2="v, w"`) or as a JSON object.

use std::collections::BTreeMap;

/// Names with their values.
pub(super) type Map = BTreeMap<String, String>;

/// Reads either form; the error reads on from the flag.
pub(super) fn parse(text: &str) -> Result<Map, String> {
    let text = text.trim();
    if text.starts_with('{') {
        return serde_json::from_str(text).map_err(|error| format!("is no JSON object of texts ({error})"));
    }
    let mut map = Map::new();
    let mut rest = text;
    loop {
        let (name, value, after) = pair(rest)?;
        if map.insert(name.clone(), value).is_some() {
            return Err(format!("names `{name}` twice"));
        }
        match after.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None if after.is_empty() => return Ok(map),
            None => return Err(format!("goes on with `{after}` where a comma should be")),
        }
    }
}

fn pair(text: &str) -> Result<(String, String, &str), String> {
    let is_of_name = |sign: char| sign.is_ascii_alphanumeric() || "-_.#/:".contains(sign);
    let end = text.find(|sign| !is_of_name(sign)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let value = rest.trim_start().strip_prefix('=').filter(|_| !name.is_empty());
    let value = value.ok_or_else(|| format!("has `{text}` where `name=value` should be"))?.trim_start();
    let (value, rest) = match value.chars().next() {
        Some('[' | '{') => return Err(format!("has a list or a map as the value of `{name}`, not a text")),
        Some(quote @ ('"' | '\'')) => quoted(&value[1..], quote)?,
        _ => plain(value),
    };
    Ok((name.to_owned(), value, rest.trim_start()))
}

/// A value up to its closing quote, which may stand in it behind a backslash.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut is_escaped = false;
    let end = text.char_indices().find(|(_, sign)| {
        let ends = *sign == quote && !is_escaped;
        is_escaped = *sign == '\\' && !is_escaped;
        ends
    });
    let (end, _) = end.ok_or_else(|| format!("has no {quote} that closes {quote}{text}"))?;
    let value = text[..end].replace(&format!("\\{quote}"), &quote.to_string()).replace("\\\\", "\\");
    Ok((value, &text[end + 1..]))
}

/// A value up to a comma that has no backslash before it, or to a sign that only a quoted value may have.
fn plain(text: &str) -> (String, &str) {
    let mut before = None;
    let end = text.char_indices().find(|(_, sign)| {
        let ends = matches!(sign, '"' | '\'' | ']' | '}') || (*sign == ',' && before != Some('\\'));
        before = Some(*sign);
        ends
    });
    let end = end.map_or(text.len(), |(end, _)| end);
    (text[..end].replace("\\,", ",").trim_end().to_owned(), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shorthand's results are those of the AWS CLI's own parser.
    #[test]
    fn both_forms() {
        for (text, pairs) in [
            ("a=b", &[("a", "b")][..]),
            ("a=b,c=d", &[("a", "b"), ("c", "d")]),
            ("a = b , c=d e", &[("a", "b"), ("c", "d e")]),
            ("a=b=c", &[("a", "b=c")]),
            ("a=", &[("a", "")]),
            ("a=,c=d", &[("a", ""), ("c", "d")]),
            (r"a=b\,c", &[("a", "b,c")]),
            ("a='b,c',d=\"e\"", &[("a", "b,c"), ("d", "e")]),
            (r#"a="say \"x\"""#, &[("a", "say \"x\"")]),
            ("{\"a\": \"b, c\"}", &[("a", "b, c")]),
        ] {
            let expected: Map = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_neither() {
        for text in [
            "",
            "a",
            "a=b,c",
            "a=b,",
            "=b",
            "a=b,a=c",
            "a='b",
            "a='b'c",
            "a=it's",
            "a=[b]",
            "a={b=c}",
            "{\"a\": 1}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

//! Reading a `_headers` file: every mistake with its line.

use bitbucket_pipe::unexpanded::unexpanded;

use super::field::Field;
use super::pattern::Pattern;
use super::{Deed, HeadersFile, Rule};
use crate::headers::{doubt, is_header_value};

/// Cloudflare's limit for a line, in characters. A longer one is no rule but another kind of file.
const LONGEST_LINE: usize = 2000;

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// From 1.
    pub(crate) line: usize,
    /// Reads on from the line's number.
    pub(crate) message: String,
}

/// A line that says something.
#[derive(Clone, Copy)]
enum Line<'a> {
    Address(&'a str),
    Remove(&'a str),
    Add(&'a str, &'a str),
}

impl HeadersFile {
    /// Reads the rules; all mistakes at once.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let line = classify(line);
            reader.may_have_path |= line.is_err();
            let read = line.and_then(|line| reader.take(number, line));
            reader.mistakes.extend(read.err().map(|message| Mistake { line: number, message }));
        }
        reader.close();
        if reader.mistakes.is_empty() { Ok(reader.file) } else { Err(reader.mistakes) }
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    file: HeadersFile,
    /// The rule whose headers come next, and how many it has had.
    open: Option<(Rule, usize)>,
    /// The open rule is for one host.
    is_of_host: bool,
    /// A line that cannot be read may have been the path of the headers that follow.
    may_have_path: bool,
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn take(&mut self, number: usize, line: Line<'_>) -> Result<(), String> {
        let (name, value) = match line {
            Line::Address(address) => {
                self.close();
                self.is_of_host = !address.starts_with('/');
                self.open = Some((Rule { line: number, pattern: Pattern::parse(address), deeds: vec![] }, 0));
                if self.is_of_host && !address.starts_with("https://") {
                    return Err("has an address that does not begin with `https://`".to_owned());
                }
                return Ok(());
            }
            Line::Add(name, value) => (name, Some(value)),
            Line::Remove(name) => (name, None),
        };
        let Some((rule, headers)) = &mut self.open else {
            if self.may_have_path {
                let why = fault(name, value).or_else(|| fault_of_field(&Field::named(name)?, name, value));
                return why.map_or(Ok(()), Err);
            }
            return Err(format!("names `{name}` before any path: which files is it for?"));
        };
        *headers += 1;
        if let Some(why) = fault(name, value) {
            return Err(why);
        }
        if self.is_of_host {
            return Ok(());
        }
        let Some(field) = Field::named(name) else {
            self.file.unstorable.entry(name.to_owned()).or_default().push(number);
            return Ok(());
        };
        if let Some(why) = fault_of_field(&field, name, value) {
            return Err(why);
        }
        let is_metadata = matches!(field, Field::Metadata(_));
        let is_literal = |value: &&str| !is_metadata || unexpanded(value).is_some();
        if let Some(doubt) = value.filter(is_literal).and_then(doubt) {
            self.file.doubtful.push((number, format!("{name} {doubt}")));
        }
        rule.deeds
            .push(value.map_or(Deed::Remove(field.clone()), |value| Deed::Add(field, value.to_owned())));
        Ok(())
    }

    /// Ends the open rule.
    fn close(&mut self) {
        match self.open.take() {
            None => {}
            Some((rule, 0)) => {
                let message = "has a path, and no header follows it".to_owned();
                self.mistakes.push(Mistake { line: rule.line, message });
            }
            Some((rule, _)) if self.is_of_host => self.file.of_hosts.push(rule.line),
            // Of its headers S3 keeps none.
            Some((rule, _)) if rule.deeds.is_empty() => {}
            Some((rule, _)) => self.file.rules.push(rule),
        }
    }
}

fn classify(line: &str) -> Result<Line<'_>, String> {
    if line.chars().count() > LONGEST_LINE {
        return Err(format!("is longer than {LONGEST_LINE} characters"));
    }
    let scheme = line.split_once("://").map(|(scheme, _)| scheme);
    if line.starts_with('/') || scheme.is_some_and(|scheme| !scheme.contains([':', ' ', '\t'])) {
        return Ok(Line::Address(line));
    }
    if let Some(name) = line.strip_prefix('!') {
        return Ok(Line::Remove(name.trim()));
    }
    let (name, value) = line.split_once(':').ok_or_else(|| {
        "is neither a path, which begins with `/`, nor a header, which is `Name: value`, nor `! Name`"
            .to_owned()
    })?;
    Ok(Line::Add(name.trim_end(), value.trim()))
}

/// Why HTTP cannot carry this header.
fn fault(name: &str, value: Option<&str>) -> Option<String> {
    // The names of fields (RFC 9110, section 5.6.2).
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Some(format!("has `{name}`, which cannot be a header's name"));
    }
    match value {
        Some("") => Some(format!("has no value for `{name}`; `! {name}` takes a header away")),
        Some(value) if !is_header_value(value) => {
            Some(format!("has a value for `{name}` that a header cannot carry: plain ASCII is needed"))
        }
        _ => None,
    }
}

/// Why S3 cannot store this header with an object.
fn fault_of_field(field: &Field, name: &str, value: Option<&str>) -> Option<String> {
    let why = field.fault(value?)?;
    Some(format!("has a value for `{name}` that {why}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mistakes(text: &str) -> Vec<(usize, String)> {
        let mistakes = HeadersFile::parse(text).expect_err(text);
        mistakes.into_iter().map(|mistake| (mistake.line, mistake.message)).collect()
    }

    #[test]
    fn comments_blank_lines_and_line_ends_mean_nothing() {
        let plain = "/a\n  Cache-Control: x\n";
        let lines = plain.replace('\n', "\r\n");
        let dressed = format!("\u{feff}# rules\r\n\r\n{lines}\t# more\n");
        let rules = |text: &str| {
            let rules = HeadersFile::parse(text).expect("valid").rules.into_iter();
            rules.map(|rule| (rule.pattern, rule.deeds)).collect::<Vec<_>>()
        };
        assert_eq!(rules(&dressed), rules(plain));
        assert_eq!(rules(plain).len(), 1);
        // Neither platform asks for the blanks before a header.
        assert_eq!(rules("/a\nCache-Control: x"), rules(plain));
    }

    #[test]
    fn every_mistake_has_its_line_and_all_are_told() {
        for (text, line, words) in [
            ("Cache-Control: x\n/a\n  Expires: 0", 1, "before any path"),
            ("/a\n/b\n  Cache-Control: x", 1, "no header follows"),
            ("/b\n  Cache-Control: x\n\n/a", 4, "no header follows"),
            ("/a\n  what is this", 2, "neither a path"),
            ("/a\n  Cache-Control:", 2, "`! Cache-Control` takes"),
            ("/a\n  Cache Control: x", 2, "cannot be a header's name"),
            ("/a\n  !", 2, "cannot be a header's name"),
            ("/a\n  x-amz-meta-a: \u{e9}", 2, "plain ASCII"),
            ("/a\n  Expires: soon", 2, "no point in time"),
            ("http://example.com/a\n  Cache-Control: x", 1, "does not begin with `https://`"),
        ] {
            let found = mistakes(text);
            assert_eq!(found[0].0, line, "{text}");
            assert!(found[0].1.contains(words), "{text}: {found:?}");
        }
        assert_eq!(mistakes("a\nb\n/c\n").len(), 3);
        let long = format!("/a\n  Cache-Control: {}", "x".repeat(LONGEST_LINE));
        assert_eq!(mistakes(&long)[0].0, 2);
    }

    #[test]
    fn a_mistake_in_a_path_is_no_mistake_of_its_headers() {
        for (text, lines) in [
            ("http://example.com/a\n  Cache-Control: x\n/b\n  Expires: soon", &[1, 4][..]),
            ("css/*\n  Cache-Control: x\n  A B: x\n  Expires: soon", &[1, 3, 4]),
            ("Cache-Control: x\ncss/*\n  Expires: 0", &[1, 2]),
        ] {
            let found: Vec<usize> = mistakes(text).into_iter().map(|(line, _)| line).collect();
            assert_eq!(found, lines, "{text}");
        }
    }

    #[test]
    fn what_an_object_cannot_hold_is_kept_apart() {
        let file = HeadersFile::parse(
            "/*\n  X-Frame-Options: DENY\n  Cache-Control: x\n/b\n  X-Frame-Options: SAMEORIGIN\n  ! Link\n\
             https://example.com/*\n  X-Robots-Tag: noindex\n",
        );
        let file = file.expect("valid");
        let names: Vec<(&str, &[usize])> =
            file.unstorable.iter().map(|(name, lines)| (name.as_str(), &lines[..])).collect();
        assert_eq!(names, [("Link", &[6][..]), ("X-Frame-Options", &[2, 5][..])]);
        assert_eq!((file.of_hosts, file.rules.len()), (vec![7], 1));
    }

    proptest! {
        /// Whatever the file holds: rules, or mistakes with lines that it has.
        #[test]
        fn any_text(text in "([ /!:#*a-c.\u{e9}\r\n\t-]|://|Expires|Cache-Control: |:x){0,60}") {
            if let Err(mistakes) = HeadersFile::parse(&text) {
                let lines = text.lines().count();
                prop_assert!(!mistakes.is_empty());
                prop_assert!(mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line)));
            }
        }

        /// What is written in the format is what is read from it.
        #[test]
        fn round_trip(rules in prop::collection::vec(
            ("/[a-z/*.]{0,8}", prop::collection::vec(("x-amz-meta-[a-z]{1,5}", prop::option::of("[!-9;-~]( ?[!-~]){0,8}")), 1..4)),
            0..5,
        )) {
            let mut lines = vec!["# written by a test".to_owned()];
            for (address, headers) in &rules {
                lines.push(address.clone());
                lines.extend(headers.iter().map(|(name, value)| match value {
                    Some(value) => format!("  {name}: {value}"),
                    None => format!("  ! {name}"),
                }));
            }
            let text = lines.join("\n");
            let read = HeadersFile::parse(&text).expect("it is in the format");
            let read: Vec<(Pattern, Vec<Deed>)> =
                read.rules.into_iter().map(|rule| (rule.pattern, rule.deeds)).collect();
            let written: Vec<(Pattern, Vec<Deed>)> = rules.into_iter().map(|(address, headers)| {
                let deeds = headers.into_iter().map(|(name, value)| {
                    let field = Field::named(&name).expect("metadata");
                    value.map_or(Deed::Remove(field.clone()), |value| Deed::Add(field, value))
                });
                (Pattern::parse(&address), deeds.collect())
            }).collect();
            prop_assert_eq!(read, written);
        }
    }
}

//! `HEADERS_FILE`: rules in the `_headers` format of Netlify and Cloudflare Pages.

mod address;
mod field;
mod parse;
mod pattern;

use std::collections::BTreeMap;

use super::Headers;
use address::addresses;
use field::Field;
use pattern::Pattern;

/// All rules, and what of the file an object cannot hold.
///
/// A rule is a pattern and the headers of the files that it matches. The first rule that gives a file a header takes the
/// place of what variables, flags and presets say; each later one adds its value with a comma, as both platforms do, where
/// the header is a list; a header of one value is the last one's. `! Header` takes away whatever was said before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HeadersFile {
    rules: Vec<Rule>,
    /// Headers that S3 keeps for no object, and the lines that name them.
    pub(crate) unstorable: BTreeMap<String, Vec<usize>>,
    /// The lines of rules for one host: an object does not know through which it is asked for.
    pub(crate) of_hosts: Vec<usize>,
    /// Values that are hardly meant as they are written: the line, and a sentence that begins with the header's name.
    pub(crate) doubtful: Vec<(usize, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    line: usize,
    pattern: Pattern,
    deeds: Vec<Deed>,
}

/// What a rule does to one header.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Deed {
    Add(Field, String),
    Remove(Field),
}

impl HeadersFile {
    /// Puts the rules that match this path into effect.
    pub(super) fn apply(&self, path: &str, headers: &mut Headers) {
        let mut given = Vec::new();
        for deed in self.deeds(path) {
            match deed {
                Deed::Add(field, value) => {
                    let is_first = !given.contains(&field);
                    field.add(headers, value, is_first);
                    given.push(field);
                }
                Deed::Remove(field) => field.remove(headers),
            }
        }
    }

    /// The content type that the rules give this path, if they give it one.
    pub(super) fn content_type_of(&self, path: &str) -> Option<String> {
        let mut headers = Headers::default();
        self.apply(path, &mut headers);
        headers.content_type
    }

    /// Whether a rule gives a file a `Content-Encoding`.
    pub(super) fn has_encodings(&self) -> bool {
        let is_encoding = |deed: &Deed| matches!(deed, Deed::Add(Field::ContentEncoding, _));
        self.rules.iter().any(|rule| rule.deeds.iter().any(is_encoding))
    }

    /// The lines of the rules that match none of these paths.
    pub(crate) fn unused<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Vec<usize> {
        let mut unused: Vec<&Rule> = self.rules.iter().collect();
        for path in paths {
            if unused.is_empty() {
                break;
            }
            let addresses = addresses(path);
            unused.retain(|rule| rule.captures(&addresses).is_none());
        }
        unused.into_iter().map(|rule| rule.line).collect()
    }

    /// What the matching rules do, in their order, with the placeholders of values filled in.
    fn deeds(&self, path: &str) -> Vec<Deed> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let addresses = addresses(path);
        let matching = self.rules.iter().filter_map(|rule| Some((rule, rule.captures(&addresses)?)));
        let deeds = matching.flat_map(|(rule, captures)| {
            rule.deeds.iter().map(move |deed| match deed {
                Deed::Add(field, value) => Deed::Add(field.clone(), captures.fill(value)),
                Deed::Remove(field) => Deed::Remove(field.clone()),
            })
        });
        deeds.collect()
    }
}

impl Rule {
    fn captures<'a>(&'a self, addresses: &'a [String]) -> Option<pattern::Captures<'a>> {
        addresses.iter().find_map(|address| self.pattern.captures(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(file: &str, path: &str) -> Headers {
        let base = Headers { cache_control: Some("from the variable".into()), ..Headers::default() };
        let mut headers = base;
        HeadersFile::parse(file).expect("valid").apply(path, &mut headers);
        headers
    }

    #[test]
    fn rules_add_replace_and_take_away() {
        let cached = |file: &str| applied(file, "a/b.css").cache_control;
        for (file, expected) in [
            ("", Some("from the variable")),
            ("/other\n  Cache-Control: x", Some("from the variable")),
            ("/*\n  Cache-Control: public", Some("public")),
            ("/*\n  Cache-Control: public\n  Cache-Control: max-age=60", Some("public, max-age=60")),
            ("/*\n  Cache-Control: public\n/a/*\n  cache-control: max-age=60", Some("public, max-age=60")),
            ("/*\n  ! Cache-Control", None),
            ("/*\n  Cache-Control: public\n/a/*\n  ! cache-control", None),
            (
                "/*\n  Cache-Control: public\n/a/*\n  ! Cache-Control\n  Cache-Control: no-store",
                Some("no-store"),
            ),
            ("/*\n  ! Cache-Control\n/a/*\n  Cache-Control: no-store", Some("no-store")),
        ] {
            assert_eq!(cached(file).as_deref(), expected, "{file}");
        }
    }

    #[test]
    fn a_header_of_one_value_is_the_last_rules() {
        let file = "/*\n  Content-Type: text/plain\n  Content-Disposition: inline\n/a/*\n  Content-Type: text/css\n  \
                    Content-Disposition: attachment\n  Content-Language: de\n  Content-Language: en";
        let headers = applied(file, "a/b.css");
        assert_eq!(headers.content_type.as_deref(), Some("text/css"));
        assert_eq!(headers.content_disposition.as_deref(), Some("attachment"));
        assert_eq!(headers.content_language.as_deref(), Some("de, en"));
    }

    #[test]
    fn placeholders_are_filled_in() {
        let file = "/:area/:name/*\n  x-amz-meta-from: :area-:name of :splat, not :other or :names";
        let headers = applied(file, "docs/guide/a/b.html");
        let from = headers.metadata.get("from").map(String::as_str);
        assert_eq!(from, Some("docs-guide of a/b.html, not :other or :names"));
    }

    #[test]
    fn rules_that_match_no_file_are_told() {
        let file =
            HeadersFile::parse("/a\n  Expires: 2030-01-01\n/b/*\n  Expires: 2030-01-01\n").expect("valid");
        assert_eq!(file.unused(["a", "c"]), [3]);
    }

    #[test]
    fn doubtful_values_are_told_by_line() {
        let text = "/a\n  Cache-Control: \"no-cache\"\n  Content-Language: de\n/b\n  x-amz-meta-a: \"text\"\n  x-amz-meta-b: $B\n";
        let file = HeadersFile::parse(text).expect("valid");
        let lines: Vec<usize> = file.doubtful.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 6], "{:?}", file.doubtful);
    }
}

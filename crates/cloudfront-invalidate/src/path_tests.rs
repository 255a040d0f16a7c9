//! Spellings, limits, and that every key is covered by its path.

use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use super::*;

fn parse(given: &str) -> Result<String, String> {
    given.parse::<InvalidationPath>().map(|path| path.to_string()).map_err(|error| error.to_string())
}

#[test]
fn paths_are_sent_in_the_spelling_of_cloudfront() {
    for (given, sent) in [
        ("/", "/"),
        ("/*", "/*"),
        ("*", "/*"),
        ("index.html", "/index.html"),
        ("//twice", "//twice"),
        ("/a+b,c;d=e@f:g!$&'()", "/a+b,c;d=e@f:g!$&'()"),
        ("/search?q=a&l=de*", "/search?q=a&l=de*"),
        ("/été/naïve.html", "/%C3%A9t%C3%A9/na%C3%AFve.html"),
        ("/a b", "/a%20b"),
        ("/\"<>#{}|\\^~[]`", "/%22%3C%3E%23%7B%7D%7C%5C%5E%7E%5B%5D%60"),
        ("/a%20b/%c3%a9", "/a%20b/%c3%a9"),
        ("/100%", "/100%25"),
        ("/100%/of%zz%4", "/100%25/of%25zz%254"),
        ("/%%41", "/%25%41"),
        ("/%é", "/%25%C3%A9"),
        ("/a%2Ab*", "/a%2Ab*"),
        ("/#anchor", "/%23anchor"),
        ("/'quoted'", "/'quoted'"),
        ("/go/https://example.com", "/go/https://example.com"),
    ] {
        assert_eq!(parse(given), Ok(sent.to_owned()), "{given}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_way_out() {
    let long = "/é".repeat(600);
    for (given, message) in [
        ("", "empty path"),
        ("https://example.com/a", "leave out the scheme"),
        ("HTTP://example.com", "leave out the scheme"),
        ("\"/a\"", "remove the quotes"),
        ("'/a", "remove the quotes"),
        ("#tag", "is written `/#tag`"),
        ("/a*b", "only as the last character"),
        ("/**", "only as the last character"),
        ("*/", "only as the last character"),
        (long.as_str(), "has 4200 characters"),
    ] {
        let error = parse(given).expect_err(given);
        assert!(error.contains(message), "{given}: {error}");
    }
}

#[test]
fn four_thousand_characters_are_the_limit() {
    assert!(parse(&format!("/{}", "a".repeat(MAX_LENGTH - 1))).is_ok());
    assert!(parse(&"a".repeat(MAX_LENGTH)).is_err());
}

#[test]
fn a_message_shows_the_beginning_of_a_long_path_on_one_line() {
    let error = parse(&format!("/a*\u{7}{}", "b".repeat(5000))).expect_err("a wildcard inside");
    assert!(error.starts_with("`/a*\\u{7}bbb") && error.len() < 250, "{error}");
}

#[test]
fn keys_mean_what_they_say() {
    let long = "é".repeat(700);
    let longest = format!("/{}*", "%C3%A9".repeat(666));
    for (key, path, beginning) in [
        ("", "/", "/*"),
        ("a/b.html", "/a/b.html", "/a/b.html*"),
        ("100%.svg", "/100%25.svg", "/100%25.svg*"),
        ("a%20b", "/a%2520b", "/a%2520b*"),
        ("Café + 1.svg", "/Caf%C3%A9%20%2B%201.svg", "/Caf%C3%A9%20%2B%201.svg*"),
        ("a?b#c&d=e;f", "/a%3Fb%23c&d=e;f", "/a%3Fb%23c&d=e;f*"),
        ("//a", "///a", "///a*"),
        ("a*b", "/a*", "/a*"),
        ("*", "/*", "/*"),
        ("a/~me/b*", "/a/*", "/a/*"),
        (long.as_str(), longest.as_str(), longest.as_str()),
    ] {
        assert_eq!(InvalidationPath::of_key(key).as_str(), path, "{key}");
        assert_eq!(InvalidationPath::beginning_with(key).as_str(), beginning, "{key}");
    }
}

#[test]
fn a_key_of_any_length_has_a_path_that_cloudfront_takes() {
    for length in 3980..4020 {
        let (key, end) = ("a".repeat(length), "b".repeat(50));
        for path in [
            InvalidationPath::of_key(&key),
            InvalidationPath::beginning_with(&key),
            InvalidationPath::with_any_query(&key),
            InvalidationPath::of_key(&(key.clone() + &end)),
        ] {
            let text = path.as_str();
            assert!(text.len() <= MAX_LENGTH && text.len() > MAX_LENGTH - 25, "{length}: {}", text.len());
        }
    }
    assert_eq!(InvalidationPath::of_key(&"a".repeat(3999)).as_str().len(), MAX_LENGTH);
}

#[test]
fn a_query_is_covered_without_the_path_before_it() {
    for (key, path) in [("", "/?*"), ("a/", "/a/?*"), ("a?b", "/a%3Fb?*"), ("a*b", "/a*"), ("é", "/%C3%A9?*")]
    {
        assert_eq!(InvalidationPath::with_any_query(key).as_str(), path, "{key}");
    }
}

#[test]
fn doubts() {
    for (given, doubted) in [("/~me/", true), ("/a,", true), ("/a,b", false), ("/*", false)] {
        let path: InvalidationPath = given.parse().expect(given);
        assert_eq!(path.doubt().is_some(), doubted, "{given}");
    }
}

proptest! {
    #[test]
    fn every_key_is_covered_by_its_path(key in "\\PC{0,40}|[/%*~? a-f0-9é]{0,12}") {
        for path in [InvalidationPath::of_key(&key), InvalidationPath::beginning_with(&key)] {
            let spelt = path.as_str().parse::<InvalidationPath>();
            prop_assert_eq!(spelt.as_ref(), Ok(&path), "it keeps the promises of its type");
            prop_assert_eq!(path.doubt().filter(|doubt| doubt.contains('~')), None);
            let meant: Vec<u8> = percent_decode_str(path.as_str().trim_end_matches('*')).collect();
            let whole = format!("/{key}").into_bytes();
            if path.is_wildcard() { prop_assert!(whole.starts_with(&meant)) } else { prop_assert_eq!(whole, meant) }
        }
    }

    #[test]
    fn every_path_keeps_the_promises_of_its_type(given in "\\PC{0,40}|[/%*~ a-f0-9é]{0,12}") {
        let Ok(path) = given.parse::<InvalidationPath>() else { return Ok(()) };
        let sent = path.as_str();
        prop_assert!(sent.starts_with('/') && sent.len() <= MAX_LENGTH);
        prop_assert!(sent.bytes().all(|byte| byte.is_ascii_graphic()));
        prop_assert!(sent.find('*').is_none_or(|place| place + 1 == sent.len()));
        for code in sent.split('%').skip(1) {
            prop_assert!(code.len() >= 2 && code.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()));
        }
        prop_assert_eq!(path.is_wildcard(), sent.ends_with('*'));
    }

    #[test]
    fn encoding_changes_neither_the_meaning_nor_what_is_encoded(given in "/[%*~ a-f0-9é\"]{0,12}") {
        let Ok(path) = given.parse::<InvalidationPath>() else { return Ok(()) };
        let meant: Vec<u8> = percent_decode_str(&given).collect();
        let sent: Vec<u8> = percent_decode_str(path.as_str()).collect();
        prop_assert_eq!(meant, sent);
        prop_assert_eq!(path.as_str().parse::<InvalidationPath>(), Ok(path.clone()));
    }
}

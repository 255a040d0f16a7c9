//! Tables for the tree: shapes, lines, repeated keys, aliases and merge keys.

use std::fmt::Write as _;

use super::{Document, Entry, Node, Value};

fn parse(text: &str) -> Document {
    Document::parse(text).expect("the test's YAML is valid")
}

/// A compact form in which trees are compared: `{a: [1, 2]}`, `~` for nothing.
fn compact(node: &Node) -> String {
    match &node.value {
        Value::Null => "~".to_owned(),
        Value::Text(text) => text.clone(),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(compact).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let pair = |entry: &Entry| format!("{}: {}", entry.key, compact(&entry.node));
            let pairs: Vec<_> = entries.iter().map(pair).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

#[test]
fn shapes() {
    let table = [
        ("", "~"),
        ("a: 1", "{a: 1}"),
        ("a: 010\nb: yes\nc: 0.5.0\nd: true", "{a: 010, b: yes, c: 0.5.0, d: true}"),
        ("a:\nb: ~\nc: null\nd: ''\ne: 'null'", "{a: ~, b: ~, c: ~, d: , e: null}"),
        ("- a\n- [b, c]\n- d: e", "[a, [b, c], {d: e}]"),
        ("a: &x [1]\nb: *x", "{a: [1], b: [1]}"),
        ("- &x 1\n- &x 2\n- *x", "[1, 2, 2]"),
        ("base: &b {x: 1, y: 2}\nc: {<<: *b, y: 3}", "{base: {x: 1, y: 2}, c: {y: 3, x: 1}}"),
        ("base: &b {x: 1, y: 2}\nc: {y: 3, <<: *b}", "{base: {x: 1, y: 2}, c: {y: 3, x: 1}}"),
        ("- &a {x: 1}\n- &b {x: 2, y: 2}\n- <<: [*a, *b]", "[{x: 1}, {x: 2, y: 2}, {x: 1, y: 2}]"),
        ("'<<': 1", "{<<: 1}"),
        ("a: |\n  one\n  two\n", "{a: one\ntwo\n}"),
        ("---\na: 1\n...\n", "{a: 1}"),
    ];
    for (text, expected) in table {
        assert_eq!(compact(&parse(text).root), expected, "{text}");
    }
}

#[test]
fn a_repeated_key_is_reported_and_the_last_one_counts() {
    let document = parse("a:\n  x: 1\n  y: 2\n  x: 3\nb: 1\n");
    assert_eq!(compact(&document.root), "{a: {y: 2, x: 3}, b: 1}");
    let told: Vec<_> = document.duplicates.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["line 4: x is already given on line 2; the last one counts"]);
}

#[test]
fn a_merged_key_is_no_repeated_key() {
    let document = parse("base: &b {x: 1}\nc: {<<: *b, x: 2}");
    assert_eq!(document.duplicates, []);
}

#[test]
fn values_know_their_lines() {
    let document = parse("a: 1\n\nb:\n  - c\n  - d: e\n");
    let entries = document.root.entries("the file").expect("a mapping");
    let items = entries[1].node.items("b").expect("a list");
    assert_eq!((entries[1].line, items[0].line, items[1].line), (3, 4, 5));
}

#[test]
fn faults_name_the_line() {
    let table = [
        ("a: [1", "line 2: this is not valid YAML"),
        ("a: 1\n\tb: 2", "line 1: this is not valid YAML"),
        ("a: *nowhere", "line 1: this is not valid YAML"),
        ("a: &x\n  b: *x", "line 2: this alias stands inside the value it refers to"),
        ("a: 1\n---\nb: 2", "line 3: a pipelines file holds one document"),
        ("a:\n  <<: text", "line 2: `<<` must be a mapping or a list of mappings, not `text`"),
        ("? [a]\n: b", "line 1: a key must be a single value, not a list"),
    ];
    for (text, expected) in table {
        let fault = Document::parse(text).expect_err(text).to_string();
        assert!(fault.starts_with(expected), "{text}: {fault}");
    }
}

#[test]
fn a_handful_of_aliases_cannot_fill_the_memory() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        let items = vec![before; 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{items}]").expect("a String takes everything");
    }
    let fault = Document::parse(&text).expect_err("too many values");
    assert!(fault.message.contains("more than 100000 values"), "{fault}");
    let deep = "[".repeat(200) + &"]".repeat(200);
    let fault = Document::parse(&deep).expect_err("too deep");
    assert!(fault.message.contains("more than 100 deep"), "{fault}");
}

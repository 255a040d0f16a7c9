//! `EXTRA_ARGS` as nobody should write it.

use proptest::prelude::*;

use super::*;
use crate::filters::pattern::Pattern;

const VALUES: &[&str] = &[
    "true",
    "-1",
    "''",
    "\"a b",
    "file://",
    "file:///dev/full",
    "fileb://x",
    "a=b,c=",
    "{\"a\":",
    "[",
    "]",
    "=",
    "--",
    "\\",
];

/// Flags, values, quotes, brackets and whatever else, between blanks or not.
fn word() -> impl Strategy<Value = String> {
    let flags = FLAGS.iter().map(|flag| format!("--{}", flag.name)).collect::<Vec<_>>();
    prop_oneof![
        4 => prop::sample::select(flags),
        2 => prop::sample::select(VALUES).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// It is read, or refused with a word for every mistake, on one line each but for the hint.
    #[test]
    fn any_words(words in prop::collection::vec((word(), prop::bool::weighted(0.9)), 0..6)) {
        let text: String =
            words.into_iter().flat_map(|(word, ends)| [word, if ends { " ".into() } else { String::new() }]).collect();
        let pairs = [(NAME, text)].map(|(name, value)| (name.into(), value.into()));
        let mut faults = Faults::default();
        let _ = ExtraArgs::read(&Environment::from_pairs(pairs), Path::new("/nowhere"), &mut faults);
        for fault in &faults {
            let said = fault.to_string();
            let mut lines = said.lines();
            prop_assert!(lines.next().is_some_and(|line| line.len() > NAME.len() + 5), "{said}");
            prop_assert!(lines.all(|line| line.starts_with("hint: ")), "{said:?}");
            prop_assert!(!said.contains('\u{1b}'), "{said:?}");
        }
        // No mistake is reported twice.
        let mut said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let count = said.len();
        said.sort();
        said.dedup();
        prop_assert_eq!(said.len(), count);
    }

    /// A pattern ends with an answer, however its stars and brackets stand; one without any stands for itself alone.
    #[test]
    fn any_pattern(pattern in "[*?\\[\\]!^a-c/-]{0,40}|\\PC{0,20}", name in "[a-c/*\\[\\]-]{0,60}|\\PC{0,20}") {
        let matches = Pattern::new(&pattern).matches(&name);
        if !pattern.contains(['*', '?', '[']) {
            prop_assert_eq!(matches, pattern == name);
        }
        let quoted: String = name.chars().map(|c| if "*?[".contains(c) { format!("[{c}]") } else { c.to_string() }).collect();
        prop_assert!(Pattern::new(&quoted).matches(&name), "{quoted}");
        prop_assert!(Pattern::new(&format!("*{quoted}*")).matches(&name), "{quoted}");
    }
}

//! Words to flags, every mistake at once: the parser itself ends at the first.

use clap::ArgMatches;

use super::flags::{self, FLAGS, Fate, Flag, Takes};
use super::mistake::Mistake;
use super::words::Words;

/// The flags that can be read, and the mistakes in the others.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) matches: ArgMatches,
    pub(super) mistakes: Vec<Mistake>,
    /// Known flags that are given and cannot be read. What another flag lacks for want of one of them is not a mistake.
    pub(super) unread: Vec<&'static str>,
}

/// A flag with its values, and what follows it and belongs to no flag.
#[derive(Debug, Default)]
struct Group<'a> {
    flag: Option<&'static Flag>,
    own: Vec<&'a str>,
    strays: Vec<&'a str>,
    /// How many more values the flag takes.
    room: usize,
    /// A quote of a value is not closed.
    is_open: bool,
}

/// Reads the words together, or each flag by itself where one of them has a mistake.
pub(super) fn parse(Words { words, open }: &Words) -> Parsed {
    match flags::command().try_get_matches_from(words) {
        Ok(matches) if open.is_empty() => Parsed { matches, ..Parsed::default() },
        _ => parse_each(words, open),
    }
}

/// Reads each flag by itself, and then those without a mistake together, in their order.
fn parse_each(words: &[String], open: &[usize]) -> Parsed {
    let mut parsed = Parsed::default();
    let mut readable: Vec<&str> = Vec::new();
    for Group { flag, own, strays, is_open, .. } in groups(words, open) {
        let is_readable = match flag.map(|flag| (flag, flag.fate)) {
            Some((flag, Fate::Refused(why, hint))) => {
                parsed.note(Mistake::refused(flag, why, hint));
                false
            }
            Some(_) if is_open => false,
            _ => parsed.check(&own, words),
        };
        if is_readable {
            // All that follows two hyphens alone would belong to no flag.
            readable.extend(own.into_iter().filter(|word| *word != "--"));
        } else {
            parsed.unread.extend(flag.map(|flag| flag.name));
        }
        for stray in strays {
            parsed.check(&[stray], words);
        }
    }
    match flags::command().try_get_matches_from(readable) {
        Ok(matches) => parsed.matches = matches,
        Err(error) => parsed.note(Mistake::parsing(&error, words)),
    }
    parsed
}

/// The words by their flags. Those before the first flag are strays of a group without one.
fn groups<'a>(words: &'a [String], open: &[usize]) -> Vec<Group<'a>> {
    let mut groups = vec![Group::default()];
    for (index, word) in words.iter().enumerate() {
        if is_flag(word) {
            groups.push(Group::of(word));
        }
        if let Some(group) = groups.last_mut() {
            group.is_open |= open.contains(&index);
            match group.room.checked_sub(1) {
                Some(room) => {
                    group.own.push(word);
                    group.room = room;
                }
                None => group.strays.push(word),
            }
        }
    }
    groups
}

/// A negative number is a value.
fn is_flag(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|rest| !rest.starts_with(|sign: char| sign.is_ascii_digit()))
}

impl Group<'_> {
    /// With room for the flag itself and for its values.
    fn of(word: &str) -> Self {
        let flag = known(word);
        let values = match flag.map(|flag| flag.takes) {
            Some(Takes::Nothing) => 0,
            Some(Takes::Text | Takes::Number | Takes::OneOf(_) | Takes::Perhaps(_) | Takes::TextEachTime) => {
                usize::from(!word.contains('='))
            }
            Some(Takes::PairEachTime) => 2 - usize::from(word.contains('=')),
            // What follows an unknown flag may be its values.
            Some(Takes::Texts) | None => usize::MAX - 1,
        };
        Self { flag, room: 1 + values, ..Self::default() }
    }
}

/// The flag of this name, or the one that alone begins so.
fn known(word: &str) -> Option<&'static Flag> {
    let name = word.strip_prefix("--")?.split('=').next()?;
    let mut beginning = FLAGS.iter().filter(|flag| flag.name.starts_with(name));
    let exact = FLAGS.iter().find(|flag| flag.name == name);
    exact.or_else(|| beginning.next().filter(|_| beginning.next().is_none()))
}

impl Parsed {
    /// Whether these words can be read. If not, their mistake is noted.
    fn check(&mut self, own: &[&str], all: &[String]) -> bool {
        let read = flags::command().try_get_matches_from(own);
        read.map_err(|error| self.note(Mistake::parsing(&error, all))).is_ok()
    }

    /// A mistake that is made twice is one.
    pub(super) fn note(&mut self, mistake: Mistake) {
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;

    fn parsed(text: &str) -> Parsed {
        parse(&words::split(text))
    }

    /// The words in backticks or behind two hyphens of each message.
    fn named(text: &str) -> Vec<String> {
        let is_filler =
            |word: &str| ["has", "the", "unknown", "flag", "no", "a", "value", "for"].contains(&word);
        let name = |mistake: &Mistake| {
            let mut words = mistake.message.split([' ', ',']).map(|word| word.trim_matches('`'));
            words.find(|word| !is_filler(word)).unwrap_or_default().to_owned()
        };
        parsed(text).mistakes.iter().map(name).collect()
    }

    #[test]
    fn every_mistake_is_named_once() {
        for (text, expected) in [
            ("--foo --bar --storage-class HOT", &["--foo", "--bar", "HOT"][..]),
            ("--foo a b --acl public", &["--foo", "public"]),
            ("--foo --foo", &["--foo"]),
            ("x --delete y z --delete", &["x", "y", "z"]),
            ("--acl public extra --page-size many", &["public", "extra", "many"]),
            ("--acl --cache-control", &["--acl", "--cache-control"]),
            ("--delete=true --dryrun=true", &["--delete", "--dryrun"]),
            ("--cache-control -1 --foo", &["--foo"]),
            ("--delete -1", &["-1"]),
            ("--ex a --no-verify-ssl --checksum-mode X", &["--ex", "--no-verify-ssl", "--checksum-mode"]),
            ("-v --foo -- x", &["-v", "--foo", "x"]),
            ("--delete -- --foo", &["--foo"]),
            ("--acl private --delete --", &[]),
        ] {
            assert_eq!(named(text), expected, "{text}");
        }
    }

    #[test]
    fn flags_without_a_mistake_are_read_all_the_same() {
        let Parsed { matches, mistakes, unread } =
            parsed("--foo --acl private --exclude a --storage-class HOT --include b --acl public-read");
        assert_eq!((mistakes.len(), unread), (2, vec!["storage-class"]));
        assert_eq!(matches.get_one::<String>("acl").map(String::as_str), Some("public-read"));
        let place = |name| matches.indices_of(name).and_then(|mut places| places.next());
        assert!(place("exclude").is_some() && place("exclude") < place("include"));
    }

    #[test]
    fn an_open_quote_hides_no_other_mistake() {
        for (text, expected) in [
            ("--foo --cache-control 'a b", &["--foo"][..]),
            ("--acl public --foo 'a", &["public", "--foo"]),
            ("--foo --cache-control='a b", &["--foo"]),
        ] {
            assert_eq!(named(text), expected, "{text}");
        }
    }
}

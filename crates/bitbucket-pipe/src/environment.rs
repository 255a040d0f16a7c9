//! The step's variables, cleaned: trimmed, blank means absent, YAML lists joined.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;

use serde::de::DeserializeOwned;

use crate::faults::Faults;

/// Clean pairs: upper-case names, trimmed values, never a blank one.
///
/// Bitbucket passes a YAML list as `NAME_COUNT`, `NAME_0`, `NAME_1`, …; its items, less the blank ones, appear here as
/// [`Environment::items`] of `NAME`, and as one value, an item a line. No variable has a name in lower case: of such a pair
/// only the name is kept.
#[derive(Clone, Default)]
pub struct Environment {
    pairs: BTreeMap<String, String>,
    lower_case: BTreeSet<String>,
    lists: BTreeMap<String, Vec<String>>,
    unreadable: BTreeSet<String>,
    empty: BTreeSet<String>,
}

impl Environment {
    /// Cleans the pairs that a process was started with.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in pairs {
            let Ok(name) = name.into_string() else { continue };
            if !is_variable_name(&name) {
                if is_variable_name(&name.to_ascii_uppercase()) && !is_blank(&value) {
                    environment.lower_case.insert(name);
                }
                continue;
            }
            match value.into_string() {
                Ok(value) if value.trim().is_empty() => drop(environment.empty.insert(name)),
                Ok(value) => drop(environment.pairs.insert(name, value.trim().to_owned())),
                Err(_) => drop(environment.unreadable.insert(name)),
            }
        }
        environment.join_lists();
        environment
    }

    fn join_lists(&mut self) {
        let mut lists: BTreeMap<&str, BTreeMap<usize, &str>> = BTreeMap::new();
        // Bounded by the names that exist: a count that lies must not keep a pipe busy.
        for (name, value) in &self.pairs {
            let Some((list, index)) = name.rsplit_once('_') else { continue };
            let count = self.get(&format!("{list}_COUNT")).and_then(|count| count.parse::<usize>().ok());
            let index = index.parse().ok().filter(|index| count.is_some_and(|count| *index < count));
            if let Some(index) = index.filter(|_| !self.pairs.contains_key(list)) {
                lists.entry(list).or_default().insert(index, value);
            }
        }
        let lists = lists.into_iter().map(|(list, items)| {
            (list.to_owned(), items.into_values().map(str::to_owned).collect::<Vec<_>>())
        });
        self.lists = lists.collect();
        self.pairs.extend(self.lists.iter().map(|(list, items)| (list.clone(), items.join("\n"))));
    }

    /// The items of a variable that was given as a list; `None` when it was given as one value, or not at all.
    #[must_use]
    pub fn items(&self, name: &str) -> Option<&[String]> {
        self.lists.get(name).map(Vec::as_slice)
    }

    /// The value of a variable; `None` when it is unset or blank.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.get(name).map(String::as_str)
    }

    /// The names of all variables that have a value, and of those that would be variables in upper case, in alphabetical
    /// order. The items of a list are among them, and so is the list.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.keys().chain(&self.lower_case).map(String::as_str)
    }

    /// Whether a variable is given without a value: it counts as unset.
    #[must_use]
    pub fn is_empty(&self, name: &str) -> bool {
        self.empty.contains(name) && self.get(name).is_none()
    }

    /// Fills a struct whose fields are all `Option<String>` and are named like the variables, in lower case.
    ///
    /// Only `names` reach it, so that a variable of another tool can never be taken for one of ours. A listed variable
    /// that is not UTF-8 is a fault.
    pub fn read<T: DeserializeOwned + Default>(&self, names: &[&str], faults: &mut Faults) -> T {
        for name in names.iter().filter(|name| self.unreadable.contains(**name)) {
            faults.add(*name, "is not valid UTF-8");
        }
        let listed = names
            .iter()
            .filter_map(|name| self.get(name).map(|value| ((*name).to_owned(), value.to_owned())));
        // Its text would echo the value, which may be a secret.
        envy::from_iter(listed).unwrap_or_else(|_| {
            faults.add("environment", "could not be read into the pipe's variables");
            T::default()
        })
    }
}

/// Values may be secrets, so only names are shown.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.pairs.keys()).finish()
    }
}

fn is_blank(value: &OsStr) -> bool {
    value.to_str().is_some_and(|value| value.trim().is_empty())
}

fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    fn clean(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_pairs(pairs.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[derive(Debug, Default, Deserialize)]
    struct Variables {
        s3_bucket: Option<String>,
        local_path: Option<String>,
    }

    #[test]
    fn values_are_trimmed_and_blank_means_absent() {
        let environment = clean(&[("A", " x "), ("B", ""), ("C", " \t\n"), ("d", "lower")]);
        assert_eq!(environment.get("A"), Some("x"));
        for absent in ["B", "C", "d", "E"] {
            assert_eq!(environment.get(absent), None, "{absent}");
        }
        assert_eq!(
            ["A", "B", "C", "d", "E"].map(|name| environment.is_empty(name)),
            [false, true, true, false, false]
        );
    }

    #[test]
    fn lists_are_joined_by_lines() {
        let environment = clean(&[
            ("PATHS_COUNT", "3"),
            ("PATHS_0", "/a"),
            ("PATHS_1", "/b c"),
            ("PATHS_2", "/d"),
            ("RETRY_COUNT", "3"),
            ("X_COUNT", "1"),
            ("X_0", "from the list"),
            ("X", "said itself"),
        ]);
        assert_eq!(environment.get("PATHS"), Some("/a\n/b c\n/d"));
        assert_eq!(environment.get("RETRY"), None);
        assert_eq!(environment.get("X"), Some("said itself"));
        let items = ["/a", "/b c", "/d"].map(str::to_owned);
        assert_eq!(environment.items("PATHS"), Some(&items[..]));
        assert_eq!((environment.items("X"), environment.items("RETRY")), (None, None));
    }

    #[test]
    fn blank_items_are_left_out_and_nothing_after_them_is_lost() {
        let environment = clean(&[
            ("ID_COUNT", "12"),
            ("ID_0", ""),
            ("ID_2", "two"),
            ("ID_10", "ten"),
            ("ID_1", "one"),
            ("ID_99", "beyond the count"),
            ("HUGE_COUNT", "99999999999999999999"),
            ("HUGE_0", "no count"),
        ]);
        assert_eq!(environment.get("ID"), Some("one\ntwo\nten"));
        assert_eq!(environment.get("HUGE"), None);
    }

    #[test]
    fn only_listed_names_reach_the_struct() {
        let environment = clean(&[("S3_BUCKET", "site"), ("LOCAL_PATH", "build")]);
        let mut faults = Faults::default();
        let variables: Variables = environment.read(&["S3_BUCKET"], &mut faults);
        assert_eq!(variables.s3_bucket.as_deref(), Some("site"));
        assert_eq!(variables.local_path, None);
        assert!(faults.is_empty());
    }

    #[test]
    fn a_listed_variable_that_is_not_utf8_is_a_fault_and_a_foreign_one_is_not() {
        let broken = OsString::from_vec(vec![0xff]);
        let environment = Environment::from_pairs([
            ("S3_BUCKET".into(), broken.clone()),
            ("FOREIGN".into(), broken.clone()),
            (broken, "x".into()),
        ]);
        let mut faults = Faults::default();
        let _: Variables = environment.read(&["S3_BUCKET"], &mut faults);
        assert_eq!(faults.to_string(), "S3_BUCKET is not valid UTF-8");
    }

    #[test]
    fn the_names_are_those_that_have_a_value() {
        let environment =
            clean(&[("B", "x"), ("EMPTY", " "), ("lower", "x"), ("void", ""), ("a.b", "x"), ("A", "y")]);
        assert_eq!(environment.names().collect::<Vec<_>>(), ["A", "B", "lower"]);
    }

    #[test]
    fn debug_shows_no_value() {
        assert!(!format!("{:?}", clean(&[("TOKEN", "secret-value")])).contains("secret-value"));
    }

    proptest! {
        #[test]
        fn no_value_is_ever_blank(pairs in prop::collection::vec(("[A-Z_]{1,5}(_COUNT|_0|_1)?", "[ a-z0-9\n]{0,4}"), 0..12)) {
            let environment = Environment::from_pairs(pairs.iter().map(|(name, value)| (name.into(), value.into())));
            for value in environment.pairs.values() {
                prop_assert_eq!(value.trim(), value);
                prop_assert!(!value.is_empty());
            }
        }
    }
}

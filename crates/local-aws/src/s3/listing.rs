//! One page of a listing: prefix, delimiter, where to resume, how many.

/// S3 never lists more than this at once.
pub(super) const MAXIMUM: usize = 1000;

/// What is asked for.
pub(super) struct Query<'a> {
    pub(super) prefix: &'a str,
    /// Rolls up everything up to its first occurrence behind the prefix; never empty.
    pub(super) delimiter: Option<&'a str>,
    /// The name the page before ended with; a rolled-up prefix of that name is not listed again.
    pub(super) after: &'a str,
    pub(super) limit: usize,
}

/// What is answered.
pub(super) struct Page<'a, T> {
    pub(super) items: Vec<(&'a str, T)>,
    pub(super) common_prefixes: Vec<&'a str>,
    /// The last name of a page that has a successor.
    pub(super) next: Option<&'a str>,
}

/// The first page of `names`, which are sorted and all behind [`Query::after`].
pub(super) fn page<'a, T>(names: impl IntoIterator<Item = (&'a str, T)>, query: &Query<'_>) -> Page<'a, T> {
    let mut page = Page { items: Vec::new(), common_prefixes: Vec::new(), next: None };
    if query.limit == 0 {
        return page;
    }
    let mut last = None;
    for (name, item) in names {
        let Some(rest) = name.strip_prefix(query.prefix) else {
            if name > query.prefix {
                break;
            }
            continue;
        };
        let rolled_up = query
            .delimiter
            .and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len()))
            .map(|end| &name[..query.prefix.len() + end]);
        if rolled_up.is_some_and(|prefix| prefix == query.after || last == Some(prefix)) {
            continue;
        }
        if page.items.len() + page.common_prefixes.len() == query.limit {
            page.next = last;
            break;
        }
        last = rolled_up.or(Some(name));
        match rolled_up {
            Some(prefix) => page.common_prefixes.push(prefix),
            None => page.items.push((name, item)),
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ops::Bound::{Excluded, Unbounded};

    use proptest::prelude::*;

    use super::*;

    fn names<'a>(keys: &'a BTreeSet<String>, after: &str) -> impl Iterator<Item = (&'a str, ())> {
        keys.range::<str, _>((Excluded(after), Unbounded)).map(|key| (key.as_str(), ()))
    }

    /// Everything, page by page: names and common prefixes in the order of the pages.
    fn walk(keys: &BTreeSet<String>, prefix: &str, delimiter: Option<&str>, limit: usize) -> Vec<String> {
        let mut seen = Vec::new();
        let mut after = String::new();
        loop {
            let query = Query { prefix, delimiter, after: &after, limit };
            let page = page(names(keys, &after), &query);
            assert!(page.items.len() + page.common_prefixes.len() <= limit);
            let mut all: Vec<String> = page.items.iter().map(|(name, ())| (*name).to_owned()).collect();
            all.extend(page.common_prefixes.iter().map(|name| (*name).to_owned()));
            all.sort();
            seen.extend(all);
            match page.next {
                Some(next) => next.clone_into(&mut after),
                None => return seen,
            }
        }
    }

    #[test]
    fn prefixes_and_delimiters() {
        let keys: BTreeSet<String> =
            ["a", "a/b", "a/c/d", "a/c/e", "ab", "b"].into_iter().map(str::to_owned).collect();
        for (prefix, delimiter, expected) in [
            ("", None, vec!["a", "a/b", "a/c/d", "a/c/e", "ab", "b"]),
            ("", Some("/"), vec!["a", "a/", "ab", "b"]),
            ("a/", Some("/"), vec!["a/b", "a/c/"]),
            ("a", None, vec!["a", "a/b", "a/c/d", "a/c/e", "ab"]),
            ("z", None, vec![]),
        ] {
            for limit in 1..8 {
                assert_eq!(walk(&keys, prefix, delimiter, limit), expected, "{prefix} {limit}");
            }
        }
    }

    #[test]
    fn a_full_last_page_has_no_successor() {
        let keys: BTreeSet<String> = ["a", "b"].into_iter().map(str::to_owned).collect();
        let query = |limit| Query { prefix: "", delimiter: None, after: "", limit };
        assert_eq!(page(names(&keys, ""), &query(2)).next, None);
        assert_eq!(page(names(&keys, ""), &query(1)).next, Some("a"));
        assert_eq!(page(names(&keys, ""), &query(0)).next, None);
    }

    proptest! {
        #[test]
        fn pages_of_any_size_say_the_same(
            keys in prop::collection::btree_set("[ab/é+ ]{1,6}", 0..40),
            prefix in "[ab/]{0,2}",
            limit in 1_usize..10,
        ) {
            for delimiter in [None, Some("/")] {
                prop_assert_eq!(
                    walk(&keys, &prefix, delimiter, limit),
                    walk(&keys, &prefix, delimiter, MAXIMUM)
                );
            }
        }
    }
}

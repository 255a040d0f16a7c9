//! Files, objects and the record's entries side by side: all are sorted by path, so one walk over each is enough.

use std::iter::Peekable;

use super::objects::{Objects, RemoteObject};
use crate::record::{Entry, Record};
use crate::scan::TreeFile;

/// Something at a path.
pub(crate) trait HasPath {
    /// Its path below the prefix.
    fn path(&self) -> &str;
}

impl<T: HasPath> HasPath for (usize, T) {
    fn path(&self) -> &str {
        self.1.path()
    }
}

/// A walk over something sorted, from path to greater path.
pub(crate) struct Walk<I: Iterator>(Peekable<I>);

impl<I: Iterator> Walk<I>
where
    I::Item: HasPath,
{
    pub(crate) fn new(items: impl IntoIterator<IntoIter = I>) -> Self {
        Self(items.into_iter().peekable())
    }

    /// What is at this path, which is not less than any that was asked for before. What comes earlier is passed over.
    pub(crate) fn at(&mut self, path: &str) -> Option<I::Item> {
        while self.0.next_if(|item| item.path() < path).is_some() {}
        self.0.next_if(|item| item.path() == path)
    }
}

/// A file, its object, and what the record says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joint<'a> {
    /// Which of the files it is.
    pub(crate) index: usize,
    pub(crate) file: &'a TreeFile,
    /// Which of the objects it has.
    pub(crate) place: Option<usize>,
    pub(crate) object: Option<RemoteObject<'a>>,
    pub(crate) entry: Option<Entry<'a>>,
}

impl Joint<'_> {
    /// Whether the record tells the checksum of the object.
    pub(crate) fn is_known(&self) -> bool {
        self.entry.zip(self.object).is_some_and(|(entry, object)| entry.knowledge_of(&object).is_some())
    }
}

/// Every file with what is known of its object.
pub(crate) fn join<'a>(
    files: &'a [TreeFile],
    objects: &'a Objects,
    record: Option<&'a Record>,
) -> impl Iterator<Item = Joint<'a>> {
    let mut objects = Walk::new(objects.iter().enumerate());
    let mut entries = Walk::new(record.into_iter().flat_map(|record| record.entries.iter()));
    files.iter().enumerate().map(move |(index, file)| {
        let (place, object) = objects.at(&file.path).unzip();
        Joint { index, file, place, object, entry: entries.at(&file.path) }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl HasPath for &String {
        fn path(&self) -> &str {
            self
        }
    }

    proptest! {
        #[test]
        fn a_walk_finds_what_is_there(
            items in prop::collection::btree_set("[abc]{0,3}", 0..20),
            asked in prop::collection::btree_set("[abc]{0,3}", 0..20),
        ) {
            let mut walk = Walk::new(&items);
            for path in &asked {
                prop_assert_eq!(walk.at(path), items.get(path));
            }
        }
    }
}

//! What a bucket holds, as compactly as it can be walked: the paths of a page of its listing are one piece of memory.

use super::etag::ETag;
use super::join::HasPath;

/// How many objects are kept together where no page of a listing says so.
const PAGE: usize = 1000;

/// One object of the bucket, as a listing shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RemoteObject<'a> {
    /// Its key without the prefix.
    pub path: &'a str,
    /// Bytes.
    pub size: u64,
    /// What the listing says of its bytes.
    pub etag: ETag,
    /// Seconds since 1970.
    pub last_modified: Option<i64>,
}

impl HasPath for RemoteObject<'_> {
    fn path(&self) -> &str {
        self.path
    }
}

/// Objects that were listed together, in the order in which they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    paths: String,
    objects: Vec<Place>,
}

/// An object without its path, which begins where that of the object before ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    path_end: usize,
    size: u64,
    etag: ETag,
    last_modified: Option<i64>,
}

/// All objects, sorted by the bytes of their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Objects {
    /// None is empty, and each begins behind the end of the one before.
    pages: Vec<Page>,
}

impl Page {
    pub(crate) fn push(&mut self, object: RemoteObject<'_>) {
        let RemoteObject { path, size, etag, last_modified } = object;
        self.paths.push_str(path);
        self.objects.push(Place { path_end: self.paths.len(), size, etag, last_modified });
    }

    /// Leaves out everything behind this path; what is listed is sorted.
    pub(crate) fn cut_after(&mut self, end: &str) {
        let keep = self.first_at(|path| path > end);
        self.objects.truncate(keep);
        self.paths.truncate(self.start(keep));
    }

    /// Gives back what it has reserved and does not need.
    pub(crate) fn shrink(&mut self) {
        self.paths.shrink_to_fit();
        self.objects.shrink_to_fit();
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = RemoteObject<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }

    fn get(&self, index: usize) -> RemoteObject<'_> {
        let Place { path_end, size, etag, last_modified } = self.objects[index];
        RemoteObject { path: &self.paths[self.start(index)..path_end], size, etag, last_modified }
    }

    fn start(&self, index: usize) -> usize {
        index.checked_sub(1).map_or(0, |before| self.objects[before].path_end)
    }

    /// Of sorted objects, the index of the first of which this is true.
    fn first_at(&self, is_behind: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if is_behind(self.get(middle).path) { high = middle } else { low = middle + 1 }
        }
        low
    }
}

impl Objects {
    /// Of pages in any order, whose objects may be in any order too.
    pub(crate) fn new(mut pages: Vec<Page>) -> Self {
        pages.retain(|page| page.len() > 0);
        pages.sort_by(|one, other| one.get(0).path.cmp(other.get(0).path));
        let objects = Self { pages };
        if objects.iter().is_sorted_by(|one, other| one.path < other.path) {
            return objects;
        }
        // S3 lists in this order; directory buckets and some stores do not.
        let mut all: Vec<RemoteObject<'_>> = objects.iter().collect();
        all.sort_by_key(|object| object.path);
        all.into_iter().collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = RemoteObject<'_>> {
        self.pages.iter().flat_map(Page::iter)
    }

    /// The object at a path.
    #[must_use]
    pub(crate) fn at(&self, path: &str) -> Option<RemoteObject<'_>> {
        let page = self.pages.partition_point(|page| page.get(0).path <= path).checked_sub(1)?;
        let page = &self.pages[page];
        let index = page.first_at(|other| other >= path);
        (index < page.len()).then(|| page.get(index)).filter(|object| object.path == path)
    }
}

impl<'a> FromIterator<RemoteObject<'a>> for Objects {
    /// Of objects that are sorted.
    fn from_iter<I: IntoIterator<Item = RemoteObject<'a>>>(objects: I) -> Self {
        let mut pages: Vec<Page> = Vec::new();
        for object in objects {
            if let Some(page) = pages.last_mut().filter(|page| page.len() < PAGE) {
                page.push(object);
            } else {
                let mut page = Page::default();
                page.push(object);
                pages.push(page);
            }
        }
        Self { pages }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn object(path: &str, size: u64) -> RemoteObject<'_> {
        RemoteObject { path, size, etag: ETag::Single([7; 16]), last_modified: Some(5) }
    }

    proptest! {
        /// However the objects are dealt out to pages, and in whatever order: they are walked and found as in a map.
        #[test]
        fn like_a_map(
            paths in prop::collection::btree_map("[ab/\u{e9}]{1,4}", 0_u64..9, 0..40),
            order in any::<u64>(),
            pages in 1_usize..6,
            absent in "[abc/\u{e9}]{0,4}",
        ) {
            let mut dealt = vec![Page::default(); pages];
            let mut shuffled: Vec<(&String, &u64)> = paths.iter().collect();
            shuffled.sort_by_key(|(path, _)| crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, path.as_bytes()) ^ order);
            for (number, (path, size)) in shuffled.into_iter().enumerate() {
                dealt[number % pages].push(object(path, *size));
            }
            let objects = Objects::new(dealt);
            let walked: Vec<(&str, u64)> = objects.iter().map(|object| (object.path, object.size)).collect();
            let expected: Vec<(&str, u64)> = paths.iter().map(|(path, size)| (path.as_str(), *size)).collect();
            prop_assert_eq!(walked, expected);
            for path in paths.keys().chain([&absent]) {
                prop_assert_eq!(objects.at(path).map(|object| object.size), paths.get(path).copied());
            }
        }

        #[test]
        fn a_page_is_cut_behind_a_path(
            paths in prop::collection::btree_set("[ab/\u{e9}]{1,4}", 0..20),
            end in "[abc/\u{e9}]{0,4}",
        ) {
            let mut page = Page::default();
            for path in &paths {
                page.push(object(path, 1));
            }
            page.cut_after(&end);
            let left: Vec<&str> = page.iter().map(|object| object.path).collect();
            let expected: Vec<&str> = paths.iter().map(String::as_str).filter(|path| *path <= end.as_str()).collect();
            prop_assert_eq!(left, expected);
        }
    }

    #[test]
    fn more_objects_than_a_page_has() {
        let sizes: BTreeMap<String, u64> = (0..2500).map(|number| (format!("{number:04}"), number)).collect();
        let objects: Objects = sizes.iter().map(|(path, size)| object(path, *size)).collect();
        assert_eq!(objects.iter().count(), 2500);
        assert!(sizes.iter().all(|(path, size)| objects.at(path).is_some_and(|found| found.size == *size)));
    }
}

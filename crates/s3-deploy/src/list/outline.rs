//! The names of a folder or of a record, from which is told where to cut a listing: the bucket mostly holds the same. Pure.

/// Paths that are kept at most, but for one: enough to cut a large listing evenly, and every one of a site of usual size.
const MARKS: usize = 20_000;

/// Some of the sorted paths, evenly spread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    marks: Vec<String>,
    /// How many files there are from one to the next.
    distance: usize,
}

impl Outline {
    /// Of so many paths that are sorted.
    pub(crate) fn of<'a>(count: usize, paths: impl Iterator<Item = &'a str>) -> Self {
        let distance = count.div_ceil(MARKS).max(1);
        Self { marks: paths.skip(distance - 1).step_by(distance).map(str::to_owned).collect(), distance }
    }

    /// Cuts what follows a path into ranges with about as many files each: at most so many ranges, of whole pages with
    /// `page` files. Returns the last path of each but the last range, and how many pages each takes.
    pub(super) fn cuts(&self, after: &str, ranges: usize, page: usize) -> (Vec<String>, usize) {
        let ahead = &self.marks[self.marks.partition_point(|mark| mark.as_str() <= after)..];
        let pages = (ahead.len() * self.distance).div_ceil(page);
        let pages_each = pages.div_ceil(ranges).max(1);
        let ranges = pages.div_ceil(pages_each);
        let cuts = (1..ranges).map(|range| ahead[(range * ahead.len() / ranges).max(1) - 1].clone());
        (cuts.collect(), pages_each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row: files, how many of them have been listed, ranges, pages of each, files of the largest.
    #[test]
    fn ranges_are_few_and_whole_pages() {
        for (files, listed, ranges, pages, largest) in [
            (0, 0_usize, 0, 1, 0),
            (1000, 0, 1, 1, 1000),
            (1001, 0, 2, 1, 501),
            (9999, 999, 9, 1, 1000),
            (10_000, 1000, 9, 1, 1000),
            (66_000, 1000, 33, 2, 1972),
            (1_000_000, 1000, 63, 16, 15_900),
            (1_000_000, 999_900, 1, 1, 100),
        ] {
            let paths: Vec<String> = (0..files).map(|number| format!("{number:07}")).collect();
            let after = listed.checked_sub(1).map_or_else(String::new, |last| format!("{last:07}"));
            let (cuts, pages_each) =
                Outline::of(files, paths.iter().map(String::as_str)).cuts(&after, 64, 1000);
            assert!(cuts.is_sorted_by(|one, other| one < other), "{files} {listed}");
            let place = |cut: &String| cut.parse::<usize>().expect("a number") + 1;
            let ends: Vec<usize> = cuts.iter().map(place).chain([paths.len()]).collect();
            let starts = [listed].into_iter().chain(cuts.iter().map(place));
            let sizes: Vec<usize> = starts.zip(&ends).map(|(start, end)| end - start).collect();
            let ranges_cut = if files == listed { 0 } else { sizes.len() };
            assert_eq!((ranges_cut, pages_each), (ranges, pages), "{files} {listed}: {sizes:?}");
            let most = sizes.iter().max().copied().unwrap_or_default();
            assert_eq!(most, largest, "{files} {listed}: {sizes:?}");
        }
    }
}

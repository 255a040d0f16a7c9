//! Where a listing is cut into ranges: at paths of the folder, which is mostly what the bucket holds. Pure.

/// Files of one page of a listing, S3's thousand less one in twenty: so many objects more than files need no other page.
const FILES_A_PAGE: usize = 950;

/// Ranges at most. A range costs a part of a page at its end; twice as many as are asked for at once even out.
const RANGES: usize = 2 * super::IN_FLIGHT;

/// Some of the sorted paths of a folder, evenly spread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    /// The last path of each range.
    pub(super) cuts: Vec<String>,
    /// How many pages a range takes.
    pub(super) pages: usize,
}

impl Outline {
    /// Of paths that are sorted.
    pub(crate) fn of<'a>(paths: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let pages = paths.len().div_ceil(FILES_A_PAGE).div_ceil(RANGES).max(1);
        let step = pages * FILES_A_PAGE;
        Self { cuts: paths.skip(step - 1).step_by(step).map(str::to_owned).collect(), pages }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row: files, ranges that are cut off, pages of each.
    #[test]
    fn ranges_are_few_and_whole_pages() {
        for (files, cuts, pages) in
            [(0, 0, 1), (949, 0, 1), (950, 1, 1), (10_000, 10, 1), (60_801, 32, 2), (1_000_000, 61, 17)]
        {
            let paths: Vec<String> = (0..files).map(|number| format!("{number:07}")).collect();
            let outline = Outline::of(paths.iter().map(String::as_str));
            assert_eq!((outline.cuts.len(), outline.pages), (cuts, pages), "{files}");
            let last = outline.cuts.last().map(String::as_str);
            let expected = (cuts * pages * FILES_A_PAGE).checked_sub(1).map(|last| paths[last].as_str());
            assert_eq!(last, expected);
        }
    }
}

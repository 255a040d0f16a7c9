//! The planner: of all covers of what changed that fit the budget, the one that evicts the fewest unchanged objects. Pure.
//!
//! Wildcards are beginnings of paths: of two of them, one is within the other or they have nothing in common. So the
//! wildcards that could be chosen form a tree, and the best choice is an exact knapsack over it, from the leaves to the root.

mod table;

use std::cmp::Reverse;

use self::table::{Choices, Table};
use crate::changes::eviction::Unchanged;
use crate::path::InvalidationPath;

/// How much a cover may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Paths, wildcards among them.
    pub paths: usize,
    /// Wildcards.
    pub wildcards: usize,
}

/// One of the texts that make the tree. Sorted, a beginning comes before all that begins so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Item<'a> {
    text: &'a str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// The wildcard of a directory, with or without its slash, or of a page: it may be chosen.
    Candidate,
    /// A wildcard that is needed itself: it, or one that it is within, must be chosen.
    Wildcard,
    /// A path that is needed.
    File,
}

/// A wildcard whose paths are not all seen yet.
struct Open<'a> {
    stem: &'a str,
    /// Its place among the items.
    place: usize,
    /// Paths in it that no other wildcard but those around it covers.
    files: usize,
    tables: Vec<Table>,
}

/// Covers `needed` (sorted, none within another) with the needed paths themselves, the wildcards `/dir/*` and `/dir*` of the
/// directories that hold them, and `/page*` of a path that others begin with, as `/page.html` and `/page?*` do, as far as
/// these begin with `reach`. `None` where no such cover fits the budget.
///
/// Of several with the fewest evicted objects: the one with the fewest paths, then with the fewest wildcards, then the
/// one whose wildcards are longest, since what the list does not tell of is evicted least by these.
#[must_use]
pub fn plan(
    needed: &[InvalidationPath],
    unchanged: &Unchanged,
    reach: &str,
    budget: Budget,
) -> Option<Vec<InvalidationPath>> {
    let items = items(needed, reach);
    let mut choices = Choices::new(budget);
    let mut open = vec![Open { stem: "", place: 0, files: 0, tables: Vec::new() }];
    for (place, item) in items.iter().enumerate() {
        while open.last().is_some_and(|open| !item.text.starts_with(open.stem)) {
            close(&mut open, unchanged, &mut choices);
        }
        let Some(innermost) = open.last_mut() else { break };
        match item.kind {
            Kind::Candidate => open.push(Open { stem: item.text, place, files: 0, tables: Vec::new() }),
            Kind::Wildcard => {
                // Every cover evicts what this does. Counted for more, it would lose against a wider wildcard.
                let evicted = unchanged.evicted_by(item.text).least;
                innermost.tables.push(choices.only(place, item.text.len(), evicted));
            }
            Kind::File => innermost.files += 1,
        }
    }
    while open.len() > 1 {
        close(&mut open, unchanged, &mut choices);
    }
    let everything = open.pop()?;
    let best = choices.merged(everything.tables, everything.files);
    let best = best
        .points()
        .iter()
        .min_by_key(|point| (point.evicted, point.paths, point.wildcards, Reverse(point.length)))?;
    let chosen = choices.chosen(best.choice).into_iter().map(|place| items[place].text);
    Some(covered(needed, chosen.collect()))
}

/// Decides what is worth knowing of the innermost wildcard, and hands it to the one around it.
fn close(open: &mut Vec<Open>, unchanged: &Unchanged, choices: &mut Choices) {
    let Some(closed) = open.pop() else { return };
    let Some(around) = open.last_mut() else { return };
    let parts = closed.files + closed.tables.len();
    if closed.tables.is_empty() && parts <= 1 {
        around.files += closed.files;
        return;
    }
    let mut table = choices.merged(closed.tables, closed.files);
    // Around one part alone, a wildcard evicts no less than that part does and saves nothing.
    if parts > 1 {
        let evicted = unchanged.evicted_by(closed.stem).most;
        table.offer(choices.only(closed.place, closed.stem.len(), evicted));
    }
    around.tables.push(table);
}

fn items<'a>(needed: &'a [InvalidationPath], reach: &str) -> Vec<Item<'a>> {
    let mut items = Vec::with_capacity(2 * needed.len());
    let mut before = "";
    for (place, path) in needed.iter().enumerate() {
        let path = path.as_str();
        let (text, kind) = match path.strip_suffix('*') {
            Some(stem) => (stem, Kind::Wildcard),
            None => (path, Kind::File),
        };
        // Up to where the path before is the same, its directories are too.
        let shared = path.bytes().zip(before.bytes()).take_while(|(one, other)| one == other).count();
        let slashes =
            text.bytes().enumerate().filter(|(place, byte)| *byte == b'/' && *place >= shared.max(1));
        let stems = slashes.flat_map(|(slash, _)| [&text[..slash], &text[..=slash]]);
        // What begins with a path comes right after it.
        let is_beginning = needed.get(place + 1).is_some_and(|next| next.as_str().starts_with(path));
        let stems = stems.chain(is_beginning.then_some(path));
        let stems = stems.filter(|stem| stem.starts_with(reach) && stem.len() > 1);
        items.extend(stems.map(|text| Item { text, kind: Kind::Candidate }));
        items.push(Item { text, kind });
        before = path;
    }
    items.sort_unstable();
    items.dedup();
    items
}

/// The wildcards, none of them within another, and the needed paths that none of them covers.
fn covered(needed: &[InvalidationPath], mut stems: Vec<&str>) -> Vec<InvalidationPath> {
    stems.sort_unstable();
    let is_within = |path: &&InvalidationPath| {
        let before = stems.partition_point(|stem| *stem <= path.as_str().trim_end_matches('*'));
        stems[..before].last().is_some_and(|stem| path.as_str().starts_with(stem))
    };
    let mut paths: Vec<InvalidationPath> = needed.iter().filter(|path| !is_within(path)).cloned().collect();
    paths.extend(stems.iter().map(|stem| InvalidationPath::of_stem(stem)));
    paths.sort_unstable();
    paths
}

#[cfg(test)]
#[path = "planner_tests.rs"]
mod tests;

//! What covers of one part of the tree cost: the points of which none is better in every respect than another.

use super::Budget;

/// One way to cover a part of the tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// Wildcards in it.
    pub(super) wildcards: usize,
    /// Paths in it, the wildcards among them.
    pub(super) paths: usize,
    /// Unchanged objects that it evicts.
    pub(super) evicted: u64,
    /// Of all its wildcards together, in bytes: the longer, the narrower.
    pub(super) length: usize,
    /// Which wildcards.
    pub(super) choice: Choice,
}

/// A set of wildcards: a place among the [`Choices`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice(u32);

impl Choice {
    const NOTHING: Self = Self(u32::MAX);
}

#[derive(Clone, Copy, Debug)]
enum Made {
    /// The wildcard at this place among the items.
    Of(usize),
    Joined(Choice, Choice),
}

/// The covers of one part that may belong to the best cover of the whole, sorted by wildcards and paths.
#[derive(Debug)]
pub(super) struct Table(Vec<Point>);

/// Makes tables within a budget, and remembers how they were made.
#[derive(Debug)]
pub(super) struct Choices {
    budget: Budget,
    made: Vec<Made>,
    /// Room for the sums of one merge, kept because there are as many merges as directories.
    sums: Vec<Sum>,
}

/// The best sum of two points for its number of wildcards and paths.
#[derive(Clone, Copy, Debug)]
struct Sum {
    evicted: u64,
    length: usize,
    /// Places in the two tables.
    one: usize,
    other: usize,
}

impl Sum {
    const NONE: Self = Self { evicted: u64::MAX, length: 0, one: 0, other: 0 };

    fn is_better_than(&self, other: &Self) -> bool {
        self.evicted < other.evicted || self.evicted == other.evicted && self.length > other.length
    }
}

impl Table {
    pub(super) fn points(&self) -> &[Point] {
        &self.0
    }

    /// Offers one wildcard for the whole part, of which every other cover takes two paths or more.
    pub(super) fn offer(&mut self, Self(whole): Self) {
        for point in whole {
            self.0.retain(|other| other.wildcards < point.wildcards || other.evicted < point.evicted);
            let place = self.0.partition_point(|other| other.wildcards < point.wildcards);
            self.0.insert(place, point);
        }
    }
}

impl Choices {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, made: Vec::new(), sums: Vec::new() }
    }

    /// The one wildcard at this place among the items.
    pub(super) fn only(&mut self, place: usize, length: usize, evicted: u64) -> Table {
        if self.budget.wildcards.min(self.budget.paths) == 0 {
            return Table(Vec::new());
        }
        let choice = self.remember(Made::Of(place));
        Table(vec![Point { wildcards: 1, paths: 1, evicted, length, choice }])
    }

    /// Parts side by side, and so many paths that are covered by themselves. Neighbours are merged first, which keeps
    /// the tables of most merges small.
    pub(super) fn merged(&mut self, mut tables: Vec<Table>, files: usize) -> Table {
        while tables.len() > 1 {
            let mut halved = Vec::with_capacity(tables.len().div_ceil(2));
            let mut parts = tables.into_iter();
            while let Some(one) = parts.next() {
                halved.push(match parts.next() {
                    Some(other) => self.sum(&one, &other),
                    None => one,
                });
            }
            tables = halved;
        }
        let nothing = Point { wildcards: 0, paths: 0, evicted: 0, length: 0, choice: Choice::NOTHING };
        let mut points = tables.pop().map_or_else(|| vec![nothing], |table| table.0);
        for point in &mut points {
            point.paths += files;
        }
        points.retain(|point| point.paths <= self.budget.paths);
        Table(points)
    }

    /// The places of the wildcards of a choice.
    pub(super) fn chosen(&self, choice: Choice) -> Vec<usize> {
        let mut places = Vec::new();
        let mut left = vec![choice];
        while let Some(choice) = left.pop().filter(|choice| *choice != Choice::NOTHING) {
            match self.made[choice.0 as usize] {
                Made::Of(place) => places.push(place),
                Made::Joined(one, other) => left.extend([one, other]),
            }
        }
        places
    }

    /// Every cover of one part with every cover of the other, and of these the ones that none is better than.
    fn sum(&mut self, Table(one): &Table, Table(other): &Table) -> Table {
        let fewest = |points: &[Point]| points.iter().map(|point| point.paths).min();
        let (Some(fewest), Some(others)) = (fewest(one), fewest(other)) else { return Table(Vec::new()) };
        let fewest = fewest + others;
        let most = |number: fn(&Point) -> usize| {
            [one, other].iter().filter_map(|points| points.iter().map(number).max()).sum::<usize>()
        };
        let paths = self.budget.paths.min(most(|point| point.paths));
        let wildcards = self.budget.wildcards.min(most(|point| point.wildcards));
        if fewest > paths {
            return Table(Vec::new());
        }
        let width = paths - fewest + 1;
        let mut sums = std::mem::take(&mut self.sums);
        sums.clear();
        sums.resize((wildcards + 1) * width, Sum::NONE);
        for (place, point) in one.iter().enumerate() {
            let within = other
                .iter()
                .enumerate()
                .take_while(|(_, other)| point.wildcards + other.wildcards <= wildcards);
            for (other_place, other) in within.filter(|(_, other)| point.paths + other.paths <= paths) {
                let sum = Sum {
                    evicted: point.evicted + other.evicted,
                    length: point.length + other.length,
                    one: place,
                    other: other_place,
                };
                let row = (point.wildcards + other.wildcards) * width;
                let best = &mut sums[row + point.paths + other.paths - fewest];
                if sum.is_better_than(best) {
                    *best = sum;
                }
            }
        }
        let mut points = Vec::new();
        // The fewest objects that are evicted with no more wildcards and no more paths.
        let mut floor = vec![u64::MAX; width];
        for (row, sums) in sums.chunks(width).enumerate() {
            let mut lowest = u64::MAX;
            for (column, (sum, floor)) in sums.iter().zip(&mut floor).enumerate() {
                lowest = lowest.min(*floor);
                if sum.evicted < lowest {
                    lowest = sum.evicted;
                    points.push(Point {
                        wildcards: row,
                        paths: fewest + column,
                        evicted: sum.evicted,
                        length: sum.length,
                        choice: self.join(one[sum.one].choice, other[sum.other].choice),
                    });
                }
                *floor = lowest;
            }
        }
        self.sums = sums;
        Table(points)
    }

    fn remember(&mut self, made: Made) -> Choice {
        let place = u32::try_from(self.made.len()).unwrap_or(u32::MAX);
        self.made.push(made);
        Choice(place)
    }

    fn join(&mut self, one: Choice, other: Choice) -> Choice {
        if one == Choice::NOTHING {
            other
        } else if other == Choice::NOTHING {
            one
        } else {
            self.remember(Made::Joined(one, other))
        }
    }
}

//! Numbers that look random and are the same in every run with the same seed.

/// A generator of numbers (`SplitMix64`): its whole state is one number, so that any round can begin anew.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The generator for one purpose of one round: what it gives does not depend on how other rounds went.
    pub(crate) fn new(seed: u64, round: u64, purpose: u64) -> Self {
        let mut mixed = Self(seed);
        mixed.0 = mixed.next() ^ round;
        mixed.0 = mixed.next() ^ purpose;
        mixed
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(self.next() % limit).unwrap_or(usize::MAX)
    }

    /// Whether something happens that happens once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these; `None` when there is none.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        if choices.is_empty() { None } else { choices.get(self.below(choices.len())) }
    }

    /// Letters that were never seen before, so many of them.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        const LETTERS: [char; 16] =
            ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'k', 'l', 'm', 'n', 'o', 'p', '\n'];
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let mut bits = self.next();
            for _ in 0..16.min(length - text.len()) {
                text.push(LETTERS[usize::try_from(bits & 15).unwrap_or_default()]);
                bits >>= 4;
            }
        }
        text
    }
}

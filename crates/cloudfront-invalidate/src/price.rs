//! What paths cost.

use std::fmt;

/// Paths of a month that an account does not pay for: CloudFront Developer Guide, "Paying for file invalidation".
pub const FREE: u64 = 1000;

/// What each path after these costs, in thousandths of a US dollar: Amazon CloudFront Pricing, "Invalidation requests".
const EACH: u64 = 5;

/// What some paths cost an account that has used up its free ones. A wildcard is one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// In thousandths of a US dollar.
    thousandths: u64,
}

impl Price {
    /// The price of so many paths.
    #[must_use]
    pub fn of(paths: u64) -> Self {
        Self { thousandths: paths.saturating_mul(EACH) }
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, rest) = (self.thousandths / 1000, self.thousandths % 1000);
        write!(f, "{dollars}.{rest:03} USD after the account's {FREE} free paths of the month")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_its_price() {
        for (paths, expected) in [(1, "0.005 USD"), (30, "0.150 USD"), (3000, "15.000 USD"), (0, "0.000 USD")]
        {
            assert!(Price::of(paths).to_string().starts_with(expected), "{paths}");
        }
    }
}

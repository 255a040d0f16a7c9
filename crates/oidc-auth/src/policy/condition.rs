//! Condition operators: what `StringLike`, `ForAnyValue:StringEquals`, `BoolIfExists` and the others ask.

use super::pattern;

/// A condition operator that this evaluation knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    comparison: Comparison,
    negated: bool,
    quantifier: Quantifier,
    if_exists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equals,
    EqualsInAnyCase,
    Like,
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    Single,
    Any,
    All,
}

impl Operator {
    /// Reads the name of an operator; `None` for one that is not known here.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = if let Some(rest) = name.strip_prefix("ForAnyValue:") {
            (Quantifier::Any, rest)
        } else if let Some(rest) = name.strip_prefix("ForAllValues:") {
            (Quantifier::All, rest)
        } else {
            (Quantifier::Single, name)
        };
        let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
        let (comparison, negated) = match base {
            "StringEquals" => (Comparison::Equals, false),
            "StringNotEquals" => (Comparison::Equals, true),
            "StringEqualsIgnoreCase" | "Bool" => (Comparison::EqualsInAnyCase, false),
            "StringNotEqualsIgnoreCase" => (Comparison::EqualsInAnyCase, true),
            "StringLike" | "ArnLike" | "ArnEquals" => (Comparison::Like, false),
            "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => (Comparison::Like, true),
            "Null" if !if_exists => (Comparison::Null, false),
            _ => return None,
        };
        Some(Self { comparison, negated, quantifier, if_exists })
    }

    /// Whether the condition holds of a key with the values `actual`; none means that the request lacks the key.
    ///
    /// | | key absent | one value | several values |
    /// |---|---|---|---|
    /// | plain | only when negated | compared | any of them, all of them when negated |
    /// | `ForAnyValue:` | no | compared | any of them |
    /// | `ForAllValues:` | yes | compared | all of them |
    /// | `…IfExists` | yes | as above | as above |
    pub(super) fn holds(self, expected: &[String], actual: &[String]) -> bool {
        if self.comparison == Comparison::Null {
            return expected.iter().any(|value| value.eq_ignore_ascii_case("true") == actual.is_empty());
        }
        if actual.is_empty() {
            return self.if_exists
                || self.quantifier == Quantifier::All
                || (self.quantifier == Quantifier::Single && self.negated);
        }
        let mut each = actual
            .iter()
            .map(|value| expected.iter().any(|wanted| self.compares(wanted, value)) != self.negated);
        match self.quantifier {
            Quantifier::All => each.all(|holds| holds),
            Quantifier::Single if self.negated => each.all(|holds| holds),
            Quantifier::Any | Quantifier::Single => each.any(|holds| holds),
        }
    }

    fn compares(self, wanted: &str, value: &str) -> bool {
        match self.comparison {
            Comparison::Equals => wanted == value,
            Comparison::EqualsInAnyCase => wanted.to_lowercase() == value.to_lowercase(),
            Comparison::Like => pattern::matches(wanted, value),
            Comparison::Null => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, expected: &[&str], actual: &[&str]) -> bool {
        let own = |values: &[&str]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
        Operator::parse(operator).expect("a known operator").holds(&own(expected), &own(actual))
    }

    #[test]
    fn every_operator() {
        for (operator, expected, actual, result) in [
            ("StringEquals", &["a", "b"][..], &["b"][..], true),
            ("StringEquals", &["a"], &["A"], false),
            ("StringEquals", &["a*"], &["abc"], false),
            ("StringEquals", &["a"], &[], false),
            ("StringEqualsIfExists", &["a"], &[], true),
            ("StringEqualsIfExists", &["a"], &["b"], false),
            ("StringNotEquals", &["a"], &["b"], true),
            ("StringNotEquals", &["a", "b"], &["b"], false),
            ("StringNotEquals", &["a"], &[], true),
            ("StringNotEquals", &["a"], &["b", "a"], false),
            ("StringEqualsIgnoreCase", &["MAIN"], &["main"], true),
            ("StringNotEqualsIgnoreCase", &["MAIN"], &["main"], false),
            ("StringLike", &["{r}:*"], &["{r}:{s}"], true),
            ("StringLike", &["{r}"], &["{r}:{s}"], false),
            ("StringNotLike", &["{r}:*"], &["{q}:{s}"], true),
            ("ArnLike", &["arn:aws:iam::*:role/x"], &["arn:aws:iam::1:role/x"], true),
            ("ArnNotEquals", &["arn:aws:iam::1:role/x"], &["arn:aws:iam::1:role/x"], false),
            ("Bool", &["true"], &["True"], true),
            ("Bool", &["false"], &["true"], false),
            ("Null", &["true"], &[], true),
            ("Null", &["true"], &["x"], false),
            ("Null", &["false"], &["x"], true),
            ("ForAnyValue:StringEquals", &["a"], &["b", "a"], true),
            ("ForAnyValue:StringEquals", &["a"], &["b"], false),
            ("ForAnyValue:StringEquals", &["a"], &[], false),
            ("ForAnyValue:StringNotEquals", &["a"], &[], false),
            ("ForAllValues:StringEquals", &["a"], &["a", "b"], false),
            ("ForAllValues:StringLike", &["a*", "b*"], &["a1", "b1"], true),
            ("ForAllValues:StringEquals", &["a"], &[], true),
            ("ForAnyValue:StringLikeIfExists", &["a"], &[], true),
        ] {
            assert_eq!(holds(operator, expected, actual), result, "{operator} {expected:?} {actual:?}");
        }
    }

    #[test]
    fn others_are_unknown() {
        for name in ["IpAddress", "NumericLessThan", "DateGreaterThan", "stringequals", "NullIfExists", ""] {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
    }
}

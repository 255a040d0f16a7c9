//! What a pipe's variables name on AWS, so that the embedded cloud can have it before the pipe runs.

use std::fmt;

use oidc_auth::RoleArn;

use super::reference::Program;

/// The bucket of a deploy and what stands before its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The bucket's name.
    pub(crate) bucket: String,
    /// Without a slash at either end; empty for the whole bucket.
    pub(crate) prefix: String,
}

/// What one pipe's variables name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The role it assumes.
    pub(crate) role: Option<RoleArn>,
    /// Where it works.
    pub(crate) region: Option<String>,
    /// Where it deploys to. An access point is not made: it has no bucket in its name.
    pub(crate) destination: Option<Destination>,
    /// What it invalidates.
    pub(crate) distributions: Vec<String>,
}

impl Destination {
    /// Reads `S3_BUCKET`, which may be a URL and may carry a prefix.
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("s3://").unwrap_or(text).trim_start_matches('/');
        let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        (!bucket.is_empty() && bucket.bytes().all(allowed))
            .then(|| Self { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.prefix.is_empty() { "" } else { "/" };
        write!(f, "{}{separator}{}", self.bucket, self.prefix)
    }
}

impl Needs {
    /// Reads the expanded variables of one pipe; blank ones count as absent.
    pub(crate) fn of(program: Program, variables: &[(String, String)]) -> Self {
        let value = |name: &str| {
            let given = variables.iter().rev().find(|(key, _)| key == name);
            given.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
        };
        let mut needs = Self {
            role: value("AWS_OIDC_ROLE_ARN").and_then(|arn| arn.parse().ok()),
            region: value("AWS_DEFAULT_REGION").or(value("AWS_REGION")).map(str::to_owned),
            ..Self::default()
        };
        match program {
            Program::S3Deploy => needs.destination = value("S3_BUCKET").and_then(Destination::parse),
            Program::CloudfrontInvalidate => {
                let name = "DISTRIBUTION_ID";
                let count = value(&format!("{name}_COUNT")).and_then(|count| count.parse().ok());
                let listed =
                    (0..count.unwrap_or(0_usize)).map_while(|index| value(&format!("{name}_{index}")));
                let identifiers = value(name).into_iter().chain(listed).flat_map(str::split_whitespace);
                needs.distributions = identifiers.map(str::to_owned).collect();
            }
        }
        needs
    }
}

#[cfg(test)]
mod tests {
    use super::{Destination, Needs, Program, RoleArn};

    fn needs(program: Program, variables: &[(&str, &str)]) -> Needs {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Needs::of(program, &variables.iter().map(own).collect::<Vec<_>>())
    }

    #[test]
    fn destinations() {
        let table = [
            ("DOC-EXAMPLE-BUCKET", Some(("DOC-EXAMPLE-BUCKET", ""))),
            (" site ", Some(("site", ""))),
            ("s3://site/a/b/", Some(("site", "a/b"))),
            ("site//a", Some(("site", "a"))),
            ("arn:aws:s3:eu-west-1:123456789012:accesspoint/x", None),
            ("", None),
            ("/site/a", Some(("site", "a"))),
            ("https://site.s3.amazonaws.com/a", None),
        ];
        for (text, expected) in table {
            let expected = expected
                .map(|(bucket, prefix)| Destination { bucket: bucket.to_owned(), prefix: prefix.to_owned() });
            assert_eq!(needs(Program::S3Deploy, &[("S3_BUCKET", text)]).destination, expected, "{text}");
        }
    }

    #[test]
    fn distributions() {
        type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let table: [Row<'_>; 5] = [
            (&[("DISTRIBUTION_ID", "123xyz")], &["123xyz"]),
            (&[("DISTRIBUTION_ID", "A B\nC")], &["A", "B", "C"]),
            (
                &[("DISTRIBUTION_ID_COUNT", "2"), ("DISTRIBUTION_ID_0", "A"), ("DISTRIBUTION_ID_1", "B")],
                &["A", "B"],
            ),
            // A count that lies must not keep the runner busy.
            (&[("DISTRIBUTION_ID_COUNT", "99999999999"), ("DISTRIBUTION_ID_0", "A")], &["A"]),
            (&[("S3_BUCKET", "site")], &[]),
        ];
        for (variables, expected) in table {
            let found = needs(Program::CloudfrontInvalidate, variables).distributions;
            assert_eq!(found, expected, "{variables:?}");
        }
    }

    #[test]
    fn the_last_of_two_values_counts_and_blank_is_absent() {
        let found = needs(Program::S3Deploy, &[("AWS_DEFAULT_REGION", "a"), ("AWS_DEFAULT_REGION", "b")]);
        assert_eq!(found.region.as_deref(), Some("b"));
        let found = needs(Program::S3Deploy, &[("AWS_DEFAULT_REGION", " "), ("AWS_REGION", "c")]);
        assert_eq!(found.region.as_deref(), Some("c"));
    }

    #[test]
    fn only_the_arn_of_a_role_is_a_role() {
        let arn = "arn:aws-cn:iam::123456789012:role/path/name";
        for (text, expected) in [(arn, Some(arn)), ("AwesomeOIDCRole", None), ("", None)] {
            let role = needs(Program::S3Deploy, &[("AWS_OIDC_ROLE_ARN", text)]).role;
            assert_eq!(role.as_ref().map(RoleArn::as_str), expected, "{text}");
        }
    }
}

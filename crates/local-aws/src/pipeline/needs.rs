//! What a pipe's variables name on AWS, so that the embedded cloud can have it before the pipe runs.

use std::ffi::OsString;

use bitbucket_pipe::Environment;
use cloudfront_invalidate::distribution_id::DistributionId;
use oidc_auth::RoleArn;
use s3_deploy::Target;

use super::reference::Program;

/// What one pipe's variables name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The role it assumes.
    pub(crate) role: Option<RoleArn>,
    /// Where it works.
    pub(crate) region: Option<String>,
    /// Where it deploys to. An access point is not made: it has no bucket in its name.
    pub(crate) target: Option<Target>,
    /// What it invalidates.
    pub(crate) distributions: Vec<DistributionId>,
}

impl Needs {
    /// Reads the expanded variables of one pipe as the pipe itself will; what is malformed is the pipe's to report.
    pub(crate) fn of(program: Program, variables: Vec<(OsString, OsString)>) -> Self {
        let environment = Environment::from_pairs(variables);
        let region = environment.get("AWS_DEFAULT_REGION").or_else(|| environment.get("AWS_REGION"));
        let needs = Self {
            role: environment.get("AWS_OIDC_ROLE_ARN").and_then(|arn| arn.parse().ok()),
            region: region.map(str::to_owned),
            ..Self::default()
        };
        match program {
            Program::S3Deploy => {
                let target = environment.get("S3_BUCKET").and_then(|text| text.parse().ok());
                Self { target: target.filter(|target: &Target| !target.bucket.is_arn()), ..needs }
            }
            Program::CloudfrontInvalidate => {
                let words = environment.get("DISTRIBUTION_ID").unwrap_or_default().split_whitespace();
                Self { distributions: words.filter_map(|word| word.parse().ok()).collect(), ..needs }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(program: Program, variables: &[(&str, &str)]) -> Needs {
        let own = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        Needs::of(program, variables.iter().map(own).collect())
    }

    #[test]
    fn targets() {
        let table = [
            ("DOC-EXAMPLE-BUCKET", Some("s3://DOC-EXAMPLE-BUCKET/")),
            (" site/a ", Some("s3://site/a/")),
            ("arn:aws:s3:eu-west-1:123456789012:accesspoint/x", None),
            ("", None),
            ("https://site.s3.amazonaws.com/a", None),
        ];
        for (text, expected) in table {
            let found = needs(Program::S3Deploy, &[("S3_BUCKET", text)]).target;
            assert_eq!(found.map(|target| target.to_string()).as_deref(), expected, "{text}");
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
            let found: Vec<&str> = found.iter().map(DistributionId::as_str).collect();
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

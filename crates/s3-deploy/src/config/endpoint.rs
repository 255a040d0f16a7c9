//! How a store is spoken to: where the bucket's name goes, and when checksums are sent.

use bitbucket_pipe::Faults;
use bitbucket_pipe::boolean;

use crate::checksum_headers::Sending;
use crate::target::Target;
use crate::variables::Variables;

/// The words of the AWS tools.
const WHEN_SUPPORTED: &str = "when_supported";
const WHEN_REQUIRED: &str = "when_required";

/// `S3_FORCE_PATH_STYLE`: the bucket in the path, or in the host's name; `None` leaves it to the endpoint.
pub(super) fn path_style(value: Option<&str>, target: Option<&Target>, faults: &mut Faults) -> Option<bool> {
    const NAME: &str = "S3_FORCE_PATH_STYLE";
    let word = value?;
    let style = boolean::parse(word);
    if style.is_none() {
        faults.add(NAME, format!("must be true or false, not `{word}`"));
    }
    if style == Some(true) && target.is_some_and(|target| target.bucket.is_arn()) {
        let hint = "leave S3_FORCE_PATH_STYLE out";
        faults.add_with_hint(
            NAME,
            "cannot be true for an access point: its name is part of the host's",
            hint,
        );
    }
    style
}

/// `AWS_REQUEST_CHECKSUM_CALCULATION`, in any case, as the AWS tools read it. A flag that asks for a checksum wins.
pub(super) fn checksums(variables: &Variables, is_asked_for: bool, faults: &mut Faults) -> Sending {
    let word = variables.aws_request_checksum_calculation.as_deref().unwrap_or(WHEN_SUPPORTED);
    let is = |known: &str| word.eq_ignore_ascii_case(known);
    if !is(WHEN_SUPPORTED) && !is(WHEN_REQUIRED) {
        let message = format!("must be one of {WHEN_SUPPORTED}, {WHEN_REQUIRED}; not `{word}`");
        faults.add("AWS_REQUEST_CHECKSUM_CALCULATION", message);
    }
    match is(WHEN_REQUIRED) {
        _ if is_asked_for => Sending::Always,
        true => Sending::WhenRequired,
        false => Sending::WhenSupported,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_goes_into_the_path_where_it_is_asked_for() {
        let point = "arn:aws:s3:eu-west-1:123456789012:accesspoint/site";
        for (value, target, expected, errors) in [
            (None, "site", None, 0),
            (Some("false"), "site", Some(false), 0),
            (Some("Yes"), "site", Some(true), 0),
            (Some("perhaps"), "site", None, 1),
            (Some("false"), point, Some(false), 0),
            (Some("true"), point, Some(true), 1),
        ] {
            let mut faults = Faults::default();
            let target = target.parse().expect(target);
            assert_eq!(path_style(value, Some(&target), &mut faults), expected, "{value:?}");
            assert_eq!(faults.iter().count(), errors, "{value:?}: {faults}");
        }
    }

    #[test]
    fn a_flag_asks_for_checksums_and_the_variable_leaves_them_out() {
        for (value, is_asked_for, expected) in [
            (None, false, Sending::WhenSupported),
            (Some("when_supported"), false, Sending::WhenSupported),
            (Some("WHEN_REQUIRED"), false, Sending::WhenRequired),
            (Some("when_required"), true, Sending::Always),
            (None, true, Sending::Always),
        ] {
            let mut faults = Faults::default();
            let variables = Variables {
                aws_request_checksum_calculation: value.map(str::to_owned),
                ..Variables::default()
            };
            assert_eq!(checksums(&variables, is_asked_for, &mut faults), expected, "{value:?}");
            assert!(faults.is_empty(), "{faults}");
        }
    }
}

//! Parses `S3_BUCKET`. An undefined variable in it names another place than the one that was meant, so every value that shows
//! such a hole is an error.

use std::str::FromStr;

use bitbucket_pipe::unexpanded::{UNEXPANDED, unexpanded};

use super::{BucketName, Prefix, Target};

/// Why a value is not a target. Reads on from the variable's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATarget {
    /// The text before the first slash is not a bucket's name.
    #[error("names the bucket `{0}`, but a bucket's name has 3 to 255 of the characters A-Z a-z 0-9 . _ -")]
    Name(String),
    /// There is nothing before the first slash.
    #[error("is `{0}`: the bucket's name is empty")]
    NoName(String),
    /// There is nothing between two slashes.
    #[error("is `{0}`: there is nothing between two slashes")]
    EmptySegment(String),
    /// A segment `.` or `..`: S3 takes it for a part of the key, and a browser resolves it.
    #[error("is `{0}`, but S3 does not resolve `.` and `..` in a key")]
    Relative(String),
    /// A reference to a variable.
    #[error("has `{0}`, which is not expanded")]
    Unexpanded(String),
    /// A control character.
    #[error("has a line break or another control character")]
    Control,
    /// An ARN of something else.
    #[error("is an ARN, but not one of an access point (arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME)")]
    Arn,
    /// An access point of several regions, by its ARN or its alias.
    #[error("names a Multi-Region Access Point, and these are not supported")]
    SeveralRegions,
    /// A bucket or an access point on Outposts, by its ARN or its alias.
    #[error("names an access point on Outposts, and these are not supported")]
    Outposts,
    /// A web address of the bucket.
    #[error("is a web address: write the bucket's name, optionally with a path (`bucket/path`)")]
    Address,
}

impl NotATarget {
    /// What to do, where the error alone does not show it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoName(_) => Some(
                "is the variable before the slash defined for this step? A deployment variable needs `deployment:` on the step",
            ),
            Self::EmptySegment(_) => Some(
                "is the variable between them defined for this step? If it is not needed, write one slash",
            ),
            Self::Relative(_) => Some("write the path that is meant, such as `bucket/docs`"),
            Self::Unexpanded(_) => Some(UNEXPANDED),
            Self::Control => Some("write one bucket, optionally with a path: `bucket/path`"),
            Self::Arn => Some("is every variable in it defined for this step?"),
            Self::SeveralRegions | Self::Outposts => {
                Some("name a bucket, or an access point of one region that is not on Outposts")
            }
            Self::Name(_) | Self::Address => None,
        }
    }
}

impl FromStr for Target {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(reference) = unexpanded(text) {
            return Err(NotATarget::Unexpanded(reference.to_owned()));
        }
        if text.contains(char::is_control) {
            return Err(NotATarget::Control);
        }
        let address = text.strip_prefix("s3://").unwrap_or(text);
        if address.starts_with("http://") || address.starts_with("https://") {
            return Err(NotATarget::Address);
        }
        let (bucket, path) =
            if address.starts_with("arn:") { split_arn(address)? } else { split_name(address, text)? };
        check_path(path, text)?;
        check_support(bucket)?;
        Ok(Self { bucket: BucketName(bucket.to_owned()), prefix: Prefix::new(path) })
    }
}

/// The name, and the path after the first slash.
fn split_name<'a>(address: &'a str, text: &str) -> Result<(&'a str, &'a str), NotATarget> {
    let (name, path) = address.split_once('/').unwrap_or((address, ""));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if name.trim().is_empty() {
        return Err(NotATarget::NoName(text.to_owned()));
    }
    if (3..=255).contains(&name.len()) && name.bytes().all(allowed) {
        Ok((name, path))
    } else {
        Err(NotATarget::Name(name.to_owned()))
    }
}

/// A slash after the last segment is usual; every other segment has a name.
fn check_path(path: &str, text: &str) -> Result<(), NotATarget> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let is_whole_bucket = path.is_empty() && !text.ends_with("//");
    for segment in path.split('/').filter(|_| !is_whole_bucket) {
        match segment.trim() {
            "" => return Err(NotATarget::EmptySegment(text.to_owned())),
            "." | ".." => return Err(NotATarget::Relative(text.to_owned())),
            _ => {}
        }
    }
    Ok(())
}

/// S3 over several regions is signed in another way (`SigV4A`), and on Outposts it is another service.
fn check_support(bucket: &str) -> Result<(), NotATarget> {
    let field = |index| bucket.split(':').nth(index).filter(|_| bucket.starts_with("arn:"));
    if bucket.rsplit('.').next() == Some("mrap") || field(3) == Some("") {
        return Err(NotATarget::SeveralRegions);
    }
    if bucket.ends_with("--op-s3") || field(2) == Some("s3-outposts") {
        return Err(NotATarget::Outposts);
    }
    Ok(())
}

/// `arn:partition:s3:region:account:accesspoint/name` or `…:accesspoint:name`, then a path. On Outposts `outpost/id/` is
/// before it.
fn split_arn(text: &str) -> Result<(&str, &str), NotATarget> {
    const WORD: &str = "accesspoint";
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let &[_, _, service, _, account, resource] = &fields[..] else { return Err(NotATarget::Arn) };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let word = match service {
        "s3" | "s3-object-lambda" => resource.starts_with(WORD).then_some(0),
        "s3-outposts" => resource.find(&format!("/{WORD}")).map(|slash| slash + 1),
        _ => None,
    };
    let after = word.filter(|_| is_account).map(|start| start + WORD.len()).ok_or(NotATarget::Arn)?;
    let name = resource[after..].strip_prefix(['/', ':']).ok_or(NotATarget::Arn)?;
    let (name, path) = name.split_once('/').unwrap_or((name, ""));
    if name.is_empty() {
        return Err(NotATarget::Arn);
    }
    let point = text.len() - resource.len() + after + 1 + name.len();
    Ok((&text[..point], path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: &str = "arn:aws:s3:eu-west-1:123456789012:accesspoint/site";

    #[test]
    fn bucket_and_prefix() {
        let colon = "arn:aws:s3:eu-west-1:123456789012:accesspoint:site";
        for (text, bucket, prefix) in [
            ("site", "site", ""),
            ("site/", "site", ""),
            ("site/foo", "site", "foo/"),
            ("site/foo/", "site", "foo/"),
            ("site/foo/bar", "site", "foo/bar/"),
            ("site/.well-known/a..b", "site", ".well-known/a..b/"),
            ("site/two words/é", "site", "two words/é/"),
            ("s3://site", "site", ""),
            ("s3://site/", "site", ""),
            ("s3://site/foo", "site", "foo/"),
            ("DOC-EXAMPLE-BUCKET", "DOC-EXAMPLE-BUCKET", ""),
            ("old_name.example.com", "old_name.example.com", ""),
            (POINT, POINT, ""),
            (colon, colon, ""),
            (&format!("{POINT}/"), POINT, ""),
            (&format!("{POINT}/foo"), POINT, "foo/"),
            (&format!("{colon}/foo/bar/"), colon, "foo/bar/"),
            ("my-alias-abc123-s3alias/x", "my-alias-abc123-s3alias", "x/"),
        ] {
            let target: Target = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((target.bucket.as_str(), target.prefix.as_str()), (bucket, prefix), "{text}");
        }
    }

    #[test]
    fn values_with_a_hole() {
        for text in ["/", "//", "/docs", "/docs/", "//docs", "s3://", "s3:///", "s3:///docs", " /docs"] {
            assert_eq!(text.parse::<Target>(), Err(NotATarget::NoName(text.into())), "{text}");
        }
        for text in
            ["site//", "site//x", "site/x//", "site/x//y", "s3://site//", "site/ /x", &format!("{POINT}//x")]
        {
            assert_eq!(text.parse::<Target>(), Err(NotATarget::EmptySegment(text.into())), "{text}");
        }
        for text in ["site/.", "site/../x", "site/x/..", "site/./x", &format!("{POINT}/../x")] {
            assert_eq!(text.parse::<Target>(), Err(NotATarget::Relative(text.into())), "{text}");
        }
        for (text, reference) in [
            ("$NOPE", "$NOPE"),
            ("$NOPE/docs", "$NOPE"),
            ("site/${NOPE}", "${NOPE}"),
            ("site-$NOPE", "$NOPE"),
            ("arn:aws:s3:$REGION:123456789012:accesspoint/site", "$REGION"),
        ] {
            assert_eq!(text.parse::<Target>(), Err(NotATarget::Unexpanded(reference.into())), "{text}");
        }
    }

    #[test]
    fn values_that_name_no_bucket() {
        for (text, error) in [
            ("ab", NotATarget::Name("ab".into())),
            ("my bucket", NotATarget::Name("my bucket".into())),
            ("site\nother/x", NotATarget::Control),
            ("S3://site", NotATarget::Name("S3:".into())),
            ("\"site\"/x", NotATarget::Name("\"site\"".into())),
            ("../site", NotATarget::Name("..".into())),
            ("arn:aws:s3:::site", NotATarget::Arn),
            ("arn:aws:iam::123456789012:role/site", NotATarget::Arn),
            ("arn:aws:s3:eu-west-1:123456789012:accesspoint/", NotATarget::Arn),
            ("arn:aws:s3:eu-west-1:123456789012:accesspoint//docs", NotATarget::Arn),
            ("arn:aws:s3:eu-west-1:123456789012:accesspoint", NotATarget::Arn),
            ("arn:aws:s3:eu-west-1:123456789012:accesspointé/x", NotATarget::Arn),
            ("arn:aws:s3:eu-west-1::accesspoint/site", NotATarget::Arn),
            ("https://site.s3.amazonaws.com", NotATarget::Address),
        ] {
            assert_eq!(text.parse::<Target>(), Err(error), "{text}");
        }
    }

    #[test]
    fn kinds_of_buckets_that_are_not_supported() {
        for (text, error) in [
            ("arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", NotATarget::SeveralRegions),
            ("arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap/docs", NotATarget::SeveralRegions),
            ("arn:aws:s3::123456789012:accesspoint/site", NotATarget::SeveralRegions),
            ("mfzwi23gnjvgw.mrap/docs", NotATarget::SeveralRegions),
            (
                "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/accesspoint/site/docs",
                NotATarget::Outposts,
            ),
            ("site-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3", NotATarget::Outposts),
        ] {
            let found = text.parse::<Target>().expect_err(text);
            assert!(found.hint().is_some(), "{text}");
            assert_eq!(found, error, "{text}");
        }
    }

    #[test]
    fn errors_that_a_variable_explains_ask_for_it() {
        for text in ["/docs", "site//x", "arn:aws:s3:eu-west-1:123456789012:accesspoint/"] {
            let error = text.parse::<Target>().expect_err(text);
            assert!(error.hint().is_some_and(|hint| hint.contains("defined for this step?")), "{text}");
        }
    }
}

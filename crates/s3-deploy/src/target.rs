//! Where a deploy goes: a bucket, and what stands before every key in it.

use std::fmt;
use std::str::FromStr;

/// A bucket, access point or alias, as the `Bucket` parameter of S3's operations takes it.
///
/// A name has 3 to 255 of `A-Z a-z 0-9 . _ -`: 63 lower-case ones today, but buckets made before 2018 keep their names.
/// An access point is given by its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketName(String);

impl BucketName {
    /// The name or ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before `/key` in the ARN of an object.
    #[must_use]
    pub fn object_arn(&self, partition: &str) -> String {
        if self.is_arn() { format!("{}/object", self.0) } else { self.arn(partition) }
    }

    /// The ARN of the bucket or access point itself.
    #[must_use]
    pub fn arn(&self, partition: &str) -> String {
        if self.is_arn() { self.0.clone() } else { format!("arn:{partition}:s3:::{}", self.0) }
    }

    /// What it is when it is no bucket of its own name: by the ends that AWS keeps for these, in words.
    #[must_use]
    pub fn kind_of_alias(&self) -> Option<&'static str> {
        const ENDS: [(&str, &str); 5] = [
            ("-s3alias", "an alias of an access point"),
            ("--ol-s3", "an alias of an Object Lambda access point"),
            ("--op-s3", "an alias of an access point on Outposts"),
            ("--x-s3", "a directory bucket"),
            ("--xa-s3", "an access point of a directory bucket"),
        ];
        if self.is_arn() {
            return Some("an access point");
        }
        ENDS.into_iter().find(|(end, _)| self.0.ends_with(end)).map(|(_, kind)| kind)
    }

    /// Whether it is an access point's ARN.
    #[must_use]
    pub fn is_arn(&self) -> bool {
        self.0.starts_with("arn:")
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What stands before every key: empty, or ending with a slash, so that `foo` can never mean `foobar/…`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    fn new(path: &str) -> Self {
        let path = path.trim_matches('/');
        Self(if path.is_empty() { String::new() } else { format!("{path}/") })
    }

    /// The prefix as a distribution's origin path: `/path`, or nothing.
    #[must_use]
    pub fn origin_path(&self) -> String {
        self.0.strip_suffix('/').map(|path| format!("/{path}")).unwrap_or_default()
    }

    /// The prefix with its final slash, or nothing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A bucket and a prefix in it, from `S3_BUCKET`: `bucket`, `bucket/some/path`, `s3://bucket`, an access point's ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The bucket.
    pub bucket: BucketName,
    /// What stands before every key.
    pub prefix: Prefix,
}

impl Target {
    /// The whole key of a path below the prefix.
    #[must_use]
    pub fn key(&self, path: &str) -> String {
        format!("{}{path}", self.prefix.0)
    }

    /// The `s3://` address of a path below the prefix.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("s3://{}/{}{path}", self.bucket, self.prefix.0)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address(""))
    }
}

/// Why a value names no bucket. Reads on from the variable's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATarget {
    /// Something else than a bucket's name stands before the first slash.
    #[error("names the bucket `{0}`, but a bucket's name has 3 to 255 of the characters A-Z a-z 0-9 . _ -")]
    Name(String),
    /// An ARN of something else.
    #[error("is an ARN, but not one of an access point (arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME)")]
    Arn,
    /// A web address of the bucket.
    #[error("is a web address: write the bucket's name, optionally with a path (`bucket/path`)")]
    Address,
}

impl FromStr for Target {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.strip_prefix("s3://").unwrap_or(text).trim_start_matches('/');
        if text.starts_with("http://") || text.starts_with("https://") {
            return Err(NotATarget::Address);
        }
        let (bucket, path) = if text.starts_with("arn:") { split_arn(text)? } else { split_name(text)? };
        Ok(Self { bucket: BucketName(bucket.to_owned()), prefix: Prefix::new(path) })
    }
}

fn split_name(text: &str) -> Result<(&str, &str), NotATarget> {
    let (name, path) = text.split_once('/').unwrap_or((text, ""));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (3..=255).contains(&name.len()) && name.bytes().all(allowed) {
        Ok((name, path))
    } else {
        Err(NotATarget::Name(name.to_owned()))
    }
}

/// `arn:partition:s3:region:account:accesspoint/name` or `…:accesspoint:name`, then a path.
fn split_arn(text: &str) -> Result<(&str, &str), NotATarget> {
    let mut fields = text.splitn(6, ':');
    let (service, resource) = (fields.nth(2), fields.nth(2));
    let is_s3 = service.is_some_and(|service| ["s3", "s3-object-lambda", "s3-outposts"].contains(&service));
    let resource = resource.filter(|_| is_s3).ok_or(NotATarget::Arn)?;
    let start = text.len() - resource.len();
    let name_start =
        resource.find("accesspoint").map(|at| at + "accesspoint/".len()).ok_or(NotATarget::Arn)?;
    let name = resource.get(name_start..).filter(|name| !name.is_empty()).ok_or(NotATarget::Arn)?;
    let end = name.find('/').map_or(text.len(), |slash| start + name_start + slash);
    Ok((&text[..end], text.get(end + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_and_prefix() {
        let point = "arn:aws:s3:eu-west-1:123456789012:accesspoint/site";
        for (text, bucket, prefix) in [
            ("site", "site", ""),
            ("site/", "site", ""),
            ("site/foo", "site", "foo/"),
            ("site/foo/", "site", "foo/"),
            ("site/foo/bar", "site", "foo/bar/"),
            ("s3://site/foo", "site", "foo/"),
            ("DOC-EXAMPLE-BUCKET", "DOC-EXAMPLE-BUCKET", ""),
            ("old_name.example.com", "old_name.example.com", ""),
            (point, point, ""),
            (&format!("{point}/foo"), point, "foo/"),
            ("my-alias-abc123-s3alias/x", "my-alias-abc123-s3alias", "x/"),
        ] {
            let target: Target = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((target.bucket.as_str(), target.prefix.as_str()), (bucket, prefix), "{text}");
        }
    }

    #[test]
    fn what_names_no_bucket() {
        for (text, error) in [
            ("ab", NotATarget::Name("ab".into())),
            ("my bucket", NotATarget::Name("my bucket".into())),
            ("s3://", NotATarget::Name(String::new())),
            ("arn:aws:s3:::site", NotATarget::Arn),
            ("arn:aws:iam::123456789012:role/site", NotATarget::Arn),
            ("arn:aws:s3:eu-west-1:123456789012:accesspoint/", NotATarget::Arn),
            ("https://site.s3.amazonaws.com", NotATarget::Address),
        ] {
            assert_eq!(text.parse::<Target>(), Err(error), "{text}");
        }
    }

    #[test]
    fn aliases_are_known_by_their_ends() {
        for (name, kind) in [
            ("site", None),
            ("s3alias", None),
            ("my-alias-abc123-s3alias", Some("an alias of an access point")),
            ("site--euw1-az1--x-s3", Some("a directory bucket")),
            ("arn:aws:s3:eu-west-1:123456789012:accesspoint/p", Some("an access point")),
        ] {
            let target: Target = name.parse().expect(name);
            assert_eq!(target.bucket.kind_of_alias(), kind, "{name}");
        }
    }

    #[test]
    fn arns() {
        let target: Target = "site/foo".parse().expect("a target");
        assert_eq!(target.bucket.object_arn("aws-cn"), "arn:aws-cn:s3:::site");
        let point: Target = "arn:aws:s3:eu-west-1:123456789012:accesspoint/p".parse().expect("a target");
        assert_eq!(point.bucket.object_arn("aws"), "arn:aws:s3:eu-west-1:123456789012:accesspoint/p/object");
    }
}

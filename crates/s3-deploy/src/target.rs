//! Where a deploy goes: a bucket, and what stands before every key in it.

mod parse;
mod trailing_slash;

use std::fmt;

pub use parse::NotATarget;
pub(crate) use trailing_slash::TrailingSlash;

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
        const ENDS: [(&str, &str); 4] = [
            ("-s3alias", "an alias of an access point"),
            ("--ol-s3", "an alias of an Object Lambda access point"),
            ("--x-s3", "a directory bucket"),
            ("--xa-s3", "an access point of a directory bucket"),
        ];
        if self.is_arn() {
            return Some("an access point");
        }
        ENDS.into_iter().find(|(end, _)| self.0.ends_with(end)).map(|(_, kind)| kind)
    }

    /// Whether it is a directory bucket, to which a session gives access.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.0.ends_with("--x-s3")
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

#[cfg(test)]
mod tests {
    use super::*;

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

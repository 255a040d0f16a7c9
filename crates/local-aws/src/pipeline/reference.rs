//! How a pipelines file names a pipe, and which of our programs stands in for it.

use std::fmt;
use std::str::FromStr;

use super::definition::Setting;

/// A pipe this runner can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// `aws-s3-deploy`.
    S3Deploy,
    /// `aws-cloudfront-invalidate`.
    CloudfrontInvalidate,
}

impl Program {
    /// Both, in the order in which a deployment uses them.
    pub(crate) const ALL: [Self; 2] = [Self::S3Deploy, Self::CloudfrontInvalidate];

    /// The file name of our program.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::S3Deploy => "s3-deploy",
            Self::CloudfrontInvalidate => "cloudfront-invalidate",
        }
    }

    /// The last component of the official pipe's name and of our image's.
    pub(crate) fn image(self) -> &'static str {
        match self {
            Self::S3Deploy => "aws-s3-deploy",
            Self::CloudfrontInvalidate => "aws-cloudfront-invalidate",
        }
    }

    /// Its pipe.yml, which Bitbucket reads when a pipe is named by its repository.
    fn manifest(self) -> &'static str {
        match self {
            Self::S3Deploy => include_str!("../../../../pipes/aws-s3-deploy/pipe.yml"),
            Self::CloudfrontInvalidate => {
                include_str!("../../../../pipes/aws-cloudfront-invalidate/pipe.yml")
            }
        }
    }
}

/// What follows `pipe:`. Invariant: it names a pipe of [`Program`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    text: String,
    program: Program,
    /// The account and the pipe, of which the pipe's own storage folder is made.
    owner: String,
    by_image: bool,
}

/// A reference that cannot be run here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Another pipe.
    #[error(
        "this runner has no pipe `{0}`\nhint: it runs {first} and {second}, under any account, by name or as docker://…",
        first = Program::S3Deploy.image(),
        second = Program::CloudfrontInvalidate.image()
    )]
    Unknown(String),
    /// No account or no tag.
    #[error("`{0}` names no pipe\nhint: write ACCOUNT/PIPE:TAG or docker://ACCOUNT/PIPE:TAG")]
    Malformed(String),
}

const BY_IMAGE: &str = "docker://";

impl Reference {
    /// Which of our programs runs.
    pub(crate) fn program(&self) -> Program {
        self.program
    }

    /// The pipe's own folder below the shared storage: account and pipe, or, by image, the image's own two names.
    /// A file that reads another pipe's folder therefore depends on how that pipe is named.
    pub(crate) fn storage(&self) -> String {
        format!("{}/{}", self.owner, self.program.image())
    }

    /// The image that runs: the one that is named, or that of our own pipe.yml, also in place of an official pipe.
    pub(crate) fn image(&self) -> &str {
        let named = self.text.strip_prefix(BY_IMAGE);
        let ours = || self.program.manifest().lines().find_map(|line| line.strip_prefix("image: "));
        named.or_else(ours).unwrap_or_default()
    }

    /// What the pipe.yml of the official pipes adds to the variables. It is only read when a pipe is named by its
    /// repository: `docker://` starts the image as it is.
    pub(crate) fn defaults(&self) -> Vec<Setting> {
        if self.by_image {
            return Vec::new();
        }
        let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"];
        let setting = |name: &str| Setting { name: name.to_owned(), value: format!("${name}") };
        names.map(setting).into()
    }
}

impl FromStr for Reference {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let malformed = || Refusal::Malformed(text.to_owned());
        let (name, by_image) = match text.strip_prefix(BY_IMAGE) {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (path, image) = name.rsplit_once('/').ok_or_else(malformed)?;
        let (image, tag) = match image.split_once('@') {
            Some((image, digest)) => (image.split(':').next().unwrap_or(image), digest),
            // An image without a tag means `latest`; a repository is always read at a tag.
            None => image.split_once(':').or(by_image.then_some((image, "latest"))).ok_or_else(malformed)?,
        };
        if path.is_empty() || image.is_empty() || tag.is_empty() {
            return Err(malformed());
        }
        let known = Program::ALL.into_iter().find(|program| program.image() == image);
        Ok(Self {
            text: text.to_owned(),
            program: known.ok_or_else(|| Refusal::Unknown(text.to_owned()))?,
            owner: path.rsplit('/').next().unwrap_or(path).to_owned(),
            by_image,
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Program, Reference};

    #[test]
    fn references() {
        let table = [
            ("atlassian/aws-s3-deploy:0.5.0", "aws-s3-deploy atlassian/aws-s3-deploy 3"),
            (
                "acme/aws-cloudfront-invalidate:1",
                "aws-cloudfront-invalidate acme/aws-cloudfront-invalidate 3",
            ),
            ("docker://acme/aws-s3-deploy:1.0", "aws-s3-deploy acme/aws-s3-deploy 0"),
            ("docker://acme/aws-s3-deploy", "aws-s3-deploy acme/aws-s3-deploy 0"),
            ("docker://ghcr.io/a/b/aws-s3-deploy:1", "aws-s3-deploy b/aws-s3-deploy 0"),
            ("docker://localhost:5000/a/aws-s3-deploy:1", "aws-s3-deploy a/aws-s3-deploy 0"),
            ("docker://a/aws-s3-deploy:1@sha256:00ff", "aws-s3-deploy a/aws-s3-deploy 0"),
        ];
        for (text, expected) in table {
            let reference: Reference = text.parse().expect(text);
            let image = reference.program().image();
            let told = format!("{image} {} {}", reference.storage(), reference.defaults().len());
            assert_eq!(told, expected, "{text}");
        }
    }

    #[test]
    fn images() {
        let ours = concat!("deploypipes/aws-s3-deploy:", env!("CARGO_PKG_VERSION"));
        let table = [
            ("docker://ghcr.io/a/aws-s3-deploy:1-shell", "ghcr.io/a/aws-s3-deploy:1-shell"),
            ("deploypipes/aws-s3-deploy:0.0.1", ours),
            ("atlassian/aws-s3-deploy:0.5.0", ours),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse::<Reference>().expect(text).image(), expected, "{text}");
        }
    }

    #[test]
    fn refusals() {
        let table = [
            ("atlassian/slack-notify:2.0.0", "this runner has no pipe `atlassian/slack-notify:2.0.0`"),
            ("aws-s3-deploy:1", "names no pipe"),
            ("atlassian/aws-s3-deploy", "names no pipe"),
            ("atlassian/aws-s3-deploy:", "names no pipe"),
            ("", "names no pipe"),
        ];
        for (text, expected) in table {
            let refusal = text.parse::<Reference>().expect_err(text).to_string();
            assert!(refusal.contains(expected), "{text}: {refusal}");
        }
        let refusal = "a/b:1".parse::<Reference>().expect_err("another pipe").to_string();
        for program in Program::ALL {
            assert!(refusal.contains(program.image()), "{refusal}");
        }
    }
}

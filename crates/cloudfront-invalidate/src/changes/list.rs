//! The list of changes that `PATHS: changed` reads, and the deploys of it that are meant.

use std::collections::BTreeSet;
use std::path::Path;

use bitbucket_pipe::changes::{self, ChangeList, Deploy};
use bitbucket_pipe::{Environment, Fault, text};

/// What to do without a list that can be used.
const WITHOUT: &str = "run aws-s3-deploy before this pipe in the same step; from another step of the same build, let \
                       both pipes name the same CHANGES_FILE and hand it over as an artifact; \
                       or invalidate everything with PATHS: '/*'";

/// Which list, and which deploys of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Source<'a> {
    /// From `CHANGES_FILE`: instead of the file in the shared storage.
    pub file: Option<&'a str>,
    /// From `S3_BUCKET`, as the deploy was given it: `bucket` or `bucket/prefix`. `None` means every deploy.
    pub target: Option<&'a str>,
}

/// What of a list is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The deploys that are meant: at least one.
    pub deploys: Vec<Deploy>,
    /// Where the others went, each target once.
    pub passed_over: Vec<String>,
}

impl Source<'_> {
    /// The deploys that are meant, and where the others went.
    pub fn read(self, environment: &Environment, directory: &Path) -> Result<Listed, Fault> {
        let variable = if self.file.is_some() { "CHANGES_FILE" } else { "PATHS" };
        let fault = |message: String| Fault {
            variable: variable.to_owned(),
            message,
            hint: Some(WITHOUT.to_owned()),
        };
        let file = changes::location(self.file, environment, directory).ok_or_else(|| {
            fault(
                "`changed`: there is no list of changes, because this step has no shared storage".to_owned(),
            )
        })?;
        let name = file.display().to_string();
        let name = text::printable(&name);
        let list = ChangeList::read(&file, environment)
            .map_err(|error| fault(format!("`changed`: the list of changes {name} {error}")))?;
        if list.deploys.is_empty() {
            return Err(fault(format!("`changed`: the list of changes {name} has no deploy in it")));
        }
        match self.target {
            None => Ok(Listed { deploys: list.deploys, passed_over: Vec::new() }),
            Some(target) => chosen(target, list.deploys),
        }
    }
}

/// The deploys to one target.
fn chosen(target: &str, deploys: Vec<Deploy>) -> Result<Listed, Fault> {
    // A slash at the beginning is kept: nothing is before it where a variable is not defined.
    let wanted = target.strip_prefix("s3://").unwrap_or(target).trim_end_matches('/');
    let address = |deploy: &Deploy| format!("{}/{}", deploy.bucket, deploy.prefix);
    let (chosen, others): (Vec<Deploy>, Vec<Deploy>) =
        deploys.into_iter().partition(|deploy| address(deploy).trim_end_matches('/') == wanted);
    let known: BTreeSet<String> =
        others.iter().map(|deploy| address(deploy).trim_end_matches('/').to_owned()).collect();
    if !chosen.is_empty() {
        return Ok(Listed { deploys: chosen, passed_over: known.into_iter().collect() });
    }
    let known: Vec<String> = known.iter().map(|address| format!("`{}`", text::printable(address))).collect();
    Err(Fault {
        variable: "S3_BUCKET".to_owned(),
        message: format!("`{}`: nothing was deployed there in this build", text::printable(target)),
        hint: Some(format!("the list of changes has {}", known.join(", "))),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bitbucket_pipe::changes::Difference;

    use super::*;

    fn deploy(bucket: &str, prefix: &str) -> Deploy {
        Deploy {
            bucket: bucket.into(),
            prefix: prefix.into(),
            unchanged: BTreeMap::new(),
            beside: BTreeMap::new(),
            difference: Difference::default(),
            earlier: Vec::new(),
        }
    }

    #[test]
    fn a_target_is_written_as_the_deploy_was_given_it() {
        let point = "arn:aws:s3:eu-west-1:123456789012:accesspoint/p";
        let all =
            [deploy("site", ""), deploy("site", "blog/"), deploy("site", "blog/en/"), deploy(point, "x/")];
        for (target, expected) in [
            ("site", Some(0)),
            ("site/", Some(0)),
            ("s3://site/blog", Some(1)),
            ("site/blog/", Some(1)),
            ("site/blog/en", Some(2)),
            (&format!("{point}/x"), Some(3)),
            ("sit", None),
            ("site/blo", None),
            ("/site", None),
            ("s3:///site", None),
        ] {
            let found = chosen(target, all.to_vec());
            let expected = expected.map(|index: usize| vec![all[index].clone()]);
            assert_eq!(found.ok().map(|listed| listed.deploys), expected, "{target}");
        }
        let fault = chosen("sit", all.to_vec()).expect_err("no such bucket").to_string();
        let hint = format!("has `{point}/x`, `site`, `site/blog`, `site/blog/en`");
        assert!(fault.starts_with("S3_BUCKET `sit`: nothing was") && fault.ends_with(&hint), "{fault}");
    }

    #[test]
    fn without_a_list_the_way_out_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("changes.json");
        let environment = Environment::from_pairs([("BITBUCKET_BUILD_NUMBER".into(), "7".into())]);
        let read = |file| Source { file, target: None }.read(&environment, folder.path());
        assert_eq!(read(None).expect_err("no storage").variable, "PATHS");
        for (text, expected) in [
            (None, "cannot be read"),
            (Some("{"), "is torn"),
            (Some("{\"version\":9}"), "in version 9"),
            (Some("{\"version\":1,\"build\":\"6\",\"step\":null,\"deploys\":[]}"), "is of build 6"),
            (Some("{\"version\":1,\"build\":\"7\",\"step\":null,\"deploys\":[]}"), "has no deploy in it"),
        ] {
            if let Some(text) = text {
                std::fs::write(&file, text).expect("written");
            }
            let fault = read(Some("changes.json")).expect_err(expected);
            assert_eq!(fault.variable, "CHANGES_FILE");
            assert!(fault.message.contains(expected), "{fault}");
            assert_eq!(fault.hint.as_deref(), Some(WITHOUT));
        }
    }
}

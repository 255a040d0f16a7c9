//! The variables of this pipe, as the step gives them.

use serde::Deserialize;

/// The raw variables of this pipe. Values are trimmed and never blank: blank means absent.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Variables {
    /// The distributions, separated by white space. Read from `DISTRIBUTION_ID`.
    pub distribution_id: Option<String>,
    /// The paths, separated by white space. Read from `PATHS`.
    pub paths: Option<String>,
    /// The list of changes, relative to the working directory. Read from `CHANGES_FILE`.
    pub changes_file: Option<String>,
    /// Which deploys of the list are meant. Read from `S3_BUCKET`.
    pub s3_bucket: Option<String>,
    /// What the distribution puts before every path. Read from `ORIGIN_PATH`.
    pub origin_path: Option<String>,
    /// How many paths a distribution may get for one deploy. Read from `MAX_PATHS`.
    pub max_paths: Option<String>,
    /// Whether new keys are invalidated too. Read from `INVALIDATE_NEW`.
    pub invalidate_new: Option<String>,
    /// Whether pages are served without their `.html` too. Read from `CLEAN_URLS`.
    pub clean_urls: Option<String>,
    /// Pages that are served under other addresses too. Read from `FALLBACK_PAGES`.
    pub fallback_pages: Option<String>,
    /// Whether copies are kept apart by query string. Read from `QUERY_STRINGS`.
    pub query_strings: Option<String>,
    /// Say what would be sent, and send nothing. Read from `DRY_RUN`.
    pub dry_run: Option<String>,
    /// Whether to wait until CloudFront has completed the invalidation. Read from `WAIT`.
    pub wait: Option<String>,
    /// How long to wait, in seconds. Read from `WAIT_TIMEOUT`.
    pub wait_timeout: Option<String>,
    /// Names the build in the caller reference. Read from `BITBUCKET_WORKSPACE`.
    pub bitbucket_workspace: Option<String>,
    /// Names the build in the caller reference. Read from `BITBUCKET_REPO_SLUG`.
    pub bitbucket_repo_slug: Option<String>,
    /// Names the build in the caller reference. Read from `BITBUCKET_BUILD_NUMBER`.
    pub bitbucket_build_number: Option<String>,
}

impl Variables {
    /// The names, in the order of the fields.
    pub const NAMES: &'static [&'static str] = &[
        "DISTRIBUTION_ID",
        "PATHS",
        "CHANGES_FILE",
        "S3_BUCKET",
        "ORIGIN_PATH",
        "MAX_PATHS",
        "INVALIDATE_NEW",
        "CLEAN_URLS",
        "FALLBACK_PAGES",
        "QUERY_STRINGS",
        "DRY_RUN",
        "WAIT",
        "WAIT_TIMEOUT",
        "BITBUCKET_WORKSPACE",
        "BITBUCKET_REPO_SLUG",
        "BITBUCKET_BUILD_NUMBER",
    ];

    /// What an absent variable means, where that is one word. Giving this word changes nothing.
    pub const DEFAULTS: &'static [(&'static str, &'static str)] = &[
        ("PATHS", "/*"),
        ("MAX_PATHS", "30"),
        ("INVALIDATE_NEW", "true"),
        ("CLEAN_URLS", "false"),
        ("DRY_RUN", "false"),
        ("WAIT", "false"),
        ("WAIT_TIMEOUT", "600"),
    ];

    /// The variables without which nothing can be done.
    pub const REQUIRED: &'static [&'static str] = &["DISTRIBUTION_ID"];
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use bitbucket_pipe::changes::{ChangeList, Deploy, Difference};
    use bitbucket_pipe::{Environment, Faults};

    use super::Variables;
    use crate::config::Config;

    #[test]
    fn every_name_fills_the_field_of_its_place() {
        let pairs = Variables::NAMES.iter().map(|name| (name.into(), format!("value of {name}").into()));
        let environment = Environment::from_pairs(pairs);
        let variables: Variables = environment.read(Variables::NAMES, &mut Faults::default());
        let Variables {
            distribution_id,
            paths,
            changes_file,
            s3_bucket,
            origin_path,
            max_paths,
            invalidate_new,
            clean_urls,
            fallback_pages,
            query_strings,
            dry_run,
            wait,
            wait_timeout,
            bitbucket_workspace,
            bitbucket_repo_slug,
            bitbucket_build_number,
        } = variables;
        let fields = [
            distribution_id,
            paths,
            changes_file,
            s3_bucket,
            origin_path,
            max_paths,
            invalidate_new,
            clean_urls,
            fallback_pages,
            query_strings,
            dry_run,
            wait,
            wait_timeout,
            bitbucket_workspace,
            bitbucket_repo_slug,
            bitbucket_build_number,
        ];
        let expected: Vec<_> = Variables::NAMES.iter().map(|name| Some(format!("value of {name}"))).collect();
        assert_eq!(fields.to_vec(), expected);
    }

    fn config(pairs: &[(&str, &str)]) -> Result<Config, Faults> {
        let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")];
        let pairs = keys.iter().chain(pairs).map(|(name, value)| (name.into(), value.into()));
        Config::read(&Environment::from_pairs(pairs), Path::new("/"), Faults::default())
    }

    /// Compared without what the configuration notes of variables that are given in vain.
    #[track_caller]
    fn means_the_same_with_defaults(own: &[(&str, &str)]) {
        let shown = |more: &[(&str, &str)]| {
            let config = config(&[own, more].concat()).expect("it is valid");
            format!("{:?}", Config { idle: Vec::new(), ..config })
        };
        let mut defaults = Variables::DEFAULTS.to_vec();
        defaults.retain(|(name, _)| own.iter().all(|(given, _)| given != name));
        assert_eq!(shown(&defaults), shown(&[]));
    }

    #[test]
    fn giving_the_defaults_changes_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let list = folder.path().join("changes.json");
        let deploy = Deploy {
            bucket: "site".into(),
            prefix: String::new(),
            unchanged: BTreeMap::new(),
            beside: BTreeMap::new(),
            difference: Difference::default(),
            earlier: Vec::new(),
        };
        ChangeList::append(&list, &Environment::from_pairs([]), deploy).expect("written");
        let list = list.to_str().expect("a path of UTF-8");
        means_the_same_with_defaults(&[("DISTRIBUTION_ID", "E1")]);
        // What is about changes and waiting has an effect only together with these.
        let all = [("DISTRIBUTION_ID", "E1"), ("PATHS", "changed"), ("CHANGES_FILE", list), ("WAIT", "true")];
        means_the_same_with_defaults(&all);
    }

    #[test]
    fn without_what_is_required_nothing_can_be_done() {
        let faults = config(&[]).expect_err("nothing is given");
        let missing: Vec<&str> = faults.iter().map(|fault| fault.variable.as_str()).collect();
        assert_eq!(missing, Variables::REQUIRED);
    }
}

//! What the step wrote: one optional string a variable.

use serde::Deserialize;

/// The variables of `s3-deploy` beyond access to AWS and those that every pipe has.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Variables {
    /// Canned ACL of every object. Read from `ACL`.
    pub acl: Option<String>,
    /// Deploy an empty folder although that deletes everything. Read from `ALLOW_EMPTY`.
    pub allow_empty: Option<String>,
    /// When requests carry checksums. Read from `AWS_REQUEST_CHECKSUM_CALCULATION`.
    pub aws_request_checksum_calculation: Option<String>,
    /// Which of the parallel steps this is, from 0. Read from `BITBUCKET_PARALLEL_STEP`.
    pub bitbucket_parallel_step: Option<String>,
    /// How many parallel steps there are. Read from `BITBUCKET_PARALLEL_STEP_COUNT`.
    pub bitbucket_parallel_step_count: Option<String>,
    /// `Cache-Control` of every object. Read from `CACHE_CONTROL`.
    pub cache_control: Option<String>,
    /// Where the list of changes goes. Read from `CHANGES_FILE`.
    pub changes_file: Option<String>,
    /// How files and objects are compared. Read from `COMPARE`.
    pub compare: Option<String>,
    /// How many requests are in flight. Read from `CONCURRENCY`.
    pub concurrency: Option<String>,
    /// `Content-Encoding` of every object. Read from `CONTENT_ENCODING`.
    pub content_encoding: Option<String>,
    /// Delete what the folder no longer has. Read from `DELETE_FLAG`.
    pub delete_flag: Option<String>,
    /// How long a fingerprinted file outlives its build. Read from `DELETE_GRACE`.
    pub delete_grace: Option<String>,
    /// Say what would be done, and do nothing. Read from `DRY_RUN`.
    pub dry_run: Option<String>,
    /// The account that the bucket must belong to. Read from `EXPECTED_BUCKET_OWNER`.
    pub expected_bucket_owner: Option<String>,
    /// `Expires` of every object. Read from `EXPIRES`.
    pub expires: Option<String>,
    /// Flags of `aws s3 sync`. Read from `EXTRA_ARGS`.
    pub extra_args: Option<String>,
    /// Which files have names that change with their content. Read from `FINGERPRINTED`.
    pub fingerprinted: Option<String>,
    /// Upload every file, changed or not. Read from `FORCE`.
    pub force: Option<String>,
    /// Rules for the headers of single files. Read from `HEADERS_FILE`.
    pub headers_file: Option<String>,
    /// The folder to deploy. Read from `LOCAL_PATH`.
    pub local_path: Option<String>,
    /// How much one deploy may delete. Read from `MAX_DELETE`.
    pub max_delete: Option<String>,
    /// Tags of every object. Read from `OBJECT_TAGS`.
    pub object_tags: Option<String>,
    /// Which files are uploaded after all others. Read from `PAGES`.
    pub pages: Option<String>,
    /// A script to run first. Read from `PRE_EXECUTION_SCRIPT`.
    pub pre_execution_script: Option<String>,
    /// Whether the deploy record is kept. Read from `RECORD`.
    pub record: Option<String>,
    /// Deploy nothing when something looks like a secret. Read from `REFUSE_SECRETS`.
    pub refuse_secrets: Option<String>,
    /// The bucket, optionally with a prefix. Read from `S3_BUCKET`.
    pub s3_bucket: Option<String>,
    /// Put the bucket into the path, or into the host's name. Read from `S3_FORCE_PATH_STYLE`.
    pub s3_force_path_style: Option<String>,
    /// Which share of the files this step uploads. Read from `SHARD`.
    pub shard: Option<String>,
    /// Storage class of every object. Read from `STORAGE_CLASS`.
    pub storage_class: Option<String>,
}

impl Variables {
    /// The variables' names, in the order of the fields.
    pub const NAMES: &'static [&'static str] = &[
        "ACL",
        "ALLOW_EMPTY",
        "AWS_REQUEST_CHECKSUM_CALCULATION",
        "BITBUCKET_PARALLEL_STEP",
        "BITBUCKET_PARALLEL_STEP_COUNT",
        "CACHE_CONTROL",
        "CHANGES_FILE",
        "COMPARE",
        "CONCURRENCY",
        "CONTENT_ENCODING",
        "DELETE_FLAG",
        "DELETE_GRACE",
        "DRY_RUN",
        "EXPECTED_BUCKET_OWNER",
        "EXPIRES",
        "EXTRA_ARGS",
        "FINGERPRINTED",
        "FORCE",
        "HEADERS_FILE",
        "LOCAL_PATH",
        "MAX_DELETE",
        "OBJECT_TAGS",
        "PAGES",
        "PRE_EXECUTION_SCRIPT",
        "RECORD",
        "REFUSE_SECRETS",
        "S3_BUCKET",
        "S3_FORCE_PATH_STYLE",
        "SHARD",
        "STORAGE_CLASS",
    ];

    /// What an absent variable means, where that is one word. Giving this word changes nothing.
    pub const DEFAULTS: &'static [(&'static str, &'static str)] = &[
        ("ALLOW_EMPTY", "false"),
        ("AWS_REQUEST_CHECKSUM_CALCULATION", "when_supported"),
        ("COMPARE", "content"),
        ("DELETE_FLAG", "false"),
        ("DRY_RUN", "false"),
        ("FORCE", "false"),
        ("RECORD", "on"),
        ("REFUSE_SECRETS", "false"),
        ("SHARD", "none"),
    ];

    /// The variables that keep a deploy from doing harm: given without a value they are reported.
    pub(crate) const GUARDS: &'static [&'static str] =
        &["AWS_ALLOWED_ACCOUNT_IDS", "DELETE_GRACE", "EXPECTED_BUCKET_OWNER", "MAX_DELETE", "REFUSE_SECRETS"];

    /// The variables without which nothing can be done.
    pub const REQUIRED: &'static [&'static str] = &["S3_BUCKET", "LOCAL_PATH"];
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bitbucket_pipe::Faults;

    use super::*;
    use crate::config::Config;
    use crate::extra_args::ExtraArgs;

    fn config(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let required = [("S3_BUCKET", "site"), ("LOCAL_PATH", ".")];
        let pairs = required.iter().chain(pairs).map(|(name, value)| ((*name).into(), (*value).into()));
        let variables = envy::from_iter(pairs).expect("all fields are optional strings");
        let mut faults = Faults::default();
        Config::new(variables, ExtraArgs::default(), Path::new("/"), &mut faults)
            .ok_or_else(|| faults.to_string())
    }

    #[test]
    fn giving_the_defaults_changes_nothing() {
        assert_eq!(config(Variables::DEFAULTS), config(&[]));
    }

    #[test]
    fn without_what_is_required_nothing_can_be_done() {
        let mut faults = Faults::default();
        assert_eq!(
            Config::new(Variables::default(), ExtraArgs::default(), Path::new("/"), &mut faults),
            None
        );
        let missing: Vec<&str> = faults.iter().map(|fault| fault.variable.as_str()).collect();
        assert_eq!(missing, Variables::REQUIRED);
    }

    #[test]
    fn names_and_fields_agree() {
        let pairs = Variables::NAMES.iter().map(|name| ((*name).to_owned(), (*name).to_owned()));
        let variables = envy::from_iter::<_, Variables>(pairs).expect("all fields are optional strings");
        let shown = format!("{variables:?}");
        assert!(!shown.contains("None"), "a field is not in NAMES: {shown}");
        assert_eq!(shown.matches("Some").count(), Variables::NAMES.len());
    }
}

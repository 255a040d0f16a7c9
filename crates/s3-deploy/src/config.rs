//! What the program believes: typed, validated once, every mistake collected.

mod checkout;
mod concurrency;
mod endpoint;
mod filter_patterns;
mod folder;
mod headers;
pub(crate) mod ignored;
mod rules_file;
mod safety;
mod scope;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bitbucket_pipe::{Environment, Fault, Faults};

use crate::checksum_headers::Sending;
use crate::extra_args::{ExtraArgs, Silence};
use crate::filters::Filters;
use crate::grace::Grace;
use crate::guard::Guards;
use crate::headers::file::HeadersFile;
use crate::headers::fingerprint::Fingerprints;
use crate::headers::page::Pages;
use crate::headers::presets::AUTO;
use crate::headers::rules::HeaderRules;
use crate::owner::BucketOwner;
use crate::plan::Compare;
use crate::private::OwnPaths;
use crate::script::Script;
use crate::shard::Shard;
use crate::target::{Target, TrailingSlash};
use crate::variables::Variables;
use ignored::IgnoredVariable;

pub(crate) use checkout::Checkout;

/// A valid configuration of `s3-deploy`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the user's, and none depends on another"
)]
pub(crate) struct Config {
    /// Where the step works.
    pub checkout: Checkout,
    /// Where the list of changes goes, when not into the shared storage.
    pub changes_file: Option<String>,
    /// When requests carry checksums.
    pub checksums: Sending,
    /// How files and objects are compared.
    pub compare: Compare,
    /// How many requests are in flight, where that is not left to the pipe.
    pub concurrency: Option<NonZeroUsize>,
    /// Delete objects that the folder does not have.
    pub delete: bool,
    /// How long a fingerprinted file outlives its build.
    pub delete_grace: Grace,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// Whose the bucket must be.
    pub expected_owner: Option<BucketOwner>,
    /// Which paths it is about.
    pub filters: Filters,
    /// The folder as the user wrote it, for the log.
    pub folder_name: String,
    /// The folder to deploy; it exists, unless a script is to make it.
    pub folder: PathBuf,
    /// Follow symbolic links; they are left out otherwise.
    pub follow_links: bool,
    /// What is refused before anything is written.
    pub guards: Guards,
    /// What objects are stored with.
    pub headers: HeaderRules,
    /// `HEADERS_FILE` as the user wrote it.
    pub headers_file_name: Option<String>,
    /// Variables that are given and have no effect, each with the reason.
    pub ignored_variables: Vec<IgnoredVariable>,
    /// Headers that are hardly meant as they are written, each a sentence.
    pub doubtful_headers: Vec<String>,
    /// Flags of `EXTRA_ARGS` that mean nothing here.
    pub meaningless: Vec<String>,
    /// Put the bucket into the path of every request, or into the host's name; `None`: as the endpoint takes it.
    pub path_style: Option<bool>,
    /// Keep the deploy record.
    pub record: bool,
    /// Bear the cost of every request.
    pub requester_pays: bool,
    /// What runs before anything is read or sent. The folder need not exist before.
    pub script: Option<Script>,
    /// The share of the files that this step uploads; all, and everything else, when `None`.
    pub shard: Option<Shard>,
    /// What is not said of the work.
    pub silence: Silence,
    /// Where it goes.
    pub target: Target,
    /// `S3_BUCKET`, if it ends in a slash.
    pub trailing_slash: Option<TrailingSlash>,
}

impl Config {
    /// Reads the variables, the flags of `EXTRA_ARGS` winning over them; paths are relative to `directory`. `None` means that there is at least one fault.
    pub(crate) fn new(
        variables: Variables,
        extra: ExtraArgs,
        directory: &Path,
        faults: &mut Faults,
    ) -> Option<Self> {
        let mut headers = HeaderRules::from(headers::read(&variables, &extra, faults));
        let doubtful_headers = headers::doubtful(&headers.base, &extra.headers);
        headers.presets = headers.base.cache_control.take_if(|value| value == AUTO).is_some();
        headers.pages = Pages::new(variables.pages.as_deref());
        headers.fingerprints = Fingerprints::new(variables.fingerprinted.as_deref());
        let (is_compare_given, size_only) = (variables.compare.is_some(), extra.size_only);
        let compare = compare(&variables, size_only, faults);
        let concurrency = concurrency::read(variables.concurrency.as_deref(), faults);
        let delete = safety::delete_flag(variables.delete_flag.as_deref(), faults) || extra.delete;
        filter_patterns::check(&extra.filters, delete, faults);
        let guards = safety::guards(&variables, faults);
        let shard = safety::shard(&variables, faults);
        let record = faults.boolean("RECORD", variables.record.as_deref(), true);
        let delete_grace = safety::delete_grace(variables.delete_grace.as_deref(), record, faults);
        let expected_owner = safety::expected_owner(&variables, faults);
        let checksums = endpoint::checksums(&variables, extra.checksum_given, faults);
        faults.check_output("CHANGES_FILE", variables.changes_file.as_deref());
        let trailing_slash = variables.s3_bucket.as_deref().and_then(TrailingSlash::of);
        let target =
            required("S3_BUCKET", variables.s3_bucket, faults).and_then(|text| target(&text, faults));
        let folder_name = required("LOCAL_PATH", variables.local_path, faults)
            .filter(|name| faults.check_expanded("LOCAL_PATH", name));
        let path_style = variables.s3_force_path_style.as_deref();
        let path_style = endpoint::path_style(path_style, target.as_ref(), faults);
        // Also a script that cannot be run was to make what is looked at otherwise.
        let has_script = variables.pre_execution_script.is_some();
        let script = variables.pre_execution_script.and_then(|name| script(name, directory, faults));
        let folder = folder_name.as_ref().map(|name| directory.join(name));
        let pages = variables.pages.as_deref().unwrap_or_default();
        let filters = folder.as_deref().map(|folder| Filters::new(extra.filters, folder));
        let mut filters = filters.map(|filters| filters.checking("PAGES", pages));
        if !has_script {
            let file = variables.headers_file.as_deref();
            let (rules, path) = look(folder_name.as_deref(), extra.no_links, file, directory, faults);
            headers.file = rules;
            filters = filters.map(|filters| filters.without(path));
        }
        let mut config = Self {
            compare,
            concurrency,
            delete_grace,
            expected_owner,
            guards,
            shard,
            dry_run: faults.boolean("DRY_RUN", variables.dry_run.as_deref(), false) || extra.dry_run,
            delete,
            checksums,
            path_style,
            headers,
            doubtful_headers,
            headers_file_name: variables.headers_file,
            follow_links: !extra.no_links,
            requester_pays: extra.requester_pays,
            silence: extra.silence,
            ignored_variables: Vec::new(),
            meaningless: extra.meaningless,
            script,
            record,
            changes_file: variables.changes_file,
            checkout: Checkout::of(&Environment::default(), directory),
            filters: filters?,
            folder_name: folder_name?,
            folder: folder?,
            target: target?,
            trailing_slash,
        };
        config.ignored_variables = ignored::variables(&config, is_compare_given, size_only);
        faults.is_empty().then_some(config)
    }

    /// With links that lead into the clone, into the folder where the step stands, or into the deployed one alone, and
    /// without what pipes write, of which `result_file` is one.
    pub(crate) fn within(
        self,
        environment: &Environment,
        checkout: Checkout,
        result_file: Option<&Path>,
    ) -> Self {
        let directory = checkout.directory();
        let own = OwnPaths::new(self.changes_file.as_deref(), result_file, environment, directory);
        let filters =
            self.filters.within(&[checkout.clone_folder(), directory, &self.folder]).leaving_out(own);
        Self { checkout, filters, ..self }
    }

    /// Looks at the folder and at `HEADERS_FILE` once the script, which may make them, has run.
    pub(crate) fn look(&mut self) -> Faults {
        let mut faults = Faults::default();
        self.checkout.check(&self.folder_name, &mut faults);
        let directory = self.checkout.directory();
        let file = self.headers_file_name.as_deref();
        let (rules, path) = look(Some(&self.folder_name), !self.follow_links, file, directory, &mut faults);
        self.headers.file = rules;
        self.filters = std::mem::take(&mut self.filters).without(path);
        faults
    }
}

/// `FORCE` wins over `--size-only`, and that over `COMPARE`.
fn compare(variables: &Variables, size_only: bool, faults: &mut Faults) -> Compare {
    let force = faults.boolean("FORCE", variables.force.as_deref(), false);
    let word = one_of("COMPARE", variables.compare.clone(), &["content", "size", "mtime"], faults);
    match word.as_deref() {
        _ if force => Compare::Nothing,
        _ if size_only => Compare::Size,
        Some("size") => Compare::Size,
        Some("mtime") => Compare::Time,
        _ => Compare::Content,
    }
}

fn required(variable: &str, value: Option<String>, faults: &mut Faults) -> Option<String> {
    if value.is_none() {
        faults.missing(variable);
    }
    value
}

fn target(text: &str, faults: &mut Faults) -> Option<Target> {
    let parsed = text.parse::<Target>().map_err(|error| {
        let (message, hint) = (error.to_string(), error.hint().map(str::to_owned));
        faults.push(Fault { variable: "S3_BUCKET".to_owned(), message, hint });
    });
    parsed.ok()
}

fn script(name: String, directory: &Path, faults: &mut Faults) -> Option<Script> {
    let file = directory.join(&name);
    let problem = match std::fs::metadata(&file) {
        Ok(metadata) if metadata.is_file() => return Some(Script { name, file }),
        Ok(_) => format!("is no file: {}", file.display()),
        Err(error) => format!("cannot be read: {}: {error}", file.display()),
    };
    let hint = "name a script of the repository, relative to where the step stands, without arguments";
    faults.add_with_hint("PRE_EXECUTION_SCRIPT", problem, hint);
    None
}

/// What the disk says of the folder and of `HEADERS_FILE`: its rules, and its path below the folder where it is there. The
/// rules are read without a folder too.
fn look(
    name: Option<&str>,
    no_links: bool,
    headers_file: Option<&str>,
    directory: &Path,
    faults: &mut Faults,
) -> (HeadersFile, Option<String>) {
    if let Some(name) = name {
        folder::check(name, directory, no_links, faults);
    }
    let rules = rules_file::read(headers_file, directory, faults);
    let below = name.zip(headers_file);
    let path =
        below.and_then(|(name, file)| rules_file::path_below(&directory.join(name), &directory.join(file)));
    (rules, path)
}

fn one_of(variable: &str, value: Option<String>, known: &[&str], faults: &mut Faults) -> Option<String> {
    let value = value?;
    if known.contains(&value.as_str()) {
        return Some(value);
    }
    faults.add(variable, format!("must be one of {}; not `{value}`", known.join(", ")));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        let all = [("S3_BUCKET", "site"), ("LOCAL_PATH", ".")];
        let pairs = all.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let last_wins: std::collections::BTreeMap<String, String> = pairs.collect();
        envy::from_iter(last_wins).expect("all fields are optional strings")
    }

    fn config(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let mut faults = Faults::default();
        Config::new(variables(pairs), ExtraArgs::default(), Path::new("/"), &mut faults)
            .ok_or_else(|| faults.to_string())
    }

    #[test]
    fn defaults() {
        let config = config(&[]).expect("valid");
        assert!(!config.delete && !config.guards.allow_empty && config.path_style.is_none() && config.record);
        assert_eq!(config.headers, HeaderRules::default());
        assert_eq!(config.target.to_string(), "s3://site/");
    }

    #[test]
    fn all_faults_are_reported_at_once() {
        let mut faults = Faults::default();
        let variables = Variables {
            delete_flag: Some("yes".into()),
            acl: Some("public".into()),
            expires: Some("soon".into()),
            ..Variables::default()
        };
        assert_eq!(Config::new(variables, ExtraArgs::default(), Path::new("/"), &mut faults), None);
        let named: Vec<&str> = faults.iter().map(|fault| fault.variable.as_str()).collect();
        for variable in ["S3_BUCKET", "LOCAL_PATH", "DELETE_FLAG", "ACL", "EXPIRES"] {
            assert!(named.contains(&variable), "{variable} is not among {named:?}");
        }
    }

    #[test]
    fn a_grace_needs_the_record() {
        let faults = config(&[("DELETE_GRACE", "7d"), ("RECORD", "off")]).expect_err("no record");
        assert!(faults.starts_with("DELETE_GRACE needs the deploy record"), "{faults}");
        assert!(config(&[("DELETE_GRACE", "0"), ("RECORD", "off")]).is_ok());
        assert!(config(&[("DELETE_GRACE", "7d")]).is_ok());
    }

    #[test]
    fn each_fault_names_its_variable() {
        for (name, value) in [
            ("S3_BUCKET", "a b"),
            ("LOCAL_PATH", "no-such-folder"),
            ("LOCAL_PATH", "/proc/version"),
            ("LOCAL_PATH", "$NOPE/build"),
            ("CHANGES_FILE", "$NOPE/changes.json"),
            ("CHANGES_FILE", "/changes.json"),
            ("S3_BUCKET", "/docs"),
            ("ACL", "public"),
            ("STORAGE_CLASS", "standard"),
            ("CONCURRENCY", "0"),
            ("CONCURRENCY", "many"),
            ("CONCURRENCY", "100000"),
            ("DELETE_FLAG", "yes"),
            ("DELETE_FLAG", "True"),
            ("ALLOW_EMPTY", "perhaps"),
            ("RECORD", "perhaps"),
            ("COMPARE", "Size"),
            ("DRY_RUN", "perhaps"),
            ("FORCE", "perhaps"),
            ("DELETE_GRACE", "7"),
            ("EXPECTED_BUCKET_OWNER", "1111-2222-3333"),
            ("MAX_DELETE", "some"),
            ("REFUSE_SECRETS", "perhaps"),
            ("SHARD", "auto"),
            ("SHARD", "5/4"),
            ("S3_FORCE_PATH_STYLE", "perhaps"),
            ("AWS_REQUEST_CHECKSUM_CALCULATION", "never"),
            ("CACHE_CONTROL", "a\nb"),
            ("HEADERS_FILE", "no-such-file"),
            ("HEADERS_FILE", "/proc"),
            ("HEADERS_FILE", "/proc/version"),
            ("CONTENT_ENCODING", "é"),
            ("EXPIRES", "soon"),
            ("OBJECT_TAGS", "team"),
            ("OBJECT_TAGS", "aws:team=web"),
            ("PRE_EXECUTION_SCRIPT", "no-such-script.sh"),
            ("PRE_EXECUTION_SCRIPT", "proc"),
        ] {
            let faults = config(&[(name, value)]).expect_err(value);
            assert!(faults.starts_with(&format!("{name} ")), "{name}={value}: {faults}");
        }
    }
}

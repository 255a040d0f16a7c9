//! What the program believes: typed, validated once, every mistake collected.

use std::io;
use std::path::{Path, PathBuf};

use bitbucket_pipe::Faults;

use crate::extra_args::{ExtraArgs, Silence};
use crate::filters::Filters;
use crate::headers::file::HeadersFile;
use crate::headers::page::Pages;
use crate::headers::presets::AUTO;
use crate::headers::rules::HeaderRules;
use crate::headers::{self, CANNED_ACLS, Headers, STORAGE_CLASSES};
use crate::plan::Compare;
use crate::target::Target;
use crate::variables::Variables;

/// A valid configuration of `s3-deploy`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the user's, and none depends on another"
)]
pub(crate) struct Config {
    /// Deploy an empty folder although that deletes everything.
    pub allow_empty: bool,
    /// Where the list of changes goes, when not into the shared storage.
    pub changes_file: Option<String>,
    /// How files and objects are compared.
    pub compare: Compare,
    /// Delete objects that the folder does not have.
    pub delete: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// Which paths it is about.
    pub filters: Filters,
    /// The folder as the user wrote it, for the log.
    pub folder_name: String,
    /// The folder to deploy; it exists.
    pub folder: PathBuf,
    /// Follow symbolic links; they are left out otherwise.
    pub follow_links: bool,
    /// Put the bucket into the path of every request.
    pub force_path_style: bool,
    /// What objects are stored with.
    pub headers: HeaderRules,
    /// `HEADERS_FILE` as the user wrote it, for the log.
    pub headers_file_name: Option<String>,
    /// Flags of `EXTRA_ARGS` that mean nothing here.
    pub meaningless: Vec<String>,
    /// Keep the deploy record.
    pub record: bool,
    /// What is not said of the work.
    pub silence: Silence,
    /// Where it goes.
    pub target: Target,
}

impl Config {
    /// Reads the variables, the flags of `EXTRA_ARGS` winning over them; paths are relative to `directory`. `None` means that there is at least one fault.
    pub(crate) fn new(
        variables: Variables,
        extra: ExtraArgs,
        directory: &Path,
        faults: &mut Faults,
    ) -> Option<Self> {
        later(&variables, faults);
        let mut headers = HeaderRules::from(headers(&variables, &extra, faults));
        headers.presets = headers.base.cache_control.take_if(|value| value == AUTO).is_some();
        headers.pages = Pages::new(variables.pages.as_deref());
        headers.file = headers_file(variables.headers_file.as_deref(), directory, faults);
        let compare = compare(&variables, extra.size_only, faults);
        let target = required("S3_BUCKET", variables.s3_bucket, faults)
            .and_then(|text| faults.take("S3_BUCKET", text.parse::<Target>()));
        let folder_name = required("LOCAL_PATH", variables.local_path, faults);
        let folder = folder_name.as_ref().and_then(|name| existing_folder(directory.join(name), faults));
        let rules = variables.headers_file.as_ref().zip(folder.as_deref());
        let rules = rules.and_then(|(name, folder)| path_below(folder, &directory.join(name)));
        let filters = folder.as_deref().map(|folder| Filters::new(extra.filters, folder).without(rules));
        let config = Self {
            allow_empty: faults.boolean("ALLOW_EMPTY", variables.allow_empty.as_deref(), false),
            compare,
            dry_run: faults.boolean("DRY_RUN", variables.dry_run.as_deref(), false) || extra.dry_run,
            delete: delete_flag(variables.delete_flag.as_deref(), faults) || extra.delete,
            force_path_style: faults.boolean(
                "S3_FORCE_PATH_STYLE",
                variables.s3_force_path_style.as_deref(),
                false,
            ),
            headers,
            headers_file_name: variables.headers_file,
            follow_links: !extra.no_links,
            silence: extra.silence,
            meaningless: extra.meaningless,
            record: faults.boolean("RECORD", variables.record.as_deref(), true),
            changes_file: variables.changes_file,
            filters: filters?,
            folder_name: folder_name?,
            folder: folder?,
            target: target?,
        };
        faults.is_empty().then_some(config)
    }
}

/// Variables and values that would be silently ignored, or sent as they are, are refused instead.
fn later(variables: &Variables, faults: &mut Faults) {
    if variables.pre_execution_script.is_some() {
        let hint = "run the script as a line of the step, before the pipe: the clone is shared";
        faults.add_with_hint("PRE_EXECUTION_SCRIPT", "is not in this version yet", hint);
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

/// A variable is checked also where a flag wins over it; an empty flag takes it away.
fn headers(variables: &Variables, extra: &ExtraArgs, faults: &mut Faults) -> Headers {
    let acl = one_of("ACL", variables.acl.clone(), &CANNED_ACLS, faults);
    let cache_control = header("CACHE_CONTROL", variables.cache_control.clone(), faults);
    let content_encoding = header("CONTENT_ENCODING", variables.content_encoding.clone(), faults);
    let expires = expires(variables.expires.clone(), faults);
    let storage_class = one_of("STORAGE_CLASS", variables.storage_class.clone(), &STORAGE_CLASSES, faults);
    let mut headers = extra.headers.clone();
    headers.acl = headers.acl.or(acl);
    headers.cache_control = headers.cache_control.or(cache_control);
    headers.content_encoding = headers.content_encoding.or(content_encoding);
    headers.expires = extra.expires.as_deref().map_or(expires, headers::timestamp);
    headers.storage_class = headers.storage_class.or(storage_class);
    for text in [
        &mut headers.cache_control,
        &mut headers.content_disposition,
        &mut headers.content_encoding,
        &mut headers.content_language,
        &mut headers.content_type,
        &mut headers.kms_key,
        &mut headers.website_redirect,
    ] {
        text.take_if(|text| text.is_empty());
    }
    headers
}

fn required(variable: &str, value: Option<String>, faults: &mut Faults) -> Option<String> {
    if value.is_none() {
        faults.missing(variable);
    }
    value
}

fn existing_folder(folder: PathBuf, faults: &mut Faults) -> Option<PathBuf> {
    let shown = folder.display();
    let problem = match std::fs::metadata(&folder) {
        Ok(metadata) if metadata.is_dir() => return Some(folder),
        Ok(_) => format!("is a file, not a folder: {shown}"),
        Err(error) => format!("cannot be read: {shown}: {error}"),
    };
    let hint = "name the build's output, relative to where the step stands; an artifact of an earlier step must be declared there";
    faults.add_with_hint("LOCAL_PATH", problem, hint);
    None
}

/// A file of rules is a few lines; one of more bytes is another file.
const LARGEST_HEADERS_FILE: u64 = 1024 * 1024;

fn headers_file(name: Option<&str>, directory: &Path, faults: &mut Faults) -> HeadersFile {
    const HINT: &str = "name it relative to where the step stands, such as `build/_headers` for one that the build puts there";
    let Some(name) = name else { return HeadersFile::default() };
    let text = match read_small(&directory.join(name)) {
        Ok(text) => text,
        Err(error) => {
            faults.add_with_hint("HEADERS_FILE", format!("cannot be read: {name}: {error}"), HINT);
            return HeadersFile::default();
        }
    };
    HeadersFile::parse(&text).unwrap_or_else(|mistakes| {
        for mistake in mistakes {
            faults.add("HEADERS_FILE", format!("{name}, line {}: {}", mistake.line, mistake.message));
        }
        HeadersFile::default()
    })
}

fn read_small(file: &Path) -> io::Result<String> {
    if std::fs::metadata(file)?.len() > LARGEST_HEADERS_FILE {
        return Err(io::Error::other(format!("it has more than {LARGEST_HEADERS_FILE} bytes")));
    }
    std::fs::read_to_string(file)
}

/// The path of a file below a folder, as keys are written, if it is there.
fn path_below(folder: &Path, file: &Path) -> Option<String> {
    let (folder, file) = (folder.canonicalize().ok()?, file.canonicalize().ok()?);
    let names = file.strip_prefix(folder).ok()?.iter().map(|name| name.to_str());
    Some(names.collect::<Option<Vec<&str>>>()?.join("/"))
}

/// The official pipe deletes on `true` alone; a word that was harmless there must not start deleting here.
fn delete_flag(value: Option<&str>, faults: &mut Faults) -> bool {
    match value {
        None | Some("false") => false,
        Some("true") => true,
        Some(word) => {
            let hint = "the official pipe ignores every other word, so it is not taken for a yes";
            faults.add_with_hint(
                "DELETE_FLAG",
                format!("must be exactly `true` or `false`, not `{word}`"),
                hint,
            );
            false
        }
    }
}

fn one_of(variable: &str, value: Option<String>, known: &[&str], faults: &mut Faults) -> Option<String> {
    let value = value?;
    if known.contains(&value.as_str()) {
        return Some(value);
    }
    faults.add(variable, format!("must be one of {}; not `{value}`", known.join(", ")));
    None
}

fn header(variable: &str, value: Option<String>, faults: &mut Faults) -> Option<String> {
    let value = value?;
    if headers::is_header_value(&value) {
        return Some(value);
    }
    faults.add(variable, "has characters that a header cannot carry: one line of plain ASCII is needed");
    None
}

fn expires(value: Option<String>, faults: &mut Faults) -> Option<jiff::Timestamp> {
    let value = value?;
    let time = headers::timestamp(&value);
    if time.is_none() {
        let message = format!("must be a point in time, such as `2030-01-31T12:00:00Z`; not `{value}`");
        faults.add("EXPIRES", message);
    }
    time
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
        assert!(!config.delete && !config.allow_empty && !config.force_path_style && config.record);
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
    fn each_fault_names_its_variable() {
        for (name, value) in [
            ("S3_BUCKET", "a b"),
            ("LOCAL_PATH", "no-such-folder"),
            ("LOCAL_PATH", "/proc/version"),
            ("ACL", "public"),
            ("STORAGE_CLASS", "standard"),
            ("DELETE_FLAG", "yes"),
            ("DELETE_FLAG", "True"),
            ("ALLOW_EMPTY", "perhaps"),
            ("RECORD", "perhaps"),
            ("COMPARE", "Size"),
            ("DRY_RUN", "perhaps"),
            ("FORCE", "perhaps"),
            ("S3_FORCE_PATH_STYLE", "perhaps"),
            ("CACHE_CONTROL", "a\nb"),
            ("HEADERS_FILE", "no-such-file"),
            ("HEADERS_FILE", "/proc"),
            ("HEADERS_FILE", "/proc/version"),
            ("CONTENT_ENCODING", "é"),
            ("EXPIRES", "soon"),
            ("PRE_EXECUTION_SCRIPT", "x.sh"),
        ] {
            let faults = config(&[(name, value)]).expect_err(value);
            assert!(faults.starts_with(&format!("{name} ")), "{name}={value}: {faults}");
        }
    }
}

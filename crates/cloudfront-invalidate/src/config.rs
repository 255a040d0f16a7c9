//! What this run shall do: the variables, typed and checked, every mistake collected.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Display;
use std::hash::Hash;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use bitbucket_pipe::{Environment, Fault, Faults, Log};
use oidc_auth::session_name::SessionName;
use oidc_auth::{Access, Partition, RoleArn, Service, Trace, Voice};

use crate::changes::Changes;
use crate::changes::list::{Listed, Source};
use crate::changes::policy::Policy;
use crate::changes::query_strings::QueryStrings;
use crate::changes::viewer::OriginPath;
use crate::distribution_id::DistributionId;
use crate::path::InvalidationPath;
use crate::permissions::{self, Extras};
use crate::plan;
use crate::report;
use crate::variables::Variables;

/// The word in `PATHS` for what the deploys of this build changed.
const CHANGED: &str = "changed";

/// The word in `FALLBACK_PAGES` for no page at all.
const NONE: &str = "none";

/// Paths that a distribution gets for one deploy, unless said otherwise: few enough to stay free (1000 a month) with a
/// deploy on every day.
const MAX_PATHS: u64 = 30;
/// As many as CloudFront takes at once.
const MOST_PATHS: u64 = plan::MAX_PATHS as u64;
/// Seconds to wait for CloudFront, unless said otherwise: AWS's own tools wait as long.
const WAIT_TIMEOUT: u64 = 600;
/// A day: no step of Bitbucket lasts longer.
const LONGEST_WAIT: u64 = 86_400;

/// A checked configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub access: Access,
    /// From `DISTRIBUTION_ID`: at least one, none twice.
    pub distributions: Vec<DistributionId>,
    /// From `PATHS`: everything when the variable is absent.
    pub paths: Paths,
    /// From `DRY_RUN`: say what would be sent, and send nothing.
    pub dry_run: bool,
    /// From `WAIT`: whether to wait for the end.
    pub wait: bool,
    /// From `WAIT_TIMEOUT`: how long to wait at most, for a request to be accepted and then for the end.
    pub patience: Duration,
    /// The build, named as it is in CloudTrail.
    pub build: SessionName,
    /// Variables that are given and have no effect, each with the reason.
    pub idle: Vec<(&'static str, &'static str)>,
}

/// What is invalidated.
#[derive(Debug)]
pub enum Paths {
    /// At least one, none twice.
    Given(Vec<InvalidationPath>),
    /// What deploys changed.
    Changed(Changes),
}

impl Config {
    /// Reads the variables, and the list of changes if it is asked for. Mistakes join `faults`; the configuration comes
    /// back only if there are none at all. Relative paths are relative to `directory`.
    pub fn read(environment: &Environment, directory: &Path, mut faults: Faults) -> Result<Self, Faults> {
        let of_access: oidc_auth::Variables = environment.read(oidc_auth::Variables::NAMES, &mut faults);
        let access = Access::from_variables(&of_access)
            .map_err(|found| faults.extend(found.into_iter().map(translated)))
            .ok();
        check_partition(access.as_ref(), &of_access, &mut faults);
        let variables: Variables = environment.read(Variables::NAMES, &mut faults);
        let distributions = distributions(environment, &mut faults);
        let policy = policy(&variables, environment, &mut faults);
        let words = words("PATHS", environment);
        let paths = if words.is_empty() {
            Some(Paths::Given(vec![InvalidationPath::everything()]))
        } else if words.iter().all(|word| *word == CHANGED) {
            let source =
                Source { file: variables.changes_file.as_deref(), target: variables.s3_bucket.as_deref() };
            let listed = source.read(environment, directory).map_err(|fault| faults.push(fault)).ok();
            listed.zip(policy).map(|(Listed { deploys, passed_over }, policy)| {
                Paths::Changed(Changes { deploys, policy, passed_over })
            })
        } else {
            Some(Paths::Given(given(&words, &mut faults)))
        };
        let dry_run = faults.boolean("DRY_RUN", variables.dry_run.as_deref(), false);
        let wait = faults.boolean("WAIT", variables.wait.as_deref(), false);
        let timeout = number(
            "WAIT_TIMEOUT",
            variables.wait_timeout.as_deref(),
            1..=LONGEST_WAIT,
            WAIT_TIMEOUT,
            &mut faults,
        );
        let build = SessionName::of_build(
            variables.bitbucket_workspace.as_deref(),
            variables.bitbucket_repo_slug.as_deref(),
            variables.bitbucket_build_number.as_deref(),
        );
        match (access, paths) {
            (Some(access), Some(paths)) if faults.is_empty() => {
                let idle = idle(&variables, &paths);
                let patience = Duration::from_secs(timeout);
                Ok(Self { access, distributions, paths, dry_run, wait, patience, build, idle })
            }
            _ => Err(faults),
        }
    }
}

/// `GovCloud` is the one public cloud of AWS without CloudFront: what is in front of it belongs to the commercial one
/// (AWS `GovCloud` (US) User Guide, Amazon CloudFront).
fn check_partition(access: Option<&Access>, variables: &oidc_auth::Variables, faults: &mut Faults) {
    let has_endpoint =
        variables.aws_endpoint_url_cloudfront.is_some() || variables.aws_endpoint_url.is_some();
    let found = access.map(Access::partition).or_else(|| partition_of_role(variables));
    if let Some((Partition::GovCloud, variable)) = found.filter(|_| !has_endpoint) {
        faults.add_with_hint(
            variable,
            "is of GovCloud (aws-us-gov), which has no CloudFront",
            "a distribution in front of GovCloud belongs to an account of the commercial cloud: log in with a role, or \
             keys, of that account",
        );
    }
}

/// The cloud of the role that is meant, where something else keeps the pipe from logging in.
fn partition_of_role(variables: &oidc_auth::Variables) -> Option<(Partition, &'static str)> {
    let chained = variables.aws_chained_role_arn.as_deref().map(|role| ("AWS_CHAINED_ROLE_ARN", role));
    let first = variables.aws_oidc_role_arn.as_deref().map(|role| ("AWS_OIDC_ROLE_ARN", role));
    let (variable, role) = chained.or(first)?;
    Some((role.parse::<RoleArn>().ok()?.partition(), variable))
}

/// The words of one value, or the items of a list: an item may have blanks in it.
fn words<'a>(variable: &str, environment: &'a Environment) -> Vec<&'a str> {
    match environment.items(variable) {
        Some(items) => items.iter().map(String::as_str).collect(),
        None => environment.get(variable).into_iter().flat_map(str::split_whitespace).collect(),
    }
}

impl Config {
    /// Whether nothing is to be invalidated, however the distributions are set up.
    #[must_use]
    pub fn is_needless(&self) -> bool {
        match &self.paths {
            Paths::Given(paths) => paths.is_empty(),
            Paths::Changed(changes) => changes.is_needless(),
        }
    }

    /// Tells the log of every attempt at a request, with `DEBUG`, and of what is decided after the first.
    #[must_use]
    pub fn traced(self, log: &Log) -> Self {
        let (told, concealed, traced) = (log.clone(), log.clone(), log.clone());
        let voice = Voice::to(move |notice| report::notice(&told, notice))
            .concealing(move |secret| concealed.conceal(secret));
        let access = self.access.voiced(voice).traced(Trace::to(move |attempt| traced.debug(attempt)));
        Self { access, ..self }
    }

    /// Limits the role's session to what this run may call.
    #[must_use]
    pub fn narrowed(self) -> Self {
        let setup = matches!(&self.paths, Paths::Changed(changes) if changes.policy.is_open());
        let extras = Extras { wait: self.wait, setup };
        match self.access.role().map(|role| permissions::scope(&self.distributions, extras, role)) {
            Some(scope) => Self { access: self.access.within(Service::CloudFront, scope), ..self },
            None => self,
        }
    }
}

fn distributions(environment: &Environment, faults: &mut Faults) -> Vec<DistributionId> {
    const NAME: &str = "DISTRIBUTION_ID";
    let words = words(NAME, environment);
    if words.is_empty() {
        faults.missing(NAME);
    }
    list(NAME, words.into_iter(), faults)
}

/// `None` where a fault was found.
fn policy(variables: &Variables, environment: &Environment, faults: &mut Faults) -> Option<Policy> {
    let max_paths = number("MAX_PATHS", variables.max_paths.as_deref(), 1..=MOST_PATHS, MAX_PATHS, faults);
    let invalidate_new = faults.boolean("INVALIDATE_NEW", variables.invalidate_new.as_deref(), true);
    let clean_urls = faults.boolean("CLEAN_URLS", variables.clean_urls.as_deref(), false);
    let query_strings = variables.query_strings.as_deref();
    let query_strings = query_strings
        .map(|word| QueryStrings::everywhere(faults.boolean("QUERY_STRINGS", Some(word), false)));
    let fallback_pages = fallback_pages(environment, faults);
    let origin_paths = match variables.origin_path.as_deref() {
        Some(path) => Some(faults.take("ORIGIN_PATH", path.parse::<OriginPath>())?.into()),
        None => None,
    };
    let max_paths = usize::try_from(max_paths).ok()?;
    let root_page = None;
    Some(Policy {
        origin_paths,
        max_paths,
        invalidate_new,
        clean_urls,
        fallback_pages,
        query_strings,
        root_page,
    })
}

/// The pages as viewers see their keys; `None` where nothing was said.
fn fallback_pages(environment: &Environment, faults: &mut Faults) -> Option<BTreeSet<String>> {
    const VARIABLE: &str = "FALLBACK_PAGES";
    let words = words(VARIABLE, environment);
    match words[..] {
        [] => return None,
        [NONE] => return Some(BTreeSet::new()),
        _ => {}
    }
    for word in &words {
        let wrong = if *word == NONE {
            Some(format!("`{NONE}`: stands alone; a page of that name is written `/{NONE}`"))
        } else if word.contains("://") {
            Some(format!("`{word}`: is an address, not a page: leave out the scheme and the host"))
        } else if word.contains('*') || word.ends_with('/') {
            Some(format!("`{word}`: must be a page as it is asked for, such as `/index.html`"))
        } else {
            None
        };
        if let Some(message) = wrong {
            faults.add(VARIABLE, message);
        }
    }
    Some(words.iter().map(|page| page.trim_start_matches('/').to_owned()).collect())
}

fn given(words: &[&str], faults: &mut Faults) -> Vec<InvalidationPath> {
    let (words, paths): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.eq_ignore_ascii_case(CHANGED));
    if let Some(word) = words.first() {
        // Taken for a path, it would invalidate nothing while looking as if it had.
        let message = if paths.is_empty() {
            format!("`{word}`: what the deploys of this build changed is written `{CHANGED}`")
        } else {
            format!(
                "`{word}`: `{CHANGED}` stands alone, because what deploys changed is invalidated once and \
                 paths are invalidated with every run"
            )
        };
        let hint = format!(
            "invalidate the other paths with a second pipe; a page of that name is written `/{word}`"
        );
        faults.add_with_hint("PATHS", message, hint);
    }
    list("PATHS", paths.into_iter(), faults)
}

/// What was given for nothing.
fn idle(variables: &Variables, paths: &Paths) -> Vec<(&'static str, &'static str)> {
    let Variables { changes_file, s3_bucket, origin_path, max_paths, invalidate_new, .. } = variables;
    let Variables { clean_urls, fallback_pages, query_strings, .. } = variables;
    let of_changes = [
        ("CHANGES_FILE", changes_file),
        ("S3_BUCKET", s3_bucket),
        ("ORIGIN_PATH", origin_path),
        ("MAX_PATHS", max_paths),
        ("INVALIDATE_NEW", invalidate_new),
        ("CLEAN_URLS", clean_urls),
        ("FALLBACK_PAGES", fallback_pages),
        ("QUERY_STRINGS", query_strings),
    ];
    let of_changes = of_changes.into_iter().map(|(name, value)| (name, value, "PATHS is not `changed`"));
    let changed = matches!(paths, Paths::Changed(_));
    of_changes
        .filter(|_| !changed)
        .filter_map(|(name, value, reason)| value.as_ref().map(|_| (name, reason)))
        .collect()
}

fn number(
    variable: &str,
    given: Option<&str>,
    range: RangeInclusive<u64>,
    default: u64,
    faults: &mut Faults,
) -> u64 {
    let Some(text) = given else { return default };
    text.parse().ok().filter(|number| range.contains(number)).unwrap_or_else(|| {
        let (least, most) = (range.start(), range.end());
        faults.add(variable, format!("must be a whole number from {least} to {most}, not `{text}`"));
        default
    })
}

/// The items in their order, each once.
fn list<'a, T>(variable: &str, items: impl Iterator<Item = &'a str>, faults: &mut Faults) -> Vec<T>
where
    T: FromStr<Err: Display> + Clone + Eq + Hash,
{
    let mut seen = HashSet::new();
    items
        .filter_map(|item| faults.take(variable, item.parse::<T>()))
        .filter(|item| seen.insert(item.clone()))
        .collect()
}

fn translated(fault: oidc_auth::Fault) -> Fault {
    Fault { variable: fault.variable.to_owned(), message: fault.message, hint: fault.hint }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;

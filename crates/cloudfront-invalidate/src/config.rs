//! What this run shall do: the variables, typed and checked, every mistake collected.

use std::collections::HashSet;
use std::hash::Hash;
use std::str::FromStr;

use bitbucket_pipe::{Environment, Fault, Faults};
use oidc_auth::Access;
use oidc_auth::session_name::SessionName;

use crate::distribution_id::DistributionId;
use crate::path::InvalidationPath;
use crate::variables::Variables;

/// A word that `PATHS` may not hold: taken for a path, it would invalidate nothing while looking as if it had.
const CHANGED: &str = "changed";

/// A checked configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub access: Access,
    /// From `DISTRIBUTION_ID`: at least one, none twice.
    pub distributions: Vec<DistributionId>,
    /// From `PATHS`: at least one, none twice; everything when the variable is absent.
    pub paths: Vec<InvalidationPath>,
    /// The build, named as it is in CloudTrail.
    pub build: SessionName,
}

impl Config {
    /// Reads the variables. Mistakes join `faults`; the configuration comes back only if there are none at all.
    pub fn read(environment: &Environment, mut faults: Faults) -> Result<Self, Faults> {
        let access: oidc_auth::Variables = environment.read(oidc_auth::Variables::NAMES, &mut faults);
        let access = Access::from_variables(&access)
            .map_err(|found| faults.extend(found.into_iter().map(translated)))
            .ok();
        let variables: Variables = environment.read(Variables::NAMES, &mut faults);
        let distributions = distributions(variables.distribution_id.as_deref(), &mut faults);
        let paths = paths(variables.paths.as_deref(), &mut faults);
        let build = SessionName::of_build(
            variables.bitbucket_workspace.as_deref(),
            variables.bitbucket_repo_slug.as_deref(),
            variables.bitbucket_build_number.as_deref(),
        );
        match access {
            Some(access) if faults.is_empty() => Ok(Self { access, distributions, paths, build }),
            _ => Err(faults),
        }
    }
}

fn distributions(given: Option<&str>, faults: &mut Faults) -> Vec<DistributionId> {
    let Some(given) = given else {
        faults.missing("DISTRIBUTION_ID");
        return Vec::new();
    };
    list("DISTRIBUTION_ID", given.split_whitespace(), faults)
}

fn paths(given: Option<&str>, faults: &mut Faults) -> Vec<InvalidationPath> {
    let Some(given) = given else {
        return vec![InvalidationPath::everything()];
    };
    let (words, paths): (Vec<&str>, Vec<&str>) =
        given.split_whitespace().partition(|path| path.eq_ignore_ascii_case(CHANGED));
    if let Some(word) = words.first() {
        faults.add_with_hint(
            "PATHS",
            format!(
                "`{word}`: this version invalidates the paths it is given; \
                 `PATHS: {CHANGED}` comes with the list of changes"
            ),
            format!(
                "name the paths, or leave PATHS out to invalidate everything; \
                 a page of that name is written `/{word}`"
            ),
        );
    }
    list("PATHS", paths.into_iter(), faults)
}

/// The items in their order, each once.
fn list<'a, T>(variable: &str, items: impl Iterator<Item = &'a str>, faults: &mut Faults) -> Vec<T>
where
    T: FromStr<Err: std::fmt::Display> + Clone + Eq + Hash,
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
mod tests {
    use super::*;

    const KEYS: [(&str, &str); 2] = [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret-of-the-example-key"),
    ];

    fn read(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let pairs = KEYS.iter().chain(pairs).map(|(name, value)| (name.into(), value.into()));
        Config::read(&Environment::from_pairs(pairs), Faults::default()).map_err(|faults| faults.to_string())
    }

    fn texts<T: ToString>(items: &[T]) -> Vec<String> {
        items.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lists_come_apart_at_any_white_space_and_lose_what_is_there_twice() {
        for (given, paths) in [
            ("/a /b", vec!["/a", "/b"]),
            ("/b\n/a\t\r\n  /b", vec!["/b", "/a"]),
            ("a /a /%61", vec!["/a", "/%61"]),
            ("/été /%C3%A9t%C3%A9", vec!["/%C3%A9t%C3%A9"]),
            ("/* /a/* /a/b", vec!["/*", "/a/*", "/a/b"]),
            ("/changed", vec!["/changed"]),
        ] {
            let config = read(&[("DISTRIBUTION_ID", "E1"), ("PATHS", given)]).expect(given);
            assert_eq!(texts(&config.paths), paths, "{given}");
        }
        let config = read(&[
            ("DISTRIBUTION_ID_COUNT", "3"),
            ("DISTRIBUTION_ID_0", "E1"),
            ("DISTRIBUTION_ID_1", "123xyz"),
            ("DISTRIBUTION_ID_2", "E1"),
            ("PATHS_COUNT", "2"),
            ("PATHS_0", "/a"),
            ("PATHS_1", "/b"),
        ])
        .expect("YAML lists");
        assert_eq!(texts(&config.distributions), ["E1", "123xyz"]);
        assert_eq!(texts(&config.paths), ["/a", "/b"]);
    }

    #[test]
    fn everything_is_invalidated_unless_paths_are_given() {
        for paths in [&[][..], &[("PATHS", "")], &[("PATHS", " \n")]] {
            let config = read(&[&[("DISTRIBUTION_ID", "E1")], paths].concat()).expect("valid");
            assert_eq!(texts(&config.paths), ["/*"]);
        }
    }

    #[test]
    fn all_mistakes_are_reported_at_once() {
        let error =
            read(&[("PATHS", "/a*b \"/c\" changed"), ("AWS_REGION", "Ireland")]).expect_err("four mistakes");
        for part in [
            "AWS_REGION must be",
            "DISTRIBUTION_ID variable missing.",
            "PATHS `/a*b`: `*` is a wildcard only",
            "PATHS `\"/c\"`: begins with a quote",
            "PATHS `changed`: this version invalidates the paths it is given",
        ] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }

    #[test]
    fn the_word_changed_is_never_taken_for_a_path() {
        for given in ["changed", "Changed", "/a changed"] {
            let error = read(&[("DISTRIBUTION_ID", "E1"), ("PATHS", given)]).expect_err(given);
            assert!(error.contains("comes with the list of changes\nhint: name the paths"), "{error}");
        }
    }

    #[test]
    fn a_distribution_that_is_none_is_a_fault_of_its_own() {
        let error = read(&[("DISTRIBUTION_ID", "E1 E-2 d1.cloudfront.net")]).expect_err("two mistakes");
        assert_eq!(
            error.lines().filter(|line| line.starts_with("DISTRIBUTION_ID must be")).count(),
            2,
            "{error}"
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = read(&[("DISTRIBUTION_ID", "E1")]).expect("valid");
        assert!(!format!("{config:?}").contains("secret-of-the-example-key"));
    }
}

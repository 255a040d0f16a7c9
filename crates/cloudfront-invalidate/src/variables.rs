//! The variables of this pipe, as the step gives them.

use serde::Deserialize;

/// The raw variables of this pipe. Values are trimmed and never blank: blank means absent.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Variables {
    /// The distributions, separated by white space. Read from `DISTRIBUTION_ID`.
    pub distribution_id: Option<String>,
    /// The paths, separated by white space. Read from `PATHS`.
    pub paths: Option<String>,
    /// Names the build in the caller reference. Read from `BITBUCKET_WORKSPACE`.
    pub bitbucket_workspace: Option<String>,
    /// Names the build in the caller reference. Read from `BITBUCKET_REPO_SLUG`.
    pub bitbucket_repo_slug: Option<String>,
    /// Names the build in the caller reference. Read from `BITBUCKET_BUILD_NUMBER`.
    pub bitbucket_build_number: Option<String>,
}

impl Variables {
    /// The names, in the order of the fields.
    pub const NAMES: &'static [&'static str] =
        &["DISTRIBUTION_ID", "PATHS", "BITBUCKET_WORKSPACE", "BITBUCKET_REPO_SLUG", "BITBUCKET_BUILD_NUMBER"];

    /// What an absent variable means, where that is one word. Giving this word changes nothing.
    pub const DEFAULTS: &'static [(&'static str, &'static str)] = &[("PATHS", "/*")];

    /// The variables without which nothing can be done.
    pub const REQUIRED: &'static [&'static str] = &["DISTRIBUTION_ID"];
}

#[cfg(test)]
mod tests {
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
            bitbucket_workspace,
            bitbucket_repo_slug,
            bitbucket_build_number,
        } = variables;
        let fields =
            [distribution_id, paths, bitbucket_workspace, bitbucket_repo_slug, bitbucket_build_number];
        let expected: Vec<_> = Variables::NAMES.iter().map(|name| Some(format!("value of {name}"))).collect();
        assert_eq!(fields.to_vec(), expected);
    }

    fn config(pairs: &[(&str, &str)]) -> Result<Config, Faults> {
        let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")];
        let pairs = keys.iter().chain(pairs).map(|(name, value)| (name.into(), value.into()));
        Config::read(&Environment::from_pairs(pairs), Faults::default())
    }

    #[test]
    fn giving_the_defaults_changes_nothing() {
        let shown = |more: &[(&str, &str)]| {
            let config = config(&[&[("DISTRIBUTION_ID", "E1")], more].concat());
            format!("{:?}", config.expect("it is valid"))
        };
        assert_eq!(shown(Variables::DEFAULTS), shown(&[]));
    }

    #[test]
    fn without_what_is_required_nothing_can_be_done() {
        let faults = config(&[]).expect_err("nothing is given");
        let missing: Vec<&str> = faults.iter().map(|fault| fault.variable.as_str()).collect();
        assert_eq!(missing, Variables::REQUIRED);
    }
}

//! The two pipes: what the code says of each.

use std::collections::BTreeMap;

use bitbucket_pipe::Settings;

use super::repository;

/// One pipe, as its code has it.
pub(crate) struct Pipe {
    /// Its crate and program.
    pub(crate) program: &'static str,
    /// Its image, its repository and its folder below `pipes`.
    pub(crate) image: &'static str,
    names: Vec<&'static str>,
    defaults: BTreeMap<&'static str, &'static str>,
    /// The variables without which it does nothing.
    pub(crate) required: &'static [&'static str],
}

/// Both, in the order in which a deployment uses them.
pub(crate) fn all() -> [Pipe; 2] {
    use cloudfront_invalidate::variables::Variables as Invalidate;
    use s3_deploy::variables::Variables as Deploy;
    let deploy = Pipe {
        program: "s3-deploy",
        image: "aws-s3-deploy",
        names: with_those_of_every_pipe(Deploy::NAMES),
        defaults: with_defaults_of_every_pipe(Deploy::DEFAULTS),
        required: Deploy::REQUIRED,
    };
    let invalidate = Pipe {
        program: "cloudfront-invalidate",
        image: "aws-cloudfront-invalidate",
        names: with_those_of_every_pipe(Invalidate::NAMES),
        defaults: with_defaults_of_every_pipe(Invalidate::DEFAULTS),
        required: Invalidate::REQUIRED,
    };
    [deploy, invalidate]
}

fn with_those_of_every_pipe(own: &[&'static str]) -> Vec<&'static str> {
    [oidc_auth::Variables::NAMES, own, Settings::NAMES].concat()
}

fn with_defaults_of_every_pipe(own: &[(&'static str, &'static str)]) -> BTreeMap<&'static str, &'static str> {
    [oidc_auth::Variables::DEFAULTS, own, Settings::DEFAULTS].concat().into_iter().collect()
}

impl Pipe {
    /// A file of its folder below `pipes`.
    pub(crate) fn file(&self, name: &str) -> String {
        format!("pipes/{}/{name}", self.image)
    }

    /// What a pipelines file calls it by.
    pub(crate) fn reference(&self) -> String {
        format!("docker://{}/{}:{}", repository::account(), self.image, repository::version())
    }

    /// The variables a user may give, sorted: not those of Bitbucket, not the endpoints of services it never calls.
    pub(crate) fn variables(&self) -> Vec<&'static str> {
        let is_a_user_s = |name: &&str| {
            let endpoint = name.strip_prefix("AWS_ENDPOINT_URL_");
            !name.starts_with("BITBUCKET_") && endpoint.is_none_or(|service| self.calls(service))
        };
        let mut names: Vec<_> = self.names.iter().copied().filter(is_a_user_s).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What a variable means when it is absent, where that is one word.
    pub(crate) fn default(&self, variable: &str) -> Option<&'static str> {
        self.defaults.get(variable).copied()
    }

    /// Whether it, or how it logs in, is built with the client of this service.
    fn calls(&self, service: &str) -> bool {
        let client = format!("aws-sdk-{}.workspace", service.to_lowercase());
        [self.program, "oidc-auth"].iter().any(|name| {
            let manifest = repository::read(format!("crates/{name}/Cargo.toml"));
            let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
            dependencies.contains(&client)
        })
    }
}

#[test]
fn every_pipe_has_its_folder_and_no_folder_is_left_over() {
    let mut images = all().map(|pipe| pipe.image);
    images.sort_unstable();
    assert_eq!(repository::folders("pipes"), images);
}

#[test]
fn every_default_is_a_variable_s() {
    for pipe in all() {
        let variables = pipe.variables();
        for name in pipe.defaults.keys() {
            assert!(variables.contains(name), "{} has a default for {name} and no such variable", pipe.image);
        }
    }
}

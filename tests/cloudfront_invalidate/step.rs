//! The steps of these scenarios, what deploys leave for them, and what they leave behind.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use ::cloudfront_invalidate::permissions;
use bitbucket_pipe::Environment;
use bitbucket_pipe::changes::{Change, ChangeList, Deploy, Difference};
use local_aws::iam::AccessKey;
use local_aws::scenario::{BUCKET, Ended, Site, Step, World};
use local_aws::{Invalidation, Origin};
use oidc_auth::Partition;
use oidc_auth::policy::{PolicyDocument, Statement};
use serde_json::Value;

pub(super) const DISTRIBUTION: &str = "E2EXAMPLE51ABC";

/// What the pipe itself says that it needs for these distributions: every scenario runs with exactly that.
pub(super) fn needed(distributions: &[&str]) -> Vec<Statement> {
    needed_with(distributions, permissions::Extras::default())
}

/// The same for a pipe that may look at how they are set up.
pub(super) fn needed_to_look(distributions: &[&str]) -> Vec<Statement> {
    needed_with(distributions, permissions::Extras { setup: true, ..permissions::Extras::default() })
}

/// The same for runs that call this too.
pub(super) fn needed_with(distributions: &[&str], extras: permissions::Extras) -> Vec<Statement> {
    let distributions: Vec<_> = distributions.iter().map(|id| id.parse().expect("an id")).collect();
    permissions::statements(&distributions, extras, Partition::Aws, "*")
}

/// A world with these distributions, and a role that may invalidate them.
pub(super) fn world(distributions: &[&str]) -> World {
    let world = World::with_permissions(needed(distributions));
    for distribution in distributions {
        world.cloud.create_distribution(distribution, Origin::new(BUCKET, ""));
    }
    world
}

/// A step with `oidc: true` that invalidates `DISTRIBUTION`.
pub(super) fn invalidate(world: &World, site: &Site) -> Step {
    world
        .step(env!("CARGO_BIN_EXE_cloudfront-invalidate"), site.clone_folder())
        .unset("AWS_DEFAULT_REGION")
        .set("DISTRIBUTION_ID", DISTRIBUTION)
}

/// The same with a user's keys.
pub(super) fn with_keys(step: Step, key: &AccessKey) -> Step {
    step.unset("AWS_OIDC_ROLE_ARN")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("AWS_ACCESS_KEY_ID", &key.id)
        .set("AWS_SECRET_ACCESS_KEY", &key.secret)
}

pub(super) fn user(world: &World) -> AccessKey {
    world.cloud.create_user("deployer", vec![PolicyDocument::new(needed(&[DISTRIBUTION]))])
}

/// The only invalidation of `DISTRIBUTION`.
pub(super) fn only(world: &World) -> Invalidation {
    let mut made = world.cloud.invalidations(DISTRIBUTION);
    assert_eq!(made.len(), 1, "{made:?}");
    made.remove(0)
}

/// A run that gets SIGTERM as soon as it says these words.
pub(super) fn terminated_at(step: &Step, words: &str) -> Ended {
    let mut child = step.command().spawn().expect("the program starts");
    let mut log = String::new();
    for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
        let line = line.expect("a log is UTF-8");
        if line.contains(words) {
            let killed = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            assert!(killed.expect("kill is there").success());
        }
        log = log + &line + "\n";
    }
    Ended { code: child.wait().expect("it ends").code(), log }
}

/// The number of a build, as the pipes of its steps see it.
pub(super) fn build(number: &str) -> Environment {
    Environment::from_pairs([("BITBUCKET_BUILD_NUMBER".into(), number.into())])
}

pub(super) fn difference<'a>(deploy: &str, paths: impl IntoIterator<Item = (&'a str, Change)>) -> Difference {
    let paths = paths.into_iter().map(|(path, change)| (path.to_owned(), change)).collect();
    Difference { deploy: deploy.into(), incomplete: None, paths }
}

/// A deploy to a prefix of the bucket.
pub(super) fn deploy(prefix: &str, difference: Difference) -> Deploy {
    Deploy {
        bucket: BUCKET.into(),
        prefix: prefix.into(),
        unchanged: BTreeMap::new(),
        beside: BTreeMap::new(),
        difference,
        earlier: Vec::new(),
    }
}

/// One that left so many objects as they were in each directory, and so many beside it.
pub(super) fn deploy_beside(
    unchanged: &[(&str, u64)],
    beside: &[(&str, u64)],
    difference: Difference,
) -> Deploy {
    let counts = |counts: &[(&str, u64)]| {
        counts.iter().map(|(directory, count)| ((*directory).to_owned(), *count)).collect()
    };
    Deploy { unchanged: counts(unchanged), beside: counts(beside), ..deploy("", difference) }
}

/// Where the pipes of a step find the list of changes.
pub(super) fn list(site: &Site) -> PathBuf {
    storage(site).join("aws-deploy/changes.json")
}

pub(super) fn storage(site: &Site) -> PathBuf {
    site.clone_folder().join("storage")
}

/// A deploy of build 42 has left this in the step.
pub(super) fn deployed(site: &Site, deploy: Deploy) {
    ChangeList::append(&list(site), &build("42"), deploy).expect("the list is written");
}

/// A step that invalidates what its deploys changed.
pub(super) fn invalidate_changed(world: &World, site: &Site) -> Step {
    invalidate(world, site)
        .set("PATHS", "changed")
        .set("BITBUCKET_PIPE_SHARED_STORAGE_DIR", storage(site).to_str().expect("UTF-8"))
}

/// The paths of every invalidation of `DISTRIBUTION`.
pub(super) fn invalidated(world: &World) -> Vec<Vec<String>> {
    world.cloud.invalidations(DISTRIBUTION).into_iter().map(|made| made.paths).collect()
}

pub(super) fn requests(world: &World) -> usize {
    world.cloud.count("CreateInvalidation")
}

pub(super) fn result(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a result file")).expect("JSON")
}

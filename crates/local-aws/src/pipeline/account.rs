//! The AWS account of a local pipeline: what a careful administrator would have set up before its first run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use oidc_auth::RoleArn;
use oidc_auth::policy::{PolicyDocument, Statement};
use s3_deploy::Target;

use super::definition::{Oidc, Pipeline};
use super::needs::Needs;
use super::repository;
use crate::{ACCOUNT, Cloud, Origin, Role, Workspace};

/// The role of the AWS post about Bitbucket and OIDC: the value of `AWS_OIDC_ROLE_ARN` unless another is
/// given.
pub(crate) const DEFAULT_ROLE: &str = "arn:aws:iam::000000000000:role/AwesomeOIDCRole";

/// The value of `AWS_DEFAULT_REGION` unless another is given: where upper-case bucket names were once allowed, which
/// that post's example has.
pub(crate) const DEFAULT_REGION: &str = "us-east-1";

/// How long a role's credentials may live at most: IAM's own default.
const MAX_SESSION: Duration = Duration::from_hours(1);

/// What the site serves for a folder, as most sites are set up.
const INDEX: &str = "index.html";

/// What the site serves for what it does not have.
const ERROR_PAGE: &str = "404.html";

/// What the embedded cloud holds so far for one pipeline.
pub(crate) struct Account<'a> {
    cloud: &'a Cloud,
    workspace: Workspace,
    audiences: Vec<String>,
    providers: BTreeSet<String>,
    roles: BTreeMap<String, Vec<Statement>>,
    buckets: BTreeSet<String>,
    distributions: BTreeSet<String>,
    deployed: Option<Target>,
}

impl<'a> Account<'a> {
    /// An empty account for `pipeline`.
    pub(crate) fn new(cloud: &'a Cloud, pipeline: &Pipeline) -> Self {
        let workspace = Workspace::new(repository::WORKSPACE, repository::WORKSPACE_UUID);
        let mut audiences = vec![workspace.audience()];
        for step in pipeline.steps() {
            if let Oidc::Audiences(more) = &step.oidc {
                audiences.extend(more.iter().cloned());
            }
        }
        Self {
            cloud,
            workspace,
            audiences,
            providers: BTreeSet::new(),
            roles: BTreeMap::new(),
            buckets: BTreeSet::new(),
            distributions: BTreeSet::new(),
            deployed: None,
        }
    }

    /// The workspace whose tokens the account trusts.
    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The buckets made so far.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = &str> {
        self.buckets.iter().map(String::as_str)
    }

    /// The distributions made so far.
    pub(crate) fn distributions(&self) -> impl Iterator<Item = &str> {
        self.distributions.iter().map(String::as_str)
    }

    /// Makes what `needs` names and is not there yet, and says what it made, a line each.
    pub(crate) fn provide(&mut self, needs: &Needs) -> Vec<String> {
        let mut made = Vec::new();
        let region = needs.region.as_deref().unwrap_or(DEFAULT_REGION);
        let owner = needs.role.as_ref().map_or(ACCOUNT, RoleArn::account);
        if let Some(target) = &needs.target {
            made.extend(self.bucket(target.bucket.as_str(), region, owner));
            self.deployed = Some(target.clone());
        }
        for id in &needs.distributions {
            made.extend(self.distribution(id.as_str(), region, owner));
        }
        if let Some(role) = &needs.role {
            made.extend(self.role(role, needs));
        }
        made
    }

    fn bucket(&mut self, name: &str, region: &str, owner: &str) -> Option<String> {
        let is_new = self.buckets.insert(name.to_owned());
        if is_new {
            self.cloud.store().create_bucket(name, region);
            self.cloud.store().set_owner(name, owner);
        }
        is_new.then(|| format!("bucket {name} in {region}"))
    }

    /// The origin of a distribution is the deploy that came before it; without one, an empty bucket of its own.
    fn distribution(&mut self, id: &str, region: &str, owner: &str) -> Vec<String> {
        if !self.distributions.insert(id.to_owned()) {
            return Vec::new();
        }
        let mut made = Vec::new();
        let (bucket, path) = match &self.deployed {
            Some(target) => (target.bucket.as_str().to_owned(), target.prefix.origin_path()),
            None => (format!("origin-of-{}", id.to_lowercase()), String::new()),
        };
        made.extend(self.bucket(&bucket, region, owner));
        made.push(format!("distribution {id} in front of {bucket}{path}"));
        let origin =
            Origin::new(bucket, path).default_root_object(INDEX).index_document(INDEX).error_page(ERROR_PAGE);
        self.cloud.create_distribution_in(owner, id, origin);
        made
    }

    fn role(&mut self, role: &RoleArn, needs: &Needs) -> Option<String> {
        let provider = self.provider(role);
        let is_new = !self.roles.contains_key(role.as_str());
        let statements = self.roles.entry(role.to_string()).or_default();
        for statement in permissions(role, needs) {
            if !statements.contains(&statement) {
                statements.push(statement);
            }
        }
        self.cloud.create_role(Role {
            arn: role.to_string(),
            trust: self.workspace.trust_policy(&provider, repository::UUID, &self.audiences),
            permissions: vec![PolicyDocument::new(statements.clone())],
            max_session: MAX_SESSION,
        });
        is_new.then(|| format!("role {role}"))
    }

    /// The ARN of the workspace's provider in the account of `role`, registered when it is new there.
    fn provider(&mut self, role: &RoleArn) -> String {
        let url = self.workspace.issuer_url();
        let (partition, account) = (role.partition(), role.account());
        if self.providers.insert(account.to_owned()) {
            self.cloud.create_oidc_provider(account, &url, &self.audiences);
        }
        self.workspace.provider_arn(partition.name(), account)
    }
}

/// What a pipe with these needs calls, every optional call included, on what it names and on nothing else.
fn permissions(role: &RoleArn, needs: &Needs) -> Vec<Statement> {
    let (partition, account) = (role.partition(), role.account());
    let extras = s3_deploy::permissions::Extras { acl: true, delete: true };
    let deploy = needs
        .target
        .iter()
        .flat_map(|target| s3_deploy::permissions::statements(target, extras, partition.name()));
    let waits = cloudfront_invalidate::permissions::Extras { wait: true, setup: true };
    let invalidate = (!needs.distributions.is_empty()).then(|| {
        cloudfront_invalidate::permissions::statements(&needs.distributions, waits, partition, account)
    });
    deploy.chain(invalidate.into_iter().flatten()).collect()
}

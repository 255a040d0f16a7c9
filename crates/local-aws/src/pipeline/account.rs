//! The AWS account of a local pipeline: what a careful administrator would have set up before its first run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use oidc_auth::RoleArn;
use oidc_auth::policy::{PolicyDocument, Principal, Statement};

use super::definition::{Oidc, Pipeline};
use super::needs::{Destination, Needs};
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

/// What a deploy may do with the objects it is responsible for.
const OBJECT_ACTIONS: [&str; 5] =
    ["s3:PutObject", "s3:PutObjectAcl", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"];

/// What an invalidation may do with its distribution.
const DISTRIBUTION_ACTIONS: [&str; 1] = ["cloudfront:CreateInvalidation"];

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
    deployed: Option<Destination>,
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
        if let Some(destination) = &needs.destination {
            made.extend(self.bucket(&destination.bucket, region, owner));
            self.deployed = Some(destination.clone());
        }
        for id in &needs.distributions {
            made.extend(self.distribution(id, region, owner));
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
        let deployed = self.deployed.clone().unwrap_or_else(|| Destination {
            bucket: format!("origin-of-{}", id.to_lowercase()),
            prefix: String::new(),
        });
        made.extend(self.bucket(&deployed.bucket, region, owner));
        let origin = Origin::new(&deployed.bucket, &deployed.prefix)
            .default_root_object(INDEX)
            .index_document(INDEX)
            .error_page(ERROR_PAGE);
        self.cloud.create_distribution_in(owner, id, origin);
        made.push(format!("distribution {id} in front of {deployed}"));
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
            trust: trust(&provider, &self.workspace, &self.audiences),
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
        format!("arn:{partition}:iam::{account}:oidc-provider/{}", without_scheme(&url))
    }
}

fn without_scheme(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url)
}

/// Every step of this repository, and nothing else of the workspace: the step's own UUID differs in every run.
fn trust(provider: &str, workspace: &Workspace, audiences: &[String]) -> PolicyDocument {
    let issuer = workspace.issuer_url();
    let issuer = without_scheme(&issuer);
    let audiences: Vec<_> = audiences.iter().map(String::as_str).collect();
    let subject = format!("{}:*", repository::UUID);
    let statement = Statement::allow(&["sts:AssumeRoleWithWebIdentity"], &[])
        .to(Principal::federated(provider))
        .when("StringEquals", &format!("{issuer}:aud"), &audiences)
        .when("StringLike", &format!("{issuer}:sub"), &[&subject]);
    PolicyDocument::new(vec![statement])
}

/// What a pipe with these needs calls, on what it names and on nothing else.
fn permissions(role: &RoleArn, needs: &Needs) -> Vec<Statement> {
    let (partition, account) = (role.partition(), role.account());
    let mut statements = Vec::new();
    if let Some(Destination { bucket, prefix }) = &needs.destination {
        let bucket = format!("arn:{partition}:s3:::{bucket}");
        let objects = match prefix.as_str() {
            "" => format!("{bucket}/*"),
            prefix => format!("{bucket}/{prefix}/*"),
        };
        statements.push(Statement::allow(&["s3:ListBucket"], &[&bucket]));
        statements.push(Statement::allow(&OBJECT_ACTIONS, &[&objects]));
    }
    for id in &needs.distributions {
        let distribution = format!("arn:{partition}:cloudfront::{account}:distribution/{id}");
        statements.push(Statement::allow(&DISTRIBUTION_ACTIONS, &[&distribution]));
    }
    statements
}

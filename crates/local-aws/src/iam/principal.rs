//! Who a verified request comes from: an ARN, an account and the policies that bind it.

use oidc_auth::policy::{Context, PolicyDocument};

use super::permission::{self, NotAuthorised};
use super::role::{EnrolledRole, RoleArn};

/// A user or a session of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    /// `arn:aws:iam::ACCOUNT:user/NAME` or `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub(crate) arn: String,
    pub(crate) account: String,
    pub(crate) partition: String,
    /// `AIDA…`, or `AROA…:SESSION`.
    pub(crate) user_id: String,
    /// The ARN of its role, if it is a session.
    role: Option<String>,
    identity_policies: Vec<PolicyDocument>,
    session_policy: Option<PolicyDocument>,
}

impl Principal {
    pub(super) fn user(account: &str, name: &str, id: &str, policies: Vec<PolicyDocument>) -> Self {
        Self {
            arn: format!("arn:aws:iam::{account}:user/{name}"),
            account: account.into(),
            partition: "aws".into(),
            user_id: id.into(),
            role: None,
            identity_policies: policies,
            session_policy: None,
        }
    }

    /// Nobody: `*` in the policy of a bucket.
    pub(super) fn anonymous(policies: Vec<PolicyDocument>) -> Self {
        Self {
            arn: "*".into(),
            account: "anonymous".into(),
            partition: "aws".into(),
            user_id: "anonymous".into(),
            role: None,
            identity_policies: policies,
            session_policy: None,
        }
    }

    /// `None` when the role's ARN is not one.
    pub(super) fn session(
        enrolled: &EnrolledRole,
        name: &str,
        policy: Option<PolicyDocument>,
    ) -> Option<Self> {
        let arn = RoleArn::parse(&enrolled.role.arn)?;
        Some(Self {
            arn: session_arn(&arn, name),
            account: arn.account.into(),
            partition: arn.partition.into(),
            user_id: format!("{}:{name}", enrolled.id),
            role: Some(enrolled.role.arn.clone()),
            identity_policies: enrolled.role.permissions.clone(),
            session_policy: policy,
        })
    }

    /// Whether these are temporary credentials of a role.
    pub(crate) fn is_session(&self) -> bool {
        self.role.is_some()
    }

    /// Whether a session policy takes from what its other policies allow.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.session_policy.is_some()
    }

    /// What policies call it: a session is called by its role.
    pub(crate) fn principal_arn(&self) -> &str {
        self.role.as_deref().unwrap_or(&self.arn)
    }

    /// Whether its policies let it do `action` on `resource`.
    pub(crate) fn may(&self, action: &str, resource: &str) -> Result<(), NotAuthorised> {
        self.may_when(action, resource, &[])
    }

    /// The same, with what the request says that conditions may ask about.
    pub(crate) fn may_when(
        &self,
        action: &str,
        resource: &str,
        conditions: &[(&str, String)],
    ) -> Result<(), NotAuthorised> {
        let known = Context::new()
            .with("aws:PrincipalArn", self.principal_arn())
            .with("aws:PrincipalAccount", &self.account)
            .with("aws:userid", &self.user_id)
            .with("aws:SecureTransport", "false");
        let context = conditions.iter().fold(known, |context, (key, value)| context.with(key, value));
        permission::check(&self.identity_policies, self.session_policy.as_ref(), action, resource, &context)
            .map_err(|cause| NotAuthorised {
                principal: self.arn.clone(),
                action: action.into(),
                resource: resource.into(),
                cause,
            })
    }
}

/// The ARN of a role's session.
pub(crate) fn session_arn(role: &RoleArn<'_>, session_name: &str) -> String {
    format!("arn:{}:sts::{}:assumed-role/{}/{session_name}", role.partition, role.account, role.name)
}

//! What a configuration may call, for the policy of a role's session.

use oidc_auth::{RoleArn, Scope};

use super::Config;
use crate::headers::grants::Grants;
use crate::permissions::{Extras, statements};

impl Config {
    /// What this configuration may call as `role`.
    pub(crate) fn scope(&self, role: &RoleArn) -> Scope {
        if let Some(kind) = self.target.bucket.kind_of_alias() {
            return Scope::Unknown(format!("S3_BUCKET names {kind}, whose bucket is not known"));
        }
        let headers = &self.headers.base;
        let acl = headers.acl.is_some() || headers.grants != Grants::default();
        // A share never deletes.
        let extras = Extras { acl, delete: self.delete && self.shard.is_none() };
        Scope::Statements(statements(&self.target, extras, role.partition().name()))
    }
}

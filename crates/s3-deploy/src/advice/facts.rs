//! What of a configuration decides between hints.

use oidc_auth::{Access, CredentialKind, Service};

use crate::headers::Headers;
use crate::headers::grants::Grants;

/// Facts of the configuration of a run. None of them is a secret.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// What S3 is asked with.
    pub(crate) credentials: CredentialKind,
    /// Objects are made public by an ACL or by grants.
    pub(crate) is_public: bool,
    /// The key of `--sse-kms-key-id`.
    pub(crate) kms_key: Option<String>,
    /// Host and port of the proxy that requests to S3 go through.
    pub(crate) proxy: Option<String>,
    /// `STORAGE_CLASS`, or the flag.
    pub(crate) storage_class: Option<String>,
}

impl Facts {
    /// Those of a run with this access, which sends these headers.
    pub(crate) fn new(access: &Access, headers: &Headers) -> Self {
        Self {
            credentials: access.credential_kind(),
            is_public: headers.acl.as_deref().is_some_and(is_public) || grants_everybody(&headers.grants),
            kms_key: headers.kms_key.clone(),
            proxy: access.proxy(Service::S3).map(str::to_owned),
            storage_class: headers.storage_class.clone(),
        }
    }
}

/// What S3 counts as public (Amazon S3 User Guide, Blocking public access): a grant to everybody, or to everybody with an
/// AWS account.
fn is_public(acl: &str) -> bool {
    acl.starts_with("public-") || acl == "authenticated-read"
}

fn grants_everybody(grants: &Grants) -> bool {
    let groups = [&grants.full, &grants.read, &grants.read_acl, &grants.write_acl].into_iter().flatten();
    groups
        .into_iter()
        .any(|grantees| grantees.contains("/AllUsers") || grantees.contains("/AuthenticatedUsers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_s3_counts_as_public() {
        for (acl, expected) in [
            ("public-read", true),
            ("authenticated-read", true),
            ("private", false),
            ("bucket-owner-read", false),
        ] {
            assert_eq!(is_public(acl), expected, "{acl}");
        }
        let read = |grantees: &str| Grants { read: Some(grantees.to_owned()), ..Grants::default() };
        assert!(grants_everybody(&read("id=a,uri=http://acs.amazonaws.com/groups/global/AllUsers")));
        assert!(!grants_everybody(&read("id=a")));
    }
}

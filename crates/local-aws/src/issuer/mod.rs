//! The identity provider of a Bitbucket workspace: its addresses, its documents, its key and the tokens of its steps.

mod discovery;
mod key;
mod token;

use oidc_auth::policy::{PolicyDocument, Principal, Statement};

pub use self::token::StepToken;

pub(crate) use self::discovery::document_at;
pub(crate) use self::key::VerificationKey;

/// Where Bitbucket's API answers. Tokens carry it in `iss`, whatever address the embedded issuer listens on.
const BITBUCKET_API: &str = "https://api.bitbucket.org";

/// A Bitbucket workspace: the owner of an issuer and of a default audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    slug: String,
    uuid: String,
}

impl Workspace {
    /// The workspace with this URL slug and UUID (braces are tolerated).
    #[must_use]
    pub fn new(slug: impl Into<String>, uuid: &str) -> Self {
        Self { slug: slug.into(), uuid: without_braces(uuid).to_owned() }
    }

    /// `iss` of its tokens, the URL under which IAM knows it as an identity provider.
    #[must_use]
    pub fn issuer_url(&self) -> String {
        format!("{BITBUCKET_API}{}", issuer_path(&self.slug))
    }

    /// `aud` of its tokens unless a step asks for others.
    #[must_use]
    pub fn audience(&self) -> String {
        format!("ari:cloud:bitbucket::workspace/{}", self.uuid)
    }

    /// The ARN under which an account knows it as an identity provider.
    #[must_use]
    pub fn provider_arn(&self, partition: &str, account: &str) -> String {
        format!("arn:{partition}:iam::{account}:oidc-provider/{}", self.issuer_host_and_path())
    }

    /// The trust policy of a careful administrator: every step of one repository, and nothing else of the workspace.
    /// The step's own UUID, which ends the subject, differs in every run.
    #[must_use]
    pub fn trust_policy(
        &self,
        provider_arn: &str,
        repository_uuid: &str,
        audiences: &[impl AsRef<str>],
    ) -> PolicyDocument {
        let issuer = self.issuer_host_and_path();
        let audiences: Vec<&str> = audiences.iter().map(AsRef::as_ref).collect();
        let subject = format!("{}:*", in_braces(repository_uuid));
        let statement = Statement::allow(&["sts:AssumeRoleWithWebIdentity"], &[])
            .to(Principal::federated(provider_arn))
            .when("StringEquals", &format!("{issuer}:aud"), &audiences)
            .when("StringLike", &format!("{issuer}:sub"), &[&subject]);
        PolicyDocument::new(vec![statement])
    }

    /// The issuer without its scheme, as IAM writes it in ARNs and condition keys.
    fn issuer_host_and_path(&self) -> String {
        self.issuer_url().replace("https://", "")
    }

    /// Its UUID in braces, as Bitbucket writes it in variables and claims.
    #[must_use]
    pub fn uuid(&self) -> String {
        in_braces(&self.uuid)
    }

    /// Its URL slug.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.slug
    }
}

fn issuer_path(slug: &str) -> String {
    format!("/2.0/workspaces/{slug}/pipelines-config/identity/oidc")
}

/// The slug in the path of an issuer, and what follows the issuer's own path.
fn split_issuer_path(path: &str) -> Option<(&str, &str)> {
    let (slug, rest) = path.strip_prefix("/2.0/workspaces/")?.split_once('/')?;
    let rest = rest.strip_prefix("pipelines-config/identity/oidc")?;
    (!slug.is_empty()).then_some((slug, rest))
}

fn in_braces(uuid: &str) -> String {
    format!("{{{}}}", without_braces(uuid))
}

fn without_braces(uuid: &str) -> &str {
    uuid.trim_start_matches('{').trim_end_matches('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_bitbuckets() {
        let workspace = Workspace::new("acme", "{6ab1cb0f-1f7e-4a19-9d2e-61e0a3b3b3b3}");
        assert_eq!(
            workspace.issuer_url(),
            "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
        );
        assert_eq!(
            workspace.audience(),
            "ari:cloud:bitbucket::workspace/6ab1cb0f-1f7e-4a19-9d2e-61e0a3b3b3b3"
        );
        assert_eq!(workspace.uuid(), "{6ab1cb0f-1f7e-4a19-9d2e-61e0a3b3b3b3}");
    }

    #[test]
    fn issuer_paths_are_told_apart() {
        for (path, expected) in [
            ("/2.0/workspaces/acme/pipelines-config/identity/oidc", Some(("acme", ""))),
            ("/2.0/workspaces/acme/pipelines-config/identity/oidc/keys.json", Some(("acme", "/keys.json"))),
            ("/2.0/workspaces//pipelines-config/identity/oidc", None),
            ("/2.0/workspaces/acme/pipelines-config", None),
            ("/bucket/key", None),
        ] {
            assert_eq!(split_issuer_path(path), expected, "{path}");
        }
    }
}

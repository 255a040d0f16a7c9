//! What to paste: the identity provider, its audience, the trust policy that fits a token.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::claims::UnverifiedClaims;
use crate::policy::{PolicyDocument, Principal, Statement};
use crate::role::RoleArn;

/// What a role must allow.
pub(super) const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
/// What begins the audience of every workspace.
const AUDIENCE_PREFIX: &str = "ari:cloud:bitbucket::workspace/";

/// Who issued a token, as IAM writes it in ARNs and condition keys: without the scheme.
pub(super) fn provider(claims: &UnverifiedClaims) -> Option<&str> {
    claims.issuer.as_deref().and_then(|issuer| issuer.strip_prefix("https://"))
}

/// The ARN of the issuer's provider in the role's account.
pub(super) fn provider_arn(role: &RoleArn, provider: &str) -> String {
    format!("arn:{}:iam::{}:oidc-provider/{provider}", role.partition(), role.account())
}

/// Whether it is an audience that Bitbucket gives by itself, or was meant to be one.
pub(super) fn is_of_workspace(audience: &str) -> bool {
    audience.starts_with(AUDIENCE_PREFIX)
}

/// The audience without its second beginning, where it begins twice, as one published guide has it.
pub(super) fn undoubled(audience: &str) -> Option<&str> {
    let once = audience.strip_prefix(AUDIENCE_PREFIX)?;
    once.starts_with(AUDIENCE_PREFIX).then_some(once)
}

/// The audiences without doubles: what should be registered.
fn audiences(claims: &UnverifiedClaims) -> Vec<&str> {
    claims.audience.iter().map(|audience| undoubled(audience).unwrap_or(audience)).collect()
}

/// How to register the issuer.
pub(super) fn create_provider(role: &RoleArn, claims: &UnverifiedClaims) -> Option<String> {
    let (issuer, audiences) = (claims.issuer.as_deref()?, audiences(claims));
    let quoted: Vec<String> = audiences.iter().map(|audience| quoted(audience)).collect();
    (provider(claims).is_some() && !audiences.is_empty()).then(|| {
        format!(
            "hint: in account {}, under IAM > Identity providers > Add provider > OpenID Connect, enter\n  \
             Provider URL  {issuer}\n  Audience      {}\nor run with that account's credentials\n  \
             aws iam create-open-id-connect-provider --url {} --client-id-list {}",
            role.account(),
            audiences.join(", "),
            self::quoted(issuer),
            quoted.join(" ")
        )
    })
}

/// How to have the provider accept the token's audience.
pub(super) fn add_audience(role: &RoleArn, claims: &UnverifiedClaims) -> Option<String> {
    let (provider, audience) = (provider(claims)?, audiences(claims).first().copied()?);
    Some(format!(
        "hint: in account {}, under IAM > Identity providers > {provider} > Actions > Add audience, enter\n  {audience}\n\
         or run with that account's credentials\n  \
         aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {} --client-id {}\n\
         hint: the trust policy's condition on `{provider}:aud` must be that audience, too",
        role.account(),
        quoted(&provider_arn(role, provider)),
        quoted(audience)
    ))
}

/// A trust policy that fits the token.
#[derive(Clone, Debug)]
pub(super) struct Trust {
    pub(super) document: PolicyDocument,
    /// Whom it trusts, in words.
    pub(super) whom: &'static str,
    /// The other pattern for the subject, with what it would mean.
    pub(super) instead: Option<String>,
}

/// Trusts this repository, or this deployment environment where the step has one, and nothing else.
pub(super) fn trust(role: &RoleArn, claims: &UnverifiedClaims) -> Option<Trust> {
    let provider = provider(claims)?;
    let subject = claims.subject.as_deref()?;
    let (operator, pattern, whom, instead) = match claims.parts() {
        Some(parts) => match parts.any_of_environment() {
            Some(environment) => (
                "StringLike",
                environment,
                "every step that deploys to this environment",
                Some(format!("{} instead trusts every step of this repository", parts.any_of_repository())),
            ),
            None => ("StringLike", parts.any_of_repository(), "every step of this repository", None),
        },
        // Not Bitbucket's form: which part stays the same cannot be told.
        None => ("StringEquals", subject.to_owned(), "exactly this subject", None),
    };
    // Even a wrong audience is the one that the token has.
    let audiences: Vec<&str> = claims.audience.iter().map(String::as_str).collect();
    if audiences.is_empty() {
        return None;
    }
    let statement = Statement::allow(&[ACTION], &[])
        .to(Principal::federated(&provider_arn(role, provider)))
        .when("StringEquals", &format!("{provider}:aud"), &audiences)
        .when(operator, &format!("{provider}:sub"), &[&pattern]);
    Some(Trust { document: PolicyDocument::new(vec![statement]), whom, instead })
}

/// The document in few lines, each of them about one thing.
pub(super) fn layout(document: &PolicyDocument) -> String {
    let statements: Vec<String> = document.statement.iter().map(statement).collect();
    format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{}]}}", statements.join(", "))
}

fn statement(statement: &Statement) -> String {
    let conditions = statement.condition.iter();
    let conditions: Vec<String> =
        conditions.map(|(operator, keys)| format!("    {}: {}", json(operator), json(keys))).collect();
    format!(
        "{{\n  \"Effect\": {},\n  \"Principal\": {},\n  \"Action\": {},\n  \"Condition\": {{\n{}\n  }}\n}}",
        json(&statement.effect),
        json(&statement.principal),
        json(&statement.action),
        conditions.join(",\n")
    )
}

/// On one line, with blanks after colons and commas.
fn json(value: &impl Serialize) -> String {
    let mut line = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut line, Spaced))
        .expect("the parts of a policy are plain data");
    String::from_utf8(line).expect("JSON is UTF-8")
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }
}

/// For a shell, where nothing between single quotes means anything.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Caller, Context, Request, evaluate};

    const UUID: &str = "84c08677-e352-4a1c-a107-6df387cfeef7";

    fn role() -> RoleArn {
        "arn:aws-cn:iam::123456789012:role/ci/Deploy".parse().expect("a role")
    }

    fn claims(audience: &[&str], subject: &str) -> UnverifiedClaims {
        UnverifiedClaims {
            issuer: Some(
                "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc".into(),
            ),
            audience: audience.iter().map(ToString::to_string).collect(),
            subject: Some(subject.into()),
            ..UnverifiedClaims::default()
        }
    }

    /// Whether the trust policy, as it is printed, lets a token in.
    fn lets_in(printed: &str, claims: &UnverifiedClaims) -> bool {
        let document = PolicyDocument::from_json(printed).expect("what is printed is a policy");
        let provider = provider(claims).expect("an issuer");
        let context = Context::new()
            .with_all(&format!("{provider}:aud"), claims.audience.iter())
            .with_all(&format!("{provider}:sub"), claims.subject.iter());
        let arn = provider_arn(&role(), provider);
        let caller = Some(Caller { kind: "Federated", name: &arn });
        evaluate([&document], &Request { action: ACTION, resource: None, caller, context: &context })
            .is_allowed()
    }

    #[test]
    fn the_trust_policy_lets_in_what_it_says_and_nothing_else() {
        let audience = format!("{AUDIENCE_PREFIX}{UUID}");
        for (subject, same, others) in [
            ("{r}:{s}", vec!["{r}:{t}", "{r}:{e}:{t}"], vec!["{q}:{s}", "{r}", "x{r}:{s}"]),
            ("{r}:{e}:{s}", vec!["{r}:{e}:{t}"], vec!["{r}:{s}", "{r}:{f}:{s}", "{q}:{e}:{s}"]),
            ("repo:*/\"x\\", vec![], vec!["repo:a/\"x\\", "repo:*/"]),
        ] {
            for audiences in [vec![audience.as_str()], vec!["one", "two"]] {
                let token = claims(&audiences, subject);
                let printed = layout(&trust(&role(), &token).expect("a policy").document);
                assert!(lets_in(&printed, &token), "{printed}");
                assert!(
                    same.iter().all(|subject| lets_in(&printed, &claims(&audiences, subject))),
                    "{printed}"
                );
                assert!(
                    !others.iter().any(|subject| lets_in(&printed, &claims(&audiences, subject))),
                    "{printed}"
                );
                assert!(!lets_in(&printed, &claims(&["three"], subject)), "{printed}");
            }
        }
    }

    #[test]
    fn without_issuer_audience_or_subject_nothing_is_offered() {
        let whole = claims(&["a"], "{r}:{s}");
        for token in [
            UnverifiedClaims { issuer: None, ..whole.clone() },
            UnverifiedClaims { issuer: Some("http://plain".into()), ..whole.clone() },
            UnverifiedClaims { audience: vec![], ..whole.clone() },
        ] {
            let offered = (trust(&role(), &token).is_some(), add_audience(&role(), &token).is_some());
            assert_eq!(offered, (false, false), "{token:?}");
            assert_eq!(create_provider(&role(), &token), None, "{token:?}");
        }
        assert!(trust(&role(), &UnverifiedClaims { subject: None, ..whole }).is_none());
    }

    #[test]
    fn commands_are_whole_and_quoted() {
        let token = claims(&["it's"], "{r}:{s}");
        let create = create_provider(&role(), &token).expect("a command");
        assert!(create.ends_with(
            "\n  aws iam create-open-id-connect-provider --url \
             'https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc' --client-id-list 'it'\\''s'"
        ), "{create}");
        let add = add_audience(&role(), &token).expect("a command");
        assert!(add.contains(
            "\n  aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn \
             'arn:aws-cn:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc' \
             --client-id 'it'\\''s'\n"
        ), "{add}");
    }

    #[test]
    fn an_audience_that_begins_twice_is_told_from_a_right_one() {
        let right = format!("{AUDIENCE_PREFIX}{UUID}");
        let doubled = format!("{AUDIENCE_PREFIX}{right}");
        assert_eq!(undoubled(&doubled), Some(right.as_str()));
        assert_eq!((undoubled(&right), undoubled("sts.amazonaws.com")), (None, None));
        let offered = create_provider(&role(), &claims(&[&doubled], "{r}:{s}")).expect("a command");
        assert!(offered.contains(&right) && !offered.contains(&doubled), "{offered}");
    }
}

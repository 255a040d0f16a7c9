//! Why two values differ, where the mistake is one that people make.

use super::remedy::{provider, undoubled};
use crate::claims::{Subject, UnverifiedClaims};
use crate::policy::matches;

/// Claims that a condition can be about: no other one of Bitbucket's tokens becomes a context key of AWS.
const CLAIMS: [&str; 2] = [":aud", ":sub"];

/// Whether a context key is a claim of some token, and not a fact of AWS's own such as `aws:SourceIp`.
pub(super) fn is_claim(key: &str) -> bool {
    let owner = key.split(':').next().unwrap_or_default();
    owner.contains('.') || owner == "https"
}

/// Why a condition does not hold of this token, if that can be told.
pub(super) fn of_condition(
    operator: &str,
    key: &str,
    wanted: &[String],
    actual: &[String],
    claims: &UnverifiedClaims,
) -> Option<String> {
    let own = provider(claims).unwrap_or_default();
    let Some(claim) = key.to_lowercase().strip_prefix(&own.to_lowercase()).map(str::to_owned) else {
        return Some(if key.starts_with("https://") {
            "a condition's key has no https://".to_owned()
        } else {
            format!("the key is of another provider; for this token it begins with {own}")
        });
    };
    if !CLAIMS.contains(&claim.as_str()) {
        return Some(if claim.starts_with("/:") {
            "the key has a slash too many, before the colon".to_owned()
        } else {
            format!("of Bitbucket's claims AWS knows only {own}:aud and {own}:sub")
        });
    }
    let told = |reason: &str| Some(reason.to_owned());
    let pairs = || wanted.iter().flat_map(|wanted| actual.iter().map(move |actual| (wanted, actual)));
    if pairs()
        .any(|(wanted, actual)| wanted != actual && matches(&wanted.to_lowercase(), &actual.to_lowercase()))
    {
        let literal = operator.contains("Equals") && wanted.iter().any(|value| value.contains(['*', '?']));
        return told(if literal {
            "StringEquals takes an asterisk for an asterisk: write StringLike"
        } else {
            "upper and lower case differ"
        });
    }
    if claim == ":aud" {
        return of_audience(wanted, claims);
    }
    let subject = claims.parts()?;
    wanted.iter().find_map(|wanted| of_subject(wanted, &subject, claims)).map(str::to_owned)
}

fn of_audience(wanted: &[String], claims: &UnverifiedClaims) -> Option<String> {
    if let Some(once) = wanted.iter().find_map(|wanted| undoubled(wanted)) {
        return Some(format!(
            "the beginning stands there twice, as in a guide in circulation; once is right: {once}"
        ));
    }
    if wanted.iter().any(|wanted| wanted == "sts.amazonaws.com") {
        return Some("that is the audience of other platforms, not of Bitbucket".to_owned());
    }
    claims.audience_is_list.then(|| "the step asks for an audience of its own, under `oidc:`".to_owned())
}

fn of_subject(wanted: &str, subject: &Subject<'_>, claims: &UnverifiedClaims) -> Option<&'static str> {
    let bare = |text: &str| text.replace(['{', '}'], "");
    let whole = |text: &Subject<'_>| {
        [Some(text.repository), text.environment, Some(text.step)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(":")
    };
    let parts: Vec<&str> = wanted.split(':').collect();
    let first = *parts.first()?;
    if bare(wanted) == wanted && matches(wanted, &bare(&whole(subject))) {
        return Some("the braces around the UUIDs are missing in the policy");
    }
    if claims.workspace.as_deref().is_some_and(|workspace| bare(first) == bare(workspace)) {
        return Some("the policy begins with the workspace's UUID, where the repository's belongs");
    }
    if bare(first) != bare(subject.repository) {
        return (!first.contains('*')).then_some("the policy means another repository");
    }
    match (parts.as_slice(), subject.environment) {
        ([_], _) => Some("the policy ends after the repository: `:*` belongs there"),
        ([_, _, _], None) => {
            Some("the policy means a deployment environment, and the step has no `deployment:`")
        }
        ([_, environment, _], Some(own)) if !matches(environment, own) => {
            Some("the policy means another deployment environment")
        }
        ([.., step], _) if !step.contains('*') => Some(
            "the last part is the step, another one in every run: write StringLike, and `*` in its place",
        ),
        _ => None,
    }
}

/// Why the provider of the token is not the one that a policy names.
pub(super) fn of_principal(named: &[String], asked: &str) -> Option<&'static str> {
    let [named] = named else { return None };
    let account = |arn: &str| arn.split(':').nth(4).map(str::to_owned);
    let Some((_, provider)) = named.split_once(":oidc-provider/") else {
        return Some(
            "the policy trusts no OpenID Connect provider: `Principal` must have `Federated` with that ARN",
        );
    };
    let (_, own) = asked.split_once(":oidc-provider/")?;
    Some(if provider.contains("://") {
        "an ARN has no https:// in it"
    } else if provider.trim_end_matches('/') == own && provider != own {
        "the policy has a slash too many at the end"
    } else if provider.eq_ignore_ascii_case(own) && provider != own {
        "upper and lower case differ"
    } else if provider != own {
        "the policy trusts another provider than this workspace's"
    } else if account(named) != account(asked) {
        "the policy names a provider in another account than the role's"
    } else {
        "the partition, the second part of the ARN, differs, or `Principal` says it is no `Federated` one"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";

    fn claims(subject: &str) -> UnverifiedClaims {
        UnverifiedClaims {
            issuer: Some(format!("https://{OWN}")),
            audience: vec!["ari:cloud:bitbucket::workspace/84c0".into()],
            subject: Some(subject.into()),
            workspace: Some("{84c0}".into()),
            ..UnverifiedClaims::default()
        }
    }

    #[test]
    fn claims_are_told_from_facts_of_aws() {
        for (key, expected) in [
            ("api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:sub", true),
            ("https://api.bitbucket.org/2.0:sub", true),
            ("accounts.google.com:aud", true),
            ("aws:SourceIp", false),
            ("aws:RequestTag/a.b", false),
            ("sts:RoleSessionName", false),
        ] {
            assert_eq!(is_claim(key), expected, "{key}");
        }
    }

    #[test]
    fn mistakes_in_the_subject_are_recognised() {
        for (operator, wanted, subject, expected) in [
            ("StringEquals", "{r}:*", "{r}:{s}", "write StringLike"),
            ("StringLike", "{R}:*", "{r}:{s}", "upper and lower case"),
            ("StringLike", "r:*", "{r}:{s}", "braces"),
            ("StringLike", "{84c0}:*", "{r}:{s}", "workspace's UUID"),
            ("StringLike", "84c0:{r}:*", "{r}:{s}", "workspace's UUID"),
            ("StringLike", "{q}:*", "{r}:{s}", "another repository"),
            ("StringLike", "{r}", "{r}:{s}", "`:*` belongs there"),
            ("StringLike", "{r}:{e}:*", "{r}:{s}", "no `deployment:`"),
            ("StringLike", "{r}:{e}:*", "{r}:{f}:{s}", "another deployment environment"),
            ("StringEquals", "{r}:{t}", "{r}:{s}", "another one in every run"),
            ("StringEquals", "{r}:{e}:{t}", "{r}:{e}:{s}", "another one in every run"),
        ] {
            let key = format!("{OWN}:sub");
            let (wanted, actual) = ([wanted.to_owned()], [subject.to_owned()]);
            let reason = of_condition(operator, &key, &wanted, &actual, &claims(subject));
            let reason = reason.unwrap_or_else(|| panic!("no reason: {wanted:?} {actual:?}"));
            assert!(reason.contains(expected), "{wanted:?} {actual:?}: {reason}");
        }
    }

    #[test]
    fn mistakes_in_audience_and_key_are_recognised() {
        let doubled = "ari:cloud:bitbucket::workspace/ari:cloud:bitbucket::workspace/84c0";
        for (key, wanted, expected) in [
            (format!("{OWN}:aud"), doubled, "once is right: ari:cloud:bitbucket::workspace/84c0"),
            (format!("{OWN}:aud"), "sts.amazonaws.com", "other platforms"),
            (format!("{OWN}:aud"), "ARI:cloud:bitbucket::workspace/84c0", "upper and lower case"),
            (format!("https://{OWN}:aud"), "x", "no https://"),
            (format!("{OWN}/:aud"), "x", "slash too many"),
            (format!("{OWN}:branchName"), "main", "knows only"),
            ("token.actions.githubusercontent.com:aud".into(), "x", "another provider"),
        ] {
            let claims = claims("{r}:{s}");
            let actual = if key.starts_with(OWN) { claims.audience.clone() } else { vec![] };
            let reason = of_condition("StringEquals", &key, &[wanted.to_owned()], &actual, &claims);
            let reason = reason.unwrap_or_else(|| panic!("no reason: {key} {wanted}"));
            assert!(reason.contains(expected), "{key} {wanted}: {reason}");
        }
    }

    #[test]
    fn mistakes_in_the_principal_are_recognised() {
        let asked = format!("arn:aws:iam::123456789012:oidc-provider/{OWN}");
        for (named, expected) in [
            ("arn:aws:iam::123456789012:root".to_owned(), "trusts no OpenID Connect provider"),
            (format!("arn:aws:iam::123456789012:oidc-provider/https://{OWN}"), "no https://"),
            (format!("{asked}/"), "slash too many"),
            (asked.replace("acme", "Acme"), "upper and lower case"),
            (asked.replace("acme", "globex"), "another provider"),
            (asked.replace("123456789012", "210987654321"), "another account"),
            (asked.replace("arn:aws:", "arn:aws-cn:"), "partition"),
        ] {
            let reason = of_principal(std::slice::from_ref(&named), &asked)
                .unwrap_or_else(|| panic!("no reason: {named}"));
            assert!(reason.contains(expected), "{named}: {reason}");
        }
    }
}

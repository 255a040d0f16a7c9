//! From STS's words and the token's claims to the most likely cause and the way out.

use super::comparison::Comparison;
use super::denial;
use super::remedy::{self, ACTION};
use super::verdict::Refusal;
use crate::claims::UnverifiedClaims;
use crate::clock;
use crate::narrowing;
use crate::rejection::{self, Rejection};
use crate::role::RoleArn;

/// What a person needs to mend it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Diagnosis {
    /// A sentence without a full stop; empty when STS's words say it all.
    pub(super) cause: String,
    /// Lines that begin with `hint: `, and what is to be pasted.
    pub(super) remedy: Vec<String>,
}

/// Judges a refusal.
pub(super) fn diagnose(refusal: &Refusal) -> Diagnosis {
    let (role, failure) = (&refusal.role, &refusal.failure);
    let account = role.account();
    let words = failure.message().unwrap_or_default();
    let absent = UnverifiedClaims::default();
    let claims = refusal.claims.as_ref().unwrap_or(&absent);
    let of = |cause: String, remedy: Vec<Option<String>>| Diagnosis {
        cause,
        remedy: remedy.into_iter().flatten().collect(),
    };
    match failure.code().unwrap_or_default() {
        "AccessDenied" => match denial::kind(words) {
            Some(kind) => of(denial::cause(kind, role), vec![Some(denial::remedy(kind, role))]),
            None => denied(refusal, claims),
        },
        "InvalidIdentityToken" if words.contains("audience") => match doubled(claims) {
            Some(once) => of(
                format!("the step asks for an audience that begins twice; Bitbucket's own is {once}"),
                vec![step_audience(claims)],
            ),
            None => unknown_audience(role, claims),
        },
        "InvalidIdentityToken" if words.contains("No OpenIDConnect provider") => of(
            format!(
                "account {account}, which the role's ARN names, has no OpenID Connect provider of exactly this issuer: it \
                 is missing, or in another account, or for a workspace of another name"
            ),
            vec![remedy::create_provider(role, claims), step_audience(claims)],
        ),
        "InvalidIdentityToken" if words.contains("thumbprint") => of(
            "the provider in IAM expects another certificate of the issuer than it has today".to_owned(),
            vec![Some(format!(
                "hint: in account {account}, under IAM > Identity providers, delete this issuer's provider and add it \
                 again: IAM then trusts the issuer's certificate authority"
            ))],
        ),
        "InvalidIdentityToken" if words.contains("verification key") => of(
            "STS could not fetch the issuer's keys, several times over".to_owned(),
            vec![Some("hint: run the step again".to_owned())],
        ),
        "InvalidIdentityToken" if words.contains("not yet valid") || words.contains("24 hours") => of(
            refusal.skew().unwrap_or_else(|| "the token was issued at another time than the step's".to_owned()),
            vec![Some(OWN_TOKEN.to_owned())],
        ),
        "InvalidIdentityToken" => {
            of("the token is not as the issuer signed it".to_owned(), vec![Some(OWN_TOKEN.to_owned())])
        }
        "ExpiredTokenException" => of(
            refusal.skew().map_or_else(String::new, |skew| format!("{skew}, which hid that the token had expired")),
            vec![Some(
                "hint: a step's token lives for about an hour: run the pipe earlier in the step, or in a step of its own"
                    .to_owned(),
            )],
        ),
        "IDPRejectedClaim" => of(
            "the issuer no longer stands by this token".to_owned(),
            vec![Some("hint: run the step again: it then has a new token".to_owned())],
        ),
        "IDPCommunicationError" => of(
            "STS could not reach the issuer, several times over".to_owned(),
            vec![Some("hint: run the step again".to_owned())],
        ),
        code if narrowing::is_about_policy(code) => of(
            "the session policy is what STS does not take".to_owned(),
            vec![Some(format!("hint: {}", narrowing::MEND_POLICY))],
        ),
        "RegionDisabledException" => of(
            "STS is not active in this region".to_owned(),
            vec![Some("hint: activate it in IAM, or set another AWS_DEFAULT_REGION".to_owned())],
        ),
        "RequestTimeTooSkewed" => of(
            refusal.skew().unwrap_or_default(),
            vec![Some(
                "hint: set the clock of the machine that runs the step, on a runner of your own with NTP".to_owned(),
            )],
        ),
        _ => match rejection::of_token(failure) {
            Some(Rejection { cause, advice }) => of(cause, vec![Some(format!("hint: {advice}"))]),
            None => of(
                String::new(),
                vec![Some(
                    "hint: run the step again; if STS says the same, AWS's support asks for the request id below"
                        .to_owned(),
                )],
            ),
        },
    }
}

/// Who else could have put that token there.
const OWN_TOKEN: &str =
    "hint: BITBUCKET_STEP_OIDC_TOKEN is set by `oidc: true` on the step; do not set or change it yourself";

/// The provider does not take the token's audience.
fn unknown_audience(role: &RoleArn, claims: &UnverifiedClaims) -> Diagnosis {
    let account = role.account();
    let (cause, instead) = if claims.audience.iter().any(|audience| remedy::is_of_workspace(audience)) {
        (
            "; a guide in circulation has `ari:cloud:bitbucket::workspace/` in it twice, and once is right",
            None,
        )
    } else {
        (
            "",
            Some(
                "hint: or write only `oidc: true` on the step, which asks for Bitbucket's own audience"
                    .to_owned(),
            ),
        )
    };
    Diagnosis {
        cause: format!(
            "account {account} has a provider of this issuer, but the provider does not have this audience{cause}"
        ),
        remedy: remedy::add_audience(role, claims).into_iter().chain(instead).collect(),
    }
}

/// The role does not let this token in, or is not there: STS says the same of both.
fn denied(refusal: &Refusal, claims: &UnverifiedClaims) -> Diagnosis {
    let role = &refusal.role;
    let comparison = refusal.trust.as_ref().map(|trust| Comparison::new(trust, role, claims));
    match comparison.as_ref().map(|comparison| (comparison.to_string(), comparison.remedy())) {
        Some((cause, Some(hint))) => Diagnosis { cause, remedy: vec![hint] },
        Some((cause, None)) => Diagnosis { cause, remedy: trust(role, claims) },
        None => {
            let mut remedy = trust(role, claims);
            remedy.push(format!(
                "hint: `aws iam get-role --role-name {}` shows the real ARN and trust policy; keep its output in the \
                 repository and name the file in AWS_TRUST_POLICY_FILE, and a refusal tells which condition fails",
                role.name()
            ));
            Diagnosis { cause: causes(role, claims), remedy }
        }
    }
}

/// All that STS may mean, the most likely first.
fn causes(role: &RoleArn, claims: &UnverifiedClaims) -> String {
    let environment = match claims.parts() {
        Some(parts) if parts.environment.is_some() => "names another deployment environment than this step's",
        Some(_) => "wants a deployment environment, and this step has no `deployment:`",
        None => "expects the subject in another form",
    };
    format!(
        "one of these, the most likely first:\n  \
         - the role's trust policy wants another subject or audience than this token's\n  \
         - it {environment}\n  \
         - it does not allow {ACTION} to this issuer's provider\n  \
         - account {} has no role of exactly this path and name",
        role.account()
    )
}

/// What the role's trust policy may say.
fn trust(role: &RoleArn, claims: &UnverifiedClaims) -> Vec<String> {
    let Some(trust) = remedy::trust(role, claims) else { return Vec::new() };
    let policy = format!(
        "hint: this trust policy, or its statement beside those that are there, lets in {} (IAM > Roles > {} > Trust \
         relationships):\n{}",
        trust.whom,
        role.name(),
        remedy::layout(&trust.document)
    );
    std::iter::once(policy).chain(trust.instead.map(|instead| format!("hint: {instead}"))).collect()
}

fn doubled(claims: &UnverifiedClaims) -> Option<&str> {
    claims.audience.iter().find_map(|audience| remedy::undoubled(audience))
}

/// The step's own mistake, where it asks for an audience that begins twice.
fn step_audience(claims: &UnverifiedClaims) -> Option<String> {
    doubled(claims).map(|once| {
        format!("hint: write `audiences: [{once}]` under the step's `oidc:`, or only `oidc: true`, which asks for just that")
    })
}

impl Refusal {
    /// What the clocks say of each other; `None` when they agree or STS's is not known.
    pub(super) fn skew(&self) -> Option<String> {
        self.failure.date().and_then(|date| clock::skew(self.at, date))
    }
}

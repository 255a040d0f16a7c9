//! What identity and session policies together allow, and how AWS says that they do not.

use std::fmt;

use oidc_auth::policy::{Context, PolicyDocument, Request, Verdict, evaluate};

/// A request its principal is not allowed to make.
///
/// `{}` is AWS's sentence; `{:#}` is S3's, which puts the resource in quotes (both as seen in public issue reports).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotAuthorised {
    pub(crate) principal: String,
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) cause: Cause,
}

/// Which kind of policy decided, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    DeniedByIdentity,
    DeniedBySession,
    NotAllowedByIdentity,
    NotAllowedBySession,
}

impl NotAuthorised {
    /// Whether only the identity policies are silent, so that a resource's own policy could still allow it.
    pub(crate) fn is_left_open(&self) -> bool {
        self.cause == Cause::NotAllowedByIdentity
    }
}

impl fmt::Display for NotAuthorised {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal, action, resource, cause } = self;
        write!(formatter, "User: {principal} is not authorized to perform: {action} on resource: ")?;
        if formatter.alternate() {
            write!(formatter, "\"{resource}\"")?;
        } else {
            write!(formatter, "{resource}")?;
        }
        match cause {
            Cause::DeniedByIdentity => {
                write!(formatter, " with an explicit deny in an identity-based policy")
            }
            Cause::DeniedBySession => {
                write!(formatter, " with an explicit deny in a session policy")
            }
            Cause::NotAllowedByIdentity => {
                write!(formatter, " because no identity-based policy allows the {action} action")
            }
            Cause::NotAllowedBySession => {
                write!(formatter, " because no session policy allows the {action} action")
            }
        }
    }
}

/// Both kinds of policy must allow, and neither may deny.
///
/// | identity policies | session policy | result |
/// |---|---|---|
/// | deny | – | denied by identity |
/// | – | deny | denied by session |
/// | do not allow | – | not allowed by identity |
/// | allow | does not allow | not allowed by session |
/// | allow | allows, or there is none | may |
pub(super) fn check(
    identity: &[PolicyDocument],
    session: Option<&PolicyDocument>,
    action: &str,
    resource: &str,
    context: &Context,
) -> Result<(), Cause> {
    let request = Request { action, resource: Some(resource), caller: None, context };
    let by_identity = evaluate(identity, &request);
    let by_session = session.map(|policy| evaluate([policy], &request));
    match (by_identity, by_session) {
        (Verdict::Denied { .. }, _) => Err(Cause::DeniedByIdentity),
        (_, Some(Verdict::Denied { .. })) => Err(Cause::DeniedBySession),
        (Verdict::NotAllowed(_), _) => Err(Cause::NotAllowedByIdentity),
        (Verdict::Allowed(_), Some(Verdict::NotAllowed(_))) => Err(Cause::NotAllowedBySession),
        (Verdict::Allowed(_), None | Some(Verdict::Allowed(_))) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use oidc_auth::policy::Statement;

    use super::*;

    #[test]
    fn both_kinds_must_allow() {
        let policy = |statement| PolicyDocument::new(vec![statement]);
        let allow = || policy(Statement::allow(&["s3:PutObject"], &["arn:aws:s3:::site/*"]));
        let deny = || policy(Statement::deny(&["s3:*"], &["*"]));
        let other = || policy(Statement::allow(&["s3:GetObject"], &["*"]));
        for (identity, session, expected) in [
            (vec![allow()], None, Ok(())),
            (vec![other(), allow()], Some(allow()), Ok(())),
            (vec![], None, Err(Cause::NotAllowedByIdentity)),
            (vec![other()], Some(allow()), Err(Cause::NotAllowedByIdentity)),
            (vec![allow()], Some(other()), Err(Cause::NotAllowedBySession)),
            (vec![allow(), deny()], Some(deny()), Err(Cause::DeniedByIdentity)),
            (vec![allow()], Some(deny()), Err(Cause::DeniedBySession)),
            (vec![other()], Some(deny()), Err(Cause::DeniedBySession)),
        ] {
            let result =
                check(&identity, session.as_ref(), "s3:PutObject", "arn:aws:s3:::site/a", &Context::new());
            assert_eq!(result, expected, "{identity:?} {session:?}");
        }
    }

    #[test]
    fn sentences_are_those_of_aws() {
        let denial = |cause| NotAuthorised {
            principal: "arn:aws:sts::1:assumed-role/r/s".into(),
            action: "s3:PutObject".into(),
            resource: "arn:aws:s3:::site/a".into(),
            cause,
        };
        assert_eq!(
            format!("{:#}", denial(Cause::NotAllowedByIdentity)),
            "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: s3:PutObject on resource: \
             \"arn:aws:s3:::site/a\" because no identity-based policy allows the s3:PutObject action"
        );
        for (cause, end) in [
            (
                Cause::NotAllowedBySession,
                "arn:aws:s3:::site/a because no session policy allows the s3:PutObject action",
            ),
            (
                Cause::DeniedByIdentity,
                "arn:aws:s3:::site/a with an explicit deny in an identity-based policy",
            ),
            (Cause::DeniedBySession, "arn:aws:s3:::site/a with an explicit deny in a session policy"),
        ] {
            assert!(denial(cause).to_string().ends_with(end), "{}", denial(cause));
        }
    }
}

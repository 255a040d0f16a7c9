//! Refusals that name the kind of policy which makes them: not the role's trust policy, so no statement helps there.

use crate::role::RoleArn;

/// Kinds of policies as STS names them behind `with an explicit deny in`, from the documentation of IAM's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of the organization, about the resources of its accounts.
    ResourceControl,
    /// Of the organization, about what its accounts may do.
    ServiceControl,
    /// Of a private way to STS.
    Endpoint,
    /// Of the role, about what its own policies may grant.
    Boundary,
    /// The role's trust policy itself.
    Trust,
}

/// The kind of policy that refuses explicitly; `None` when nothing is named.
pub(super) fn kind(words: &str) -> Option<Kind> {
    let (_, named) = words.split_once("with an explicit deny in ")?;
    [
        ("resource control policy", Kind::ResourceControl),
        ("service control policy", Kind::ServiceControl),
        ("VPC endpoint policy", Kind::Endpoint),
        ("permissions boundary", Kind::Boundary),
        ("trust policy", Kind::Trust),
        ("resource-based policy", Kind::Trust),
    ]
    .into_iter()
    .find_map(|(name, kind)| named.contains(name).then_some(kind))
}

/// What happened, in a sentence without a full stop.
pub(super) fn cause(kind: Kind, role: &RoleArn) -> String {
    let account = role.account();
    match kind {
        Kind::ResourceControl | Kind::ServiceControl => format!(
            "a policy of the AWS organization that account {account} belongs to forbids it; the role's own policies cannot \
             change that"
        ),
        Kind::Endpoint => "the step reaches STS through a VPC endpoint whose policy forbids it".to_owned(),
        Kind::Boundary => "the role's permissions boundary forbids it".to_owned(),
        Kind::Trust => {
            "a statement of the role's trust policy with \"Effect\": \"Deny\" fits this token".to_owned()
        }
    }
}

/// Who can change it, and where.
pub(super) fn remedy(kind: Kind, role: &RoleArn) -> String {
    let name = role.name();
    match kind {
        Kind::ResourceControl | Kind::ServiceControl => format!(
            "hint: ask whoever administers the organization to exempt {role} (AWS Organizations > Policies); such policies \
             often admit known issuers of tokens only"
        ),
        Kind::Endpoint => {
            format!("hint: let the endpoint's policy allow {} on {role}", super::remedy::ACTION)
        }
        Kind::Boundary => format!("hint: change the boundary (IAM > Roles > {name} > Permissions boundary)"),
        Kind::Trust => format!(
            "hint: narrow or remove that statement (IAM > Roles > {name} > Trust relationships): a denial wins over all \
             that allows"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_known_by_its_kind() {
        let role: RoleArn = "arn:aws:iam::123456789012:role/Deploy".parse().expect("a role");
        let action = super::super::remedy::ACTION;
        for (named, expected, words) in [
            ("a resource control policy", Some(Kind::ResourceControl), "AWS Organizations"),
            (
                "a service control policy: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1",
                Some(Kind::ServiceControl),
                "AWS Organizations",
            ),
            ("a VPC endpoint policy", Some(Kind::Endpoint), "endpoint's policy allow sts:"),
            ("a permissions boundary", Some(Kind::Boundary), "Permissions boundary"),
            ("a resource-based policy", Some(Kind::Trust), "Trust relationships"),
            ("the role trust policy", Some(Kind::Trust), "Trust relationships"),
            ("a policy of a new kind", None, ""),
        ] {
            let said = format!(
                "User: x is not authorized to perform: {action} on resource: {role} with an explicit deny in {named}"
            );
            assert_eq!(kind(&said), expected, "{named}");
            assert!(
                expected
                    .is_none_or(|kind| remedy(kind, &role).contains(words) && !cause(kind, &role).is_empty())
            );
        }
        assert_eq!(kind(&format!("Not authorized to perform {action}")), None);
        let open = format!(
            "not authorized to perform: {action} because no resource-based policy allows the {action} action"
        );
        assert_eq!(kind(&open), None);
    }
}

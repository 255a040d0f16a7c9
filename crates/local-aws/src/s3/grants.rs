//! `GetObjectAcl`: who may do what with an object, by its canned ACL or its grants.

use s3s::dto::{GetObjectAclInput, GetObjectAclOutput, Grant, Grantee, Permission, Type};
use s3s::{S3Request, S3Response, S3Result};

use super::api::{Api, owner};
use super::object::Object;

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

/// The canonical user that `aws-exec-read` lets fetch images of machines: EC2's.
const EC2: &str = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";

impl Api {
    pub(super) fn object_acl(
        &self,
        request: &S3Request<GetObjectAclInput>,
    ) -> S3Result<S3Response<GetObjectAclOutput>> {
        let input = &request.input;
        let caller = Self::caller(request)?;
        let version = input.version_id.as_deref();
        let (object, _) = self.find_version(&caller, &input.bucket, &input.key, version)?;
        let account = self.store.read(&input.bucket, |bucket| bucket.owner.clone())?;
        Ok(S3Response::new(GetObjectAclOutput {
            grants: Some(grants(&object, &account)),
            owner: Some(owner(&account)),
            ..GetObjectAclOutput::default()
        }))
    }
}

/// The grants of an object in a bucket of this account, which also owns what is in it.
fn grants(object: &Object, account: &str) -> Vec<Grant> {
    if !object.grants.is_empty() {
        return object.grants.iter().flat_map(|(permission, grantees)| given(permission, grantees)).collect();
    }
    let others: &[(Grantee, &'static str)] = match object.acl.as_deref() {
        Some("public-read") => &[(group(ALL_USERS), Permission::READ)],
        Some("public-read-write") => {
            &[(group(ALL_USERS), Permission::READ), (group(ALL_USERS), Permission::WRITE)]
        }
        Some("authenticated-read") => &[(group(AUTHENTICATED_USERS), Permission::READ)],
        Some("aws-exec-read") => &[(user(EC2), Permission::READ)],
        _ => &[],
    };
    let own = (user(account), Permission::FULL_CONTROL);
    std::iter::once(&own)
        .chain(others)
        .map(|(grantee, permission)| grant(grantee.clone(), permission))
        .collect()
}

/// The grants of one `x-amz-grant-*` header: `id="…", uri="…"`.
fn given(permission: &str, grantees: &str) -> Vec<Grant> {
    let permission = permission.replace('-', "_").to_ascii_uppercase();
    let grantees = grantees.split(',').filter_map(|grantee| grantee.split_once('='));
    let grants = grantees.map(|(kind, name)| {
        let name = name.trim().trim_matches('"');
        let grantee = match kind.trim() {
            "uri" => group(name),
            "emailAddress" => {
                Grantee { email_address: Some(name.to_owned()), ..nobody(Type::AMAZON_CUSTOMER_BY_EMAIL) }
            }
            _ => user(name),
        };
        grant(grantee, &permission)
    });
    grants.collect()
}

fn grant(grantee: Grantee, permission: &str) -> Grant {
    Grant { grantee: Some(grantee), permission: Some(Permission::from(permission.to_owned())) }
}

fn user(id: &str) -> Grantee {
    Grantee { id: Some(id.to_owned()), ..nobody(Type::CANONICAL_USER) }
}

fn group(uri: &str) -> Grantee {
    Grantee { uri: Some(uri.to_owned()), ..nobody(Type::GROUP) }
}

fn nobody(kind: &'static str) -> Grantee {
    Grantee { display_name: None, email_address: None, id: None, type_: Type::from_static(kind), uri: None }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn canned_and_given() {
        for (acl, given, expected) in [
            (None, &[][..], &["1 FULL_CONTROL"][..]),
            (Some("private"), &[], &["1 FULL_CONTROL"]),
            (Some("public-read-write"), &[], &["1 FULL_CONTROL", "AllUsers READ", "AllUsers WRITE"]),
            (Some("authenticated-read"), &[], &["1 FULL_CONTROL", "AuthenticatedUsers READ"]),
            (
                None,
                &[("full-control", "id=2"), ("read-acp", "id=\"3\", uri=\"http://groups/All\"")],
                &["2 FULL_CONTROL", "3 READ_ACP", "All READ_ACP"],
            ),
        ] {
            let mut object = Object::new("", Timestamp::UNIX_EPOCH);
            object.acl = acl.map(str::to_owned);
            let given = given.iter().map(|(permission, who)| ((*permission).to_owned(), (*who).to_owned()));
            object.grants = given.collect();
            let found: Vec<String> = grants(&object, "1")
                .into_iter()
                .map(|grant| {
                    let grantee = grant.grantee.expect("somebody");
                    let name = grantee.id.or(grantee.uri).expect("a name");
                    let permission = grant.permission.expect("something");
                    format!("{} {}", name.rsplit('/').next().unwrap_or_default(), permission.as_str())
                })
                .collect();
            assert_eq!(found, expected, "{acl:?}");
        }
    }
}

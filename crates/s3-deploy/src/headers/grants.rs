//! Grants: who may do what with an object, beyond its owner.

/// Grantees by permission, in S3's form (`uri="…",id=…`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Grants {
    /// `x-amz-grant-read`.
    pub(crate) read: Option<String>,
    /// `x-amz-grant-full-control`.
    pub(crate) full: Option<String>,
    /// `x-amz-grant-read-acp`.
    pub(crate) read_acl: Option<String>,
    /// `x-amz-grant-write-acp`.
    pub(crate) write_acl: Option<String>,
}

impl Grants {
    /// Adds one of the AWS CLI's `permission=grantees`; the last of a permission counts. `None` when it is none.
    pub(crate) fn add(&mut self, grant: &str) -> Option<()> {
        let (permission, grantees) = grant.split_once('=')?;
        let place = match permission {
            "read" => &mut self.read,
            "full" => &mut self.full,
            "readacl" => &mut self.read_acl,
            "writeacl" => &mut self.write_acl,
            _ => return None,
        };
        *place = Some(grantees.to_owned());
        Some(())
    }
}

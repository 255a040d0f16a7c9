//! The workspace, repository and project in which local pipelines run. They exist nowhere but here.

/// The workspace's slug, which is part of the token's issuer.
pub(crate) const WORKSPACE: &str = "local-workspace";

/// The workspace's UUID: the one in the audience that the AWS post about Bitbucket and OIDC shows.
pub(crate) const WORKSPACE_UUID: &str = "{84c08677-e352-4a1c-a107-6df387cfeef7}";

/// The repository's slug.
pub(crate) const SLUG: &str = "website";

/// The repository's UUID, with which the subject of every token begins.
pub(crate) const UUID: &str = "{5d1a0e0b-7b44-4c8e-9c0d-2f6a3b1e9d57}";

/// The key of the project that holds the repository.
pub(crate) const PROJECT_KEY: &str = "LOCAL";

/// The project's UUID.
pub(crate) const PROJECT_UUID: &str = "{0b8f6c6a-93d5-4f0e-8a55-b1f2c7d4e690}";

/// The UUID of the person whose push started the pipeline.
pub(crate) const TRIGGERER_UUID: &str = "{c3a9e1d2-6f7b-4b0a-9d38-7e5f4a2b1c06}";

/// The branch that `default` runs on.
pub(crate) const MAIN_BRANCH: &str = "main";

/// The commit: none, because the clone holds the directory as it is, committed or not.
pub(crate) const COMMIT: &str = "0000000000000000000000000000000000000000";

/// The number of the build: the first of a repository that did not exist before.
pub(crate) const BUILD_NUMBER: &str = "1";

/// Workspace and repository in one.
pub(crate) fn full_name() -> String {
    format!("{WORKSPACE}/{SLUG}")
}

/// Where `git` would clone it from over HTTP.
pub(crate) fn http_origin() -> String {
    format!("http://bitbucket.org/{}", full_name())
}

/// Where `git` would clone it from over SSH.
pub(crate) fn ssh_origin() -> String {
    format!("git@bitbucket.org:{}.git", full_name())
}

/// The UUID of a deployment environment: the same for the same name, as on Bitbucket.
pub(crate) fn environment_uuid(name: &str) -> String {
    use sha2::{Digest, Sha256};

    let digest = Sha256::digest(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid(bytes)
}

/// 16 bytes as Bitbucket writes a UUID: version 4, in braces.
pub(crate) fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = format!("{:032x}", u128::from_be_bytes(bytes));
    for dash in [20, 16, 12, 8] {
        text.insert(dash, '-');
    }
    format!("{{{text}}}")
}

#[cfg(test)]
mod tests {
    use super::{environment_uuid, uuid};

    #[test]
    fn uuids_are_of_version_4_in_braces() {
        assert_eq!(uuid([0; 16]), "{00000000-0000-4000-8000-000000000000}");
        assert_eq!(uuid([0xff; 16]), "{ffffffff-ffff-4fff-bfff-ffffffffffff}");
    }

    #[test]
    fn an_environment_keeps_its_uuid() {
        assert_eq!(environment_uuid("production"), environment_uuid("production"));
        assert_ne!(environment_uuid("production"), environment_uuid("test"));
    }
}

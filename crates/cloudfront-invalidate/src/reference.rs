//! The caller reference: what makes a repeated request the same invalidation, and a new run a new one.

use std::fmt;
use std::time::{Duration, SystemTime};

use oidc_auth::session_name::SessionName;
use sha2::{Digest, Sha256};

use crate::distribution_id::DistributionId;
use crate::path::InvalidationPath;

/// As much of a deploy's id as a reader of CloudFront's console finds it by; the digest tells ids apart.
const SHOWN: usize = 64;

/// What tells this run of the pipe from every other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    build: String,
    started: SystemTime,
    nonce: u64,
}

impl Run {
    /// `build` names the build to a reader of CloudFront's console; `nonce` is a random number that no other run has.
    #[must_use]
    pub fn new(build: &SessionName, started: SystemTime, nonce: u64) -> Self {
        Self { build: build.as_str().to_owned(), started, nonce }
    }

    /// When it started, by this machine's clock.
    #[must_use]
    pub fn started(&self) -> SystemTime {
        self.started
    }

    /// A number as random as the nonce; the same for the same `purpose`.
    #[must_use]
    pub fn random(&self, purpose: &str) -> u64 {
        let mut digest = Sha256::new();
        digest.update(self.nonce.to_be_bytes());
        digest.update(purpose);
        first_bytes(digest)
    }
}

/// The reference under which a batch is sent, again and again if need be: CloudFront answers a reference that it knows
/// with the invalidation that it already made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallerReference(String);

impl CallerReference {
    /// The reference of a deploy: the same whenever and by whomever it is asked for, with whatever paths what `changed` is
    /// covered. Where other paths are seen to have changed, as after a corrected `ORIGIN_PATH`, it is another request and
    /// gets another reference.
    #[must_use]
    pub fn of_deploy(deploy: &str, distribution: &DistributionId, changed: &[InvalidationPath]) -> Self {
        let mut digest = Sha256::new();
        digest.update(distribution.as_str());
        digest.update("\n");
        digest.update(deploy);
        for path in changed {
            digest.update("\n");
            digest.update(path.as_str());
        }
        let shown: String = deploy
            .chars()
            .take(SHOWN)
            .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
            .collect();
        Self(format!("deploy-{shown}-{:016x}", first_bytes(digest)))
    }

    /// The reference of these paths of this distribution in this run, and of no other.
    #[must_use]
    pub fn of_run(run: &Run, distribution: &DistributionId, paths: &[InvalidationPath]) -> Self {
        let mut digest = Sha256::new();
        digest.update(distribution.as_str());
        for path in paths {
            digest.update("\n");
            digest.update(path.as_str());
        }
        let started = run.started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        Self(format!("{}-{started}-{:016x}-{:016x}", run.build, run.nonce, first_bytes(digest)))
    }

    /// The reference as CloudFront gets it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Eight bytes are plenty: one run has a handful of batches, and the nonce tells runs apart.
fn first_bytes(digest: Sha256) -> u64 {
    digest.finalize().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl fmt::Display for CallerReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(nonce: u64) -> Run {
        let build = SessionName::of_build(Some("acme"), Some("shop"), Some("42"));
        Run::new(&build, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000), nonce)
    }

    fn reference(run: &Run, distribution: &str, paths: &[&str]) -> String {
        let distribution = distribution.parse().expect("an id");
        let paths: Vec<_> = paths.iter().map(|path| path.parse().expect("a path")).collect();
        CallerReference::of_run(run, &distribution, &paths).to_string()
    }

    #[test]
    fn it_names_the_build_and_is_the_same_only_for_the_same_request_of_the_same_run() {
        let ours = run(0xabc);
        let first = reference(&ours, "E1", &["/a", "/b"]);
        assert!(first.starts_with("acme-shop-42-1700000000-0000000000000abc-"), "{first}");
        assert_eq!(first, reference(&ours, "E1", &["/a", "/b"]));
        for other in [
            reference(&ours, "E2", &["/a", "/b"]),
            reference(&ours, "E1", &["/a"]),
            reference(&ours, "E1", &["/b", "/a"]),
            reference(&run(0xabd), "E1", &["/a", "/b"]),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_deploy_has_one_reference_for_each_distribution_and_what_changed_whatever_run_asks() {
        let reference = |deploy: &str, distribution: &str, path: &str| {
            let distribution = distribution.parse().expect("an id");
            let path = path.parse().expect("a path");
            CallerReference::of_deploy(deploy, &distribution, &[path]).to_string()
        };
        let first = reference("2026-11-22T21:00:00Z/7", "E1", "/a");
        assert!(first.starts_with("deploy-2026-11-22T21-00-00Z-7-"), "{first}");
        assert_eq!(first, reference("2026-11-22T21:00:00Z/7", "E1", "/a"));
        for (deploy, distribution, path) in [
            ("2026-11-22T21:00:00Z-7", "E1", "/a"),
            ("2026-11-22T21:00:00Z/7", "E2", "/a"),
            ("2026-11-22T21:00:00Z/7", "E1", "/b"),
        ] {
            assert_ne!(first, reference(deploy, distribution, path), "{deploy} {distribution} {path}");
        }
        let long = reference(&"é\n".repeat(500), "E1", "/a");
        assert!(long.len() <= 128 && long.bytes().all(|byte| byte.is_ascii_graphic()), "{long}");
    }

    #[test]
    fn it_has_at_most_128_characters_whatever_the_build_is_called() {
        let build = SessionName::of_build(Some(&"é/ w".repeat(100)), None, Some("7"));
        let run = Run::new(&build, SystemTime::UNIX_EPOCH + Duration::from_secs(u32::MAX.into()), u64::MAX);
        let reference = reference(&run, "E1", &["/*"]);
        assert!(reference.len() <= 128, "{reference}");
    }

    #[test]
    fn random_numbers_differ_by_purpose_and_run() {
        let ours = run(1);
        assert_eq!(ours.random("E1"), ours.random("E1"));
        assert_ne!(ours.random("E1"), ours.random("E2"));
        assert_ne!(ours.random("E1"), run(2).random("E1"));
    }
}

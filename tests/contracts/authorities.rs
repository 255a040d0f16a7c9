//! The certificate authorities of the images: their source, their dates, and what is refused.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::repository;

const TABLE: &str = "[workspace.metadata.authorities]";

/// The version of the list, from the root's `Cargo.toml`.
fn version() -> String {
    repository::setting("[workspace.dependencies]", "webpki-root-certs").trim_start_matches('=').to_owned()
}

/// The first line of the file with the list: its source and its date.
pub(crate) fn source_line() -> String {
    let published = repository::setting(TABLE, "published");
    let version = version();
    format!(
        "# Mozilla's certificate authorities for TLS servers: webpki-root-certs {version} of {published}\n"
    )
}

/// The value of a DER element and what follows it.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, start) = match der[1] {
        short @ ..0x80 => (usize::from(short), 2),
        long => {
            let count = usize::from(long & 0x7f);
            let bytes = &der[2..2 + count];
            (bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)), 2 + count)
        }
    };
    (&der[start..start + length], &der[start + length..])
}

/// The day of a certificate's `notAfter`, as `YYYY-MM-DD` (RFC 5280, 4.1).
fn last_day(certificate: &[u8]) -> String {
    let (mut fields, _) = element(element(certificate).0);
    // Version, serial number, signature algorithm, issuer.
    for _ in 0..4 {
        fields = element(fields).1;
    }
    let not_after = element(element(fields).0).1;
    let text = std::str::from_utf8(element(not_after).0).expect("a time is ASCII");
    let utc_time = 0x17;
    let text = if not_after[0] == utc_time {
        let century = if text < "50" { "20" } else { "19" };
        format!("{century}{text}")
    } else {
        text.to_owned()
    };
    format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..8])
}

#[test]
fn the_first_expiry_is_that_of_the_list() {
    let first = certificate_authorities::certificates().map(last_day).min().expect("a list");
    assert_eq!(repository::setting(TABLE, "first-expiry"), first, "set it in Cargo.toml");
}

/// A new version of the list needs a new date: they are in one file, and this names both.
#[test]
fn the_list_is_one_exact_version() {
    let version = version();
    assert!(repository::read("Cargo.toml").contains(&format!("webpki-root-certs = \"={version}\"\n")));
    let locked = format!("name = \"webpki-root-certs\"\nversion = \"{version}\"\n");
    assert!(repository::read("Cargo.lock").contains(&locked), "Cargo.lock has another version");
    let known = [("1.0.11", "2026-10-23")];
    let published = repository::setting(TABLE, "published");
    assert!(
        known.contains(&(version.as_str(), published.as_str())),
        "when was {version} published on crates.io?"
    );
}

/// A repository with the scripts and `Cargo.toml` alone.
struct Copy(TempDir);

impl Copy {
    fn with(values: &[(&str, &str)]) -> Self {
        let copy = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(copy.0.path().join("docker")).expect("a folder");
        for file in ["docker/authorities", "docker/setting"] {
            fs::copy(repository::root().join(file), copy.0.path().join(file)).expect("a copy");
        }
        let mut manifest = repository::read("Cargo.toml");
        for (key, value) in values {
            let old = format!("{key} = \"{}\"", repository::setting(TABLE, key));
            assert!(manifest.contains(&old), "{old}");
            manifest = manifest.replace(&old, &format!("{key} = \"{value}\""));
        }
        fs::write(copy.0.path().join("Cargo.toml"), manifest).expect("a manifest");
        copy
    }

    /// What is printed on both outputs, as an error where the script fails.
    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let script = self.0.path().join("docker/authorities");
        let output = Command::new(script).args(arguments).current_dir(self.0.path()).output();
        let output = output.expect("bash starts");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.success() { Ok(text) } else { Err(text) }
    }
}

#[test]
fn an_old_list_and_an_expired_authority_are_refused() {
    let today = jiff::Timestamp::now().strftime("%F").to_string();
    let check = |published, first_expiry| {
        Copy::with(&[("published", published), ("first-expiry", first_expiry)]).run(&["check"])
    };
    let fresh = check(&today, "2999-01-01").expect("a list of today");
    assert!(fresh.contains(&format!("webpki-root-certs {} of {today}, 0 days old", version())), "{fresh}");
    let refusal = check("2020-01-31", "2999-01-01").expect_err("an old list");
    assert!(refusal.contains("days old, and at most 180 are allowed: update webpki-root-certs"), "{refusal}");
    let refusal = check(&today, &today).expect_err("an expired authority");
    assert!(refusal.contains(&format!("an authority of the list expired on {today}")), "{refusal}");
}

#[test]
fn a_file_of_another_source_is_refused() {
    let copy = Copy::with(&[]);
    let refusal = copy.run(&["match", "list.crt"]).expect_err("no file");
    assert!(refusal.contains("there is no list.crt"), "{refusal}");
    let write = |text: &str| fs::write(copy.0.path().join("list.crt"), text).expect("a file");
    write("-----BEGIN CERTIFICATE-----\n");
    let refusal = copy.run(&["match", "list.crt"]).expect_err("another source");
    assert!(refusal.contains("list.crt is not from webpki-root-certs"), "{refusal}");
    write(&source_line());
    copy.run(&["match", "list.crt"]).expect("the source");
}

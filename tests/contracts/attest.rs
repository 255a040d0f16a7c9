//! What is signed and attested of a published image, by a signer that writes down what it is told.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::repository;

#[test]
fn each_image_is_signed_and_its_dependencies_and_its_commit_attested() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str| folder.path().join(name);
    let cosign = "#!/bin/sh\necho \"$@\" >> commands\nfor word; do case $word in /*) cat \"$word\" >&2; break;; esac; done\n";
    fs::write(file("cosign"), cosign).expect("a program");
    fs::set_permissions(file("cosign"), fs::Permissions::from_mode(0o755)).expect("its own");
    let digest = format!("sha256:{}", "0".repeat(64));
    let images = ["s3-deploy", "cloudfront-invalidate"];
    let published = images.map(|name| format!("docker.io/deploypipes/aws-{name}@{digest}\n")).concat();
    fs::write(file("published"), published).expect("a file");
    // It looks for the lists beside itself.
    fs::create_dir(file("docker")).expect("a folder");
    fs::copy(repository::root().join("docker/sign"), file("docker/sign")).expect("a copy");
    for name in images {
        let crate_folder = file("crates").join(name);
        fs::create_dir_all(&crate_folder).expect("a folder");
        fs::write(crate_folder.join(format!("{name}.cdx.json")), "{}").expect("a list");
    }
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new(file("docker/sign"))
        .arg("awskms:///alias/images")
        .stdin(fs::File::open(file("published")).expect("the file"))
        .env("PATH", path)
        .env("BITBUCKET_GIT_HTTP_ORIGIN", "https://bitbucket.org/acme/pipes")
        .env("BITBUCKET_TAG", "1.2.3")
        .env("BITBUCKET_COMMIT", "0123456789abcdef0123456789abcdef01234567")
        .env("BITBUCKET_BUILD_NUMBER", "7")
        .output()
        .expect("it runs");
    let said = fs::read_to_string(file("commands")).expect("it was called");
    let predicates = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{predicates}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 4 * images.len(), "{said}");
    let key = "--yes --key awskms:///alias/images";
    for (name, told) in images.iter().zip(lines.chunks(4)) {
        let image = format!("docker.io/deploypipes/aws-{name}@{digest}");
        assert_eq!(told[0], format!("sign {key} {image}"));
        let list = format!("crates/{name}/{name}.cdx.json");
        assert_eq!(told[1], format!("attest {key} --type cyclonedx --predicate {list} {image}"));
        assert!(
            told[2].starts_with(&format!("attest {key} --type slsaprovenance1 --predicate /")),
            "{}",
            told[2]
        );
        assert_eq!(told[3], format!("verify --key docker/cosign.pub {image}"));
        assert!(repository::root().join("crates").join(name).is_dir(), "{name} is no crate");
    }
    let first = predicates.split_inclusive("\n}\n").next().expect("a predicate");
    let provenance: serde_json::Value = serde_json::from_str(first).expect("JSON");
    let commit = &provenance["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"];
    assert_eq!(commit, "0123456789abcdef0123456789abcdef01234567");
}

//! `docker/images publish`, with engines that only answer for a registry: when nothing is pushed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use tempfile::TempDir;

use super::repository;

/// What `docker/authorities` does in the tests that are not about it.
const USABLE: &str = "true";

/// The errors, and whether something is pushed, with an engine of this name that gives a registry's answer to every
/// question. IMAGE in it is the image asked for.
fn publish(engine: &str, answer: &str) -> (String, bool) {
    publish_with(engine, answer, "none is there", USABLE)
}

/// The same where the registry has the images whose name ends like this, and with other `docker/authorities`.
fn publish_with(engine: &str, answer: &str, there: &str, authorities: &str) -> (String, bool) {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    for name in ["bin", "docker"] {
        fs::create_dir(path(name)).expect("a folder");
    }
    for arch in ["amd64", "arm64"] {
        fs::create_dir_all(path(&format!("dist/linux-{arch}/shell"))).expect("a folder");
    }
    for file in ["docker/images", "docker/setting"] {
        fs::copy(repository::root().join(file), path(file)).expect("a copy");
    }
    fs::copy(repository::root().join("Cargo.toml"), path("Cargo.toml")).expect("a copy");
    let program = |name: &str, script: &str| {
        fs::write(path(name), format!("#!/bin/sh\n{script}\n")).expect("writable");
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o755)).expect("ours");
    };
    program("docker/authorities", authorities);
    let asks = match engine {
        "podman" => "manifest inspect",
        _ => "buildx imagetools",
    };
    let engine = format!("bin/{engine}");
    let script = "case \"$1 $2\" in
\"$ASKS\") for name; do :; done; case $name in *\"$THERE\") exit 0;; esac; echo \"$ANSWER\" | sed \"s#IMAGE#$name#\" >&2; exit 1;;
push*) echo > pushed; exit 1;;
esac";
    program(&engine, script);
    let output = Command::new(path("docker/images"))
        .arg("publish")
        .env("ENGINE", path(&engine))
        .env("REGISTRY", "registry.test")
        .env("ASKS", asks)
        .env("ANSWER", answer)
        .env("THERE", there)
        .output()
        .expect("bash starts");
    assert!(!output.status.success(), "neither the question nor the push succeeds");
    (String::from_utf8_lossy(&output.stderr).into_owned(), path("pushed").exists())
}

/// The answers of Podman 4.3 and of `docker buildx` 0.13, as they print them.
#[test]
fn only_a_registry_without_the_version_is_published_to() {
    let image = format!("registry.test/deploypipes/aws-s3-deploy:{}", repository::version());
    let docker = |answer: &str| format!("ERROR: {answer}");
    let table = [
        ("podman", "Error: reading manifest 1 in a/b: manifest unknown: manifest unknown".to_owned(), true),
        ("podman", "Error: reading manifest 1 in a/b: name unknown: not known to registry".to_owned(), true),
        ("podman", "Error: reading manifest 1: received unexpected HTTP status: 500".to_owned(), false),
        ("podman", "Error: reading manifest 1: unauthorized: authentication required".to_owned(), false),
        ("podman", "Error: reading manifest 1: requested access to the resource is denied".to_owned(), false),
        ("podman", "Error: reading manifest 1: StatusCode: 404, <html>no</html>".to_owned(), false),
        ("podman", String::new(), false),
        ("docker", docker("IMAGE: not found"), true),
        (
            "docker",
            docker("unexpected status from HEAD request to https://a: 500 Internal Server Error"),
            false,
        ),
        (
            "docker",
            docker("pull access denied, repository does not exist or may require authorization"),
            false,
        ),
        ("docker", docker("failed to authorize: failed to fetch anonymous token: 401 Unauthorized"), false),
        ("docker", docker("credential helper: executable file not found"), false),
        ("docker", "no such manifest: IMAGE".to_owned(), false),
    ];
    for (engine, answer, is_free) in table {
        let (errors, is_pushed) = publish(engine, &answer);
        assert_eq!(is_pushed, is_free, "{engine}, {answer}: {errors}");
        let is_refused = errors.contains(&format!("cannot ask the registry whether it has {image}: "));
        assert_eq!(is_refused, !is_free, "{engine}, {answer}: {errors}");
    }
}

/// Each image is asked for, not only the first one.
#[test]
fn a_version_that_one_image_has_is_not_published() {
    for image in ["aws-s3-deploy:", "-shell", "aws-cloudfront-invalidate:"] {
        let version = if image.ends_with(':') { repository::version() } else { "" };
        let there = format!("{image}{version}");
        let (errors, is_pushed) = publish_with("podman", "manifest unknown", &there, USABLE);
        assert!(!is_pushed && errors.contains(&format!("{there} is published already")), "{errors}");
    }
}

#[test]
fn images_with_unusable_authorities_are_not_published() {
    for refused in ["check", "match"] {
        let authorities = format!("test \"$1\" != {refused} || {{ echo refused by $1 >&2; exit 1; }}");
        let (errors, is_pushed) = publish_with("podman", "manifest unknown", "none is there", &authorities);
        assert!(!is_pushed && errors == format!("refused by {refused}\n"), "{errors}");
    }
}

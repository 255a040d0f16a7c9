//! The Dockerfile and what is written of it.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::{env, fs};

use super::authorities;
use super::manifests;
use super::pipe;
use super::repository;

/// What the images are built from, and is none itself.
const STAGES: [&str; 5] = ["base", "build", "cloudfront-invalidate-base", "s3-deploy-base", "shell"];

/// The ending of the stage that holds what the targets of one program share.
const SHARED: &str = "-base";

/// The ending of a target that packs a finished program.
const PREBUILT: &str = "-prebuilt";

/// The ending of a target that adds a shell, for the one pipe that can run a script.
const SHELL: &str = "-shell";
const WITH_SHELL: [&str; 1] = ["s3-deploy"];

/// The crates whose program is their own name: those that ship. `local-aws` and `benchmark` have theirs in `src/bin`.
fn programs() -> Vec<String> {
    let has_main = |name: &String| repository::root().join("crates").join(name).join("src/main.rs").exists();
    repository::folders("crates").into_iter().filter(has_main).collect()
}

/// Each `FROM … AS name` and the lines below it.
fn stages(dockerfile: &str) -> Vec<(&str, Vec<&str>)> {
    let mut stages: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in dockerfile.lines() {
        if let Some(name) = line.strip_prefix("FROM ").and_then(|rest| rest.split_once(" AS ")) {
            stages.push((name.1.trim(), Vec::new()));
        } else if let Some((_, lines)) = stages.last_mut() {
            lines.push(line);
        }
    }
    stages
}

#[test]
fn the_crates_that_ship_are_the_pipes() {
    let mut expected = pipe::all().map(|pipe| pipe.program);
    expected.sort_unstable();
    assert_eq!(programs(), expected);
}

#[test]
fn each_program_has_its_targets_and_no_target_is_left_over() {
    let dockerfile = repository::read("docker/Dockerfile");
    let stages = stages(&dockerfile);
    let mut targets: Vec<String> = stages
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .filter(|name| !STAGES.contains(&name.as_str()))
        .collect();
    targets.sort();
    let mut images = programs();
    images.extend(WITH_SHELL.map(|program| format!("{program}{SHELL}")));
    let mut expected: Vec<String> =
        images.into_iter().flat_map(|image| [format!("{image}{PREBUILT}"), image]).collect();
    expected.sort();
    assert_eq!(targets, expected);
    let built = lines_of(&stages, "build").join("\n");
    for program in programs() {
        assert!(built.contains(&format!("-p {program}")), "{program} is not built");
    }
}

#[test]
fn each_image_starts_its_program_and_says_what_its_pipe_yml_says() {
    let dockerfile = repository::read("docker/Dockerfile");
    let stages = stages(&dockerfile);
    let base = lines_of(&stages, "base").join("\n");
    assert!(base.contains(&format!("image.vendor=\"{}\"", repository::account())), "{base}");
    assert!(base.contains(&format!("image.source=\"{}\"", repository::source())), "{base}");
    let is_own = |name: &str| !STAGES.contains(&name) && !name.contains(SHELL);
    for (name, lines) in stages.iter().filter(|(name, _)| is_own(name)) {
        let program = name.strip_suffix(PREBUILT).unwrap_or(name);
        let pipe = pipe::all().into_iter().find(|pipe| pipe.program == program).expect("a pipe");
        let shared = format!("{program}{SHARED}");
        let from = format!("FROM {shared} AS {name}");
        assert!(dockerfile.lines().any(|line| line == from), "there is no `{from}`");
        let entry = format!("ENTRYPOINT [\"/{program}\"]");
        let shared = lines_of(&stages, &shared);
        assert!(shared.contains(&entry.as_str()), "{entry} is not shared by the targets of {program}");
        let text = shared.join("\n");
        for (label, value) in [
            ("title", pipe.image.to_owned()),
            ("description", manifests::value(&pipe, "description")),
            ("url", manifests::value(&pipe, "repository")),
        ] {
            let label = format!("org.opencontainers.image.{label}=\"{value}\"");
            assert!(text.contains(&label), "the target {name} lacks {label}");
        }
        let copies = lines
            .iter()
            .filter(|line| line.starts_with("COPY ") && line.ends_with(&format!("/{program} /{program}")));
        assert_eq!(copies.count(), 1, "the target {name} copies another program");
        let notice =
            lines.iter().any(|line| line.starts_with("COPY ") && line.ends_with("/NOTICE.gz /NOTICE.gz"));
        assert!(notice, "the target {name} has no licences of what is in its program");
    }
}

#[test]
fn an_image_with_a_shell_is_the_one_without_and_a_shell() {
    let dockerfile = repository::read("docker/Dockerfile");
    let lines = |ending: &str| {
        let froms = WITH_SHELL.map(|program| format!("FROM {program}{ending} AS {program}{SHELL}{ending}"));
        for from in froms {
            assert!(dockerfile.lines().any(|line| line == from), "there is no `{from}`");
        }
    };
    lines("");
    lines(PREBUILT);
}

/// What `docker/images` packs, weighs and publishes is every image that can be packed, under the name of its pipe.
#[test]
fn every_image_is_packed_under_its_name() {
    let script = repository::read("docker/images");
    let (_, list) = script.split_once("readonly images=\"").expect("a list of images");
    let (list, _) = list.split_once('"').expect("its end");
    let mut packed: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    packed.sort();
    let own = pipe::all().map(|pipe| vec![format!("{}{PREBUILT}", pipe.program), pipe.image.to_owned()]);
    let shells = pipe::all().into_iter().filter(|pipe| WITH_SHELL.contains(&pipe.program)).map(|pipe| {
        vec![format!("{}{SHELL}{PREBUILT}", pipe.program), pipe.image.to_owned(), SHELL.to_owned()]
    });
    let mut expected: Vec<Vec<String>> = own.into_iter().chain(shells).collect();
    expected.sort();
    assert_eq!(packed, expected);
}

/// A machine may have the client of Docker and no daemon. There `.ci/images` installs an engine, and skips only when it
/// cannot.
#[test]
fn a_client_without_its_daemon_is_no_engine() {
    let folder = tempfile::tempdir().expect("a folder");
    let asked = folder.path().join("asked");
    let programs = [
        ("docker", "exit 1".to_owned()),
        ("apt-get", format!("echo \"$@\" >> '{}'; test \"$1\" = update", asked.display())),
    ];
    for (name, script) in programs {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
    }
    let program = |name: &str| {
        let folders = env::var_os("PATH").expect("a PATH");
        env::split_paths(&folders)
            .map(|folder| folder.join(name))
            .find(|path| path.exists())
            .expect("it is installed")
    };
    symlink(program("dirname"), folder.path().join("dirname")).expect("a link");
    let output = Command::new(program("bash"))
        .arg(repository::root().join(".ci/images"))
        .env_clear()
        .env("PATH", folder.path())
        .output()
        .expect("bash starts");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && told.starts_with("SKIPPED: "), "{told}");
    let asked = fs::read_to_string(asked).expect("packages are asked for");
    assert!(asked.contains("podman"), "{asked}");
}

/// Artifacts are files: the empty `/tmp` of the shell does not reach the step that packs it.
#[test]
fn a_shell_that_came_as_an_artifact_has_its_folder_for_temporary_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("docker")).expect("a folder");
    fs::create_dir_all(path("dist/linux-amd64/shell/bin")).expect("a folder");
    for file in ["Cargo.toml", "docker/authorities", "docker/images", "docker/setting"] {
        fs::copy(repository::root().join(file), path(file)).expect("a copy");
    }
    fs::write(path("dist/ca-certificates.crt"), authorities::source_line()).expect("a list");
    let packed = Command::new("bash").arg(path("docker/images")).arg("pack").env("ENGINE", "true").output();
    assert!(packed.expect("bash starts").status.success());
    let mode = path("dist/linux-amd64/shell/tmp").metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o7777, 0o1777);
}

/// The package of the shell is known by its SHA-256: a registry of packages that has other bytes gives no shell.
#[test]
fn a_shell_of_other_bytes_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let programs = [
        ("apt-get", ": > busybox-static_1_amd64.deb"),
        ("dpkg", "echo amd64"),
        ("dpkg-deb", "echo unpacked; exit 1"),
    ];
    for (name, script) in programs {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
    }
    let path = format!("{}:{}", folder.path().display(), env::var("PATH").unwrap_or_default());
    let output = Command::new(repository::root().join("docker/shell"))
        .arg("amd64")
        .arg(folder.path().join("shell"))
        .env("PATH", path)
        .output()
        .expect("bash starts");
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!output.status.success() && told.contains("is not the one whose SHA-256"), "{told}");
    assert!(!told.contains("unpacked") && !folder.path().join("shell").exists(), "{told}");
}

/// The compiler's image may be replaced under its tag; by its digest it stays the same.
#[test]
fn the_compiler_s_image_is_known_by_its_digest() {
    let dockerfile = repository::read("docker/Dockerfile");
    let from = dockerfile.lines().filter_map(|line| line.strip_prefix("FROM ")?.split_once(" AS "));
    let own: Vec<&str> = stages(&dockerfile).iter().map(|(name, _)| *name).collect();
    for (image, stage) in from {
        assert!(
            image == "scratch" || image == "${RUST_IMAGE}" || own.contains(&image),
            "{stage} is built from {image}"
        );
    }
    let digest =
        dockerfile.lines().find_map(|line| line.strip_prefix("ARG RUST_IMAGE=")?.split_once("@sha256:"));
    let (_, digest) = digest.expect("a digest");
    assert!(repository::is_sha256(digest), "{digest}");
}

#[test]
fn the_targets_that_readers_are_told_exist() {
    let dockerfile = repository::read("docker/Dockerfile");
    let stages = stages(&dockerfile);
    let readme = repository::read("docker/README.md");
    let told: Vec<&str> =
        readme.split("--target ").skip(1).filter_map(|rest| rest.split_whitespace().next()).collect();
    assert!(!told.is_empty());
    for target in told {
        let is_cargo_s = target.starts_with('$');
        assert!(is_cargo_s || stages.iter().any(|(name, _)| *name == target), "there is no target {target}");
    }
}

fn lines_of<'a>(stages: &[(&str, Vec<&'a str>)], name: &str) -> Vec<&'a str> {
    let stage = stages.iter().find(|(stage, _)| *stage == name);
    stage.map(|(_, lines)| lines.clone()).expect("the stage is there")
}

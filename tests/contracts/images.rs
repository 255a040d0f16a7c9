//! The Dockerfile and what is written of it.

use super::pipe;
use super::repository;

/// What the images are built from, and is none itself.
const STAGES: [&str; 2] = ["base", "build"];

/// The ending of a target that packs a finished program.
const PREBUILT: &str = "-prebuilt";

/// The crates whose program is their own name: those that ship. `local-aws` has its programs in `src/bin`.
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
fn each_program_has_its_two_targets_and_no_target_is_left_over() {
    let dockerfile = repository::read("docker/Dockerfile");
    let stages = stages(&dockerfile);
    let mut targets: Vec<String> = stages
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .filter(|name| !STAGES.contains(&name.as_str()))
        .collect();
    targets.sort();
    let mut expected: Vec<String> =
        programs().into_iter().flat_map(|program| [format!("{program}{PREBUILT}"), program]).collect();
    expected.sort();
    assert_eq!(targets, expected);
    for (name, lines) in stages.iter().filter(|(name, _)| !STAGES.contains(name)) {
        let program = name.strip_suffix(PREBUILT).unwrap_or(name);
        let image = pipe::all().into_iter().find(|pipe| pipe.program == program).expect("a pipe").image;
        for line in [
            format!("LABEL org.opencontainers.image.title=\"{image}\""),
            format!("ENTRYPOINT [\"/{program}\"]"),
        ] {
            assert!(lines.contains(&line.as_str()), "the target {name} lacks {line}");
        }
        let copies = lines
            .iter()
            .filter(|line| line.starts_with("COPY ") && line.ends_with(&format!("/{program} /{program}")));
        assert_eq!(copies.count(), 1, "the target {name} copies another program");
    }
    let built = lines_of(&stages, "build").join("\n");
    for program in programs() {
        assert!(built.contains(&format!("-p {program}")), "{program} is not built");
    }
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

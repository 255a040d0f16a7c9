//! Versions of tools that stand in more than one file.

use local_aws::pipeline::Pipeline;

use super::repository;

#[test]
fn the_compiler_is_the_same_everywhere() {
    let version = repository::rust_version();
    for (file, words) in [
        ("bitbucket-pipelines.yml", format!("  # {version}-bookworm\n")),
        ("bitbucket-pipelines.yml", format!("  # {version}-trixie\n")),
        ("docker/Dockerfile", format!("ARG RUST_IMAGE=rust:{version}-slim-bookworm@sha256:")),
        ("README.md", format!("Rust {version}")),
    ] {
        assert!(repository::read(file).contains(&words), "{file} does not say `{}`", words.trim_end());
    }
}

#[test]
fn the_project_s_own_pipeline_can_be_read_and_uses_the_gate_s_tools() {
    let text = repository::read("bitbucket-pipelines.yml");
    for name in Pipeline::names(&text).expect("it is a pipelines file") {
        Pipeline::parse(&text, &name).expect("it is a pipeline");
    }
    let gate = repository::read(".ci/run");
    let version = gate.lines().find_map(|line| line.strip_prefix("readonly CARGO_DENY="));
    let install =
        format!("cargo install cargo-deny --locked --version {}\n", version.expect("the gate names it"));
    assert!(text.contains(&install), "bitbucket-pipelines.yml installs another cargo-deny than .ci/run");
}

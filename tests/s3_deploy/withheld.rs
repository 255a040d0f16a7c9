//! The step's token and `PRE_EXECUTION_SCRIPT`: what a script finds of it in `/proc`.

use std::fs;
use std::io::{self, Write};

use local_aws::scenario::{Site, World};
use rustix::process::geteuid;

use super::step::deploy;

const TOKEN: &str = "BITBUCKET_STEP_OIDC_TOKEN";

/// Collects what root can read of the pipe's process and of each ancestor that runs the same program. The outputs of the
/// pipe are left out: what is read from them would be missing in the log.
const SEARCH: &str = r#"
env > environment
pipe=$PPID
while [ "$(readlink /proc/$pipe/exe)" = "$(readlink /proc/$PPID/exe)" ]; do
  cat /proc/$pipe/environ /proc/$pipe/cmdline
  for file in /proc/$pipe/fd/*; do
    case $file in */1|*/2) continue ;; esac
    dd if=$file iflag=nonblock bs=65536 count=16 2>/dev/null
  done
  pipe=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$pipe/status)
done > seen
echo searched
"#;

#[test]
fn a_script_finds_no_piece_of_the_token_and_the_pipe_logs_in() {
    if !geteuid().is_root() {
        // Past the capture of the test harness, which would hide it.
        let _ = writeln!(io::stderr().lock(), "skipped: only root reads the environment of another process");
        return;
    }
    let (world, site) = (World::permissive(), Site::small());
    fs::write(site.clone_folder().join("search.sh"), SEARCH).expect("a script");
    let step = deploy(&world, &site).set("PRE_EXECUTION_SCRIPT", "search.sh").set("PATH", "/usr/bin:/bin");
    let token = step.variable(TOKEN).expect("the step has a token").to_owned();
    step.run()
        .exits(0)
        .says("\nsearched\n")
        .says("OpenID Connect (OIDC)")
        .says("uploaded 3")
        .never_says("can read the step's token");
    let read = |name: &str| {
        let bytes = fs::read(site.clone_folder().join(name)).expect("the script wrote it");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (seen, environment) = (read("seen"), read("environment"));
    assert!(seen.contains("S3_BUCKET="), "the environment of the pipe could not be read");
    assert!(!seen.contains(TOKEN) && !environment.contains("TOKEN_ON_STDIN"), "{environment}");
    let characters: Vec<char> = token.chars().collect();
    for piece in characters.chunks(16).map(String::from_iter) {
        assert!(!seen.contains(&piece) && !environment.contains(&piece), "a piece of the token was found");
    }
}

//! `PRE_EXECUTION_SCRIPT`: a script of the repository that runs first.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use local_aws::scenario::{Site, Step, World};

use super::step::deploy;

fn with_script(world: &World, site: &Site, text: &str) -> Step {
    fs::create_dir_all(site.clone_folder().join("ci")).expect("a folder");
    fs::write(site.clone_folder().join("ci/before.sh"), text).expect("a script");
    deploy(world, site).set("PRE_EXECUTION_SCRIPT", "ci/before.sh").set("PATH", "/usr/bin:/bin")
}

/// A process that has ended is still there as a zombie, where nobody asks for its end.
fn is_running(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn a_script_makes_what_is_deployed_where_the_step_stands_and_its_output_is_in_the_log() {
    let (world, site) = (World::permissive(), Site::small());
    fs::rename(site.clone_folder().join("build"), site.clone_folder().join("src")).expect("renamed");
    let step = with_script(&world, &site, "echo \"making ${GREETING}\"\necho trouble >&2\nmv src build\n");
    step.set("GREETING", "two words")
        .run()
        .exits(0)
        .says("INFO: Running ci/before.sh before the deployment\n")
        .says("\nmaking two words\n")
        .says("\ntrouble\n")
        .says("uploaded 3");
    assert_eq!(world.keys().len(), 3);
}

#[test]
fn a_script_is_run_by_the_interpreter_it_names() {
    let (world, site) = (World::permissive(), Site::small());
    let step =
        with_script(&world, &site, "#!/bin/sh -eu\necho before\necho \"$NO_SUCH_VARIABLE\"\necho after");
    step.run().exits(1).says("\nbefore\n").never_says("\nafter\n");
}

#[test]
fn a_script_that_fails_fails_the_pipe_and_nothing_is_sent() {
    let (world, site) = (World::permissive(), Site::small());
    let step = with_script(&world, &site, "echo no good; exit 3").set("RESULT_FILE", "result.json");
    step.run()
        .exits(1)
        .says("\nno good\n")
        .says("ERROR: PRE_EXECUTION_SCRIPT ci/before.sh failed: exit code 3: nothing was uploaded")
        .says("✖ Deployment failed.");
    assert!(world.cloud.requests().is_empty());
    let result = fs::read_to_string(site.clone_folder().join("result.json")).expect("a result");
    assert!(result.contains("exit code 3"), "{result}");
}

#[test]
fn a_script_has_every_variable_but_the_step_s_token_and_what_is_secret_is_not_printed() {
    let (world, site) = (World::permissive(), Site::small());
    let step = with_script(&world, &site, "env > seen; echo \"key $AWS_SECRET_ACCESS_KEY\"");
    step.set("lower_case", "kept")
        .set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .run()
        .exits(0)
        .says("\nkey ***\n");
    let seen = fs::read_to_string(site.clone_folder().join("seen")).expect("it ran");
    for variable in ["S3_BUCKET=", "lower_case=kept", "BITBUCKET_BUILD_NUMBER=42", "AWS_SECRET_ACCESS_KEY="] {
        assert!(seen.contains(variable), "{variable} is not in:\n{seen}");
    }
    assert!(!seen.contains("BITBUCKET_STEP_OIDC_TOKEN"), "{seen}");
}

#[test]
fn a_script_that_is_not_there_or_makes_no_folder_ends_it_before_the_first_request() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("PRE_EXECUTION_SCRIPT", "ci/none.sh")
        .run()
        .exits(2)
        .says("ERROR: PRE_EXECUTION_SCRIPT cannot be read: ");
    let step = with_script(&world, &site, "rm -r build");
    step.run().exits(2).says("ERROR: LOCAL_PATH cannot be read: ");
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn a_mistake_in_how_to_log_in_is_told_before_the_script_runs() {
    let (world, site) = (World::permissive(), Site::small());
    let step = with_script(&world, &site, "touch ran");
    for (variable, value) in [
        ("AWS_SESSION_POLICY", "none-such.json"),
        ("AWS_CHAINED_ROLE_ARN", "Second"),
        ("AWS_ROLE_EXTERNAL_ID", "customer:7"),
        ("AWS_ALLOWED_ACCOUNT_IDS", "111111111111"),
        ("AWS_TRUST_POLICY_FILE", "none-such.json"),
    ] {
        step.clone().set(variable, value).run().exits(2).says(&format!("ERROR: {variable} "));
        assert!(!site.clone_folder().join("ran").exists(), "{variable}");
    }
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn without_its_interpreter_the_message_names_the_image_that_has_a_shell() {
    let (world, site) = (World::permissive(), Site::small());
    let step = with_script(&world, &site, "#!/no/such/shell\necho never");
    step.run()
        .exits(2)
        .says("ERROR: PRE_EXECUTION_SCRIPT names ci/before.sh, which needs /no/such/shell, and this image does not")
        .says("hint: the image whose tag is `")
        .says("-shell` has a shell, BusyBox's /bin/sh, and no bash");
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn a_program_without_its_loader_is_told_apart_from_a_script() {
    let (world, site) = (World::permissive(), Site::small());
    let mut program = fs::read("/bin/sleep").expect("a program");
    let place = program.windows(4).position(|four| four == b"/ld-").expect("it is linked dynamically");
    program[place + 1] = b'x';
    let file = site.clone_folder().join("tool");
    fs::write(&file, program).expect("a file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("executable");
    let step = deploy(&world, &site).set("PRE_EXECUTION_SCRIPT", "tool");
    step.run()
        .exits(2)
        .says("names tool, which needs the loader it is linked with, and this image does not have that")
        .says("hint: link it statically, or run it as a line of the step, before the pipe");
}

#[test]
fn what_a_script_says_on_both_outputs_keeps_its_order() {
    let (world, site) = (World::permissive(), Site::small());
    let lines = "for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done";
    let expected: Vec<String> = (1..10).map(|i| format!("\nout {i}\nerr {i}")).collect();
    with_script(&world, &site, lines).run().exits(0).says(&expected.concat());
}

#[test]
fn a_dry_run_runs_the_script_since_it_may_make_what_is_deployed() {
    let (world, site) = (World::permissive(), Site::empty());
    let step = with_script(&world, &site, "echo hello > build/index.html").set("DRY_RUN", "true");
    step.run().exits(0).says("(dryrun) upload: build/index.html");
    assert_eq!(world.keys().len(), 0);
}

#[test]
fn what_a_script_leaves_running_does_not_hold_up_the_deploy() {
    let (world, site) = (World::permissive(), Site::small());
    let step = with_script(&world, &site, "sleep 600 &\necho $! > pid");
    step.run().exits(0).says("uploaded 3");
    let pid = fs::read_to_string(site.clone_folder().join("pid")).expect("it ran");
    assert!(is_running(&pid), "it was waited for");
    let ended = Command::new("kill").arg(pid.trim()).status().expect("kill runs");
    assert!(ended.success());
}

#[test]
fn a_signal_ends_the_script_and_all_it_started() {
    let (world, site) = (World::permissive(), Site::small());
    let step =
        with_script(&world, &site, "trap 'echo tidied' TERM\necho started\nsleep 600 & echo $! > pid; wait");
    let mut child = step.command().spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
    let mut line = || lines.next().expect("the log goes on").expect("a line");
    while line() != "started" {}
    let signalled = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status();
    assert!(signalled.expect("kill runs").success());
    while line() != "tidied" {}
    assert_eq!(child.wait().expect("it ends").code(), Some(143));
    assert!(world.cloud.requests().is_empty());
    let pid = fs::read_to_string(site.clone_folder().join("pid")).expect("it ran");
    assert!(!is_running(&pid), "it was left running");
}

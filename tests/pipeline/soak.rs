//! The soak, for as long as a gate has time.

use std::process::Command;

#[test]
#[ignore = "takes a minute or more: .ci/run endurance"]
fn a_soak_of_twenty_rounds_ends_without_a_difference() {
    let mut soak = Command::new(env!("CARGO_BIN_EXE_soak"));
    let output = soak.args(["--rounds", "20", "--seed", "1"]).output().expect("the soak starts");
    let log = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success() && log.starts_with("20 rounds of seed 1: "), "{log}");
}

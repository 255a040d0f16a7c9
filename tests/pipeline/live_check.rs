//! The pipeline for a real account, here against the embedded one: what it claims of AWS is what it would notice.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

#[test]
fn the_check_of_a_real_account_passes_here() {
    if Command::new("curl").arg("--version").output().is_err() {
        let _ = writeln!(std::io::stderr().lock(), "skipped: no curl");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
        .arg(root.join(".ci/live-check.yml"))
        .arg("--directory")
        .arg(root.join("examples/website"))
        .args(["--pipeline", "custom.site"])
        .args(["--variable", "S3_BUCKET=live-check", "--variable", "DISTRIBUTION_ID=E1LIVE"])
        .output()
        .expect("local-pipeline starts");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for expected in ["\nx-cache: Hit from cloudfront", "\nx-cache: Miss from cloudfront"] {
        assert!(text.contains(expected), "{text}");
    }
}

//! The program is the first process of its container: no signal has an effect that it does not give it.

use std::process::{Command, Stdio};
use std::time::Duration;

use local_aws::scenario::{BUCKET, Site, World};

use super::container::{deploy, engine};

/// Longer than any container here lives.
const STALLED: Duration = Duration::from_mins(10);

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn a_stopped_container_aborts_its_multipart_uploads_and_exits_143() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("film.mp4", vec![7; 20 << 20]);
    world.cloud.fail("UploadPart").delay(STALLED);
    let name = format!("stopped-by-a-test-{}", std::process::id());
    let container = deploy(&world, &site).option(&format!("--name={name}"));
    let child = container.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("the engine starts");
    for _ in 0..6000 {
        if world.cloud.count("UploadPart") > 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(world.cloud.store().open_uploads(BUCKET), 1, "no upload has begun");
    let stopped = Command::new(engine()).args(["stop", &name]).output().expect("the engine starts");
    assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
    let output = child.wait_with_output().expect("it ends");
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(143), "{log}");
    assert!(log.contains("stopped by SIGTERM"), "{log}");
    assert_eq!(world.cloud.store().open_uploads(BUCKET), 0, "{log}");
}

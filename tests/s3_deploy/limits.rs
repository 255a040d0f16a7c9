//! Sizes, numbers and slowness at which other tools give up: what a deploy takes of them, and with how much memory.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use local_aws::impostor::{Asked, Impostor, reply};
use local_aws::scenario::{Ended, Site, Step, World};

use super::step::deploy;

/// A quarter of what the pipes of a step share.
const MEMORY: u64 = 256 << 20;

/// A control group of Linux, in which the kernel allows a process no more than [`MEMORY`].
struct Group(PathBuf);

impl Group {
    /// Puts a process into a new one, where this machine lets one be made.
    #[expect(clippy::print_stdout, reason = "for whoever reads what was measured")]
    fn of(process: u32) -> Option<Self> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let group = own.lines().find_map(|line| {
            let (_, hierarchy) = line.split_once(':')?;
            // Version 1 has a hierarchy for memory, version 2 one for everything.
            let (root, limit, path) = match hierarchy.split_once(':')? {
                ("memory", path) => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", path),
                ("", path) => ("/sys/fs/cgroup", "memory.max", path),
                _ => return None,
            };
            let folder = Path::new(root).join(path.trim_start_matches('/')).join(format!("limits-{process}"));
            fs::create_dir(&folder).ok()?;
            let group = Self(folder);
            group.set(limit, MEMORY).and_then(|()| group.set("cgroup.procs", process.into())).ok()?;
            Some(group)
        });
        if group.is_none() {
            println!("no control group can be made here: the resident memory is measured, and not limited");
        }
        group
    }

    /// Only the kernel makes these files: what is no control group has none.
    fn set(&self, file: &str, value: u64) -> io::Result<()> {
        File::options().write(true).open(self.0.join(file))?.write_all(value.to_string().as_bytes())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// Runs to the end within the limit, where there can be one, and returns the most memory that was resident, in bytes, as
/// Linux counts it.
fn measured(step: &Step) -> (Ended, u64) {
    let mut log = tempfile::tempfile().expect("a temporary file");
    let mut child = step.command().stdout(log.try_clone().expect("the same")).spawn().expect("it starts");
    let _group = Group::of(child.id());
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        // It has none of this once it has ended.
        let told = fs::read_to_string(&status_file).unwrap_or_default();
        let kilobytes = told
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")?.trim().parse().ok());
        peak = peak.max(kilobytes.unwrap_or(0_u64) << 10);
        thread::sleep(Duration::from_millis(10));
    };
    let mut said = String::new();
    log.rewind().and_then(|()| log.read_to_string(&mut said)).expect("a log is UTF-8");
    assert!(peak > 0, "the memory was never seen");
    (Ended { code: status.code(), log: said }, peak)
}

fn assert_modest(peak: u64) {
    assert!(peak <= MEMORY, "{} MiB were resident", peak >> 20);
}

#[test]
#[ignore = "takes a minute or more: .ci/run endurance"]
fn a_hundred_thousand_files_take_less_than_256_mebibytes() {
    const FILES: usize = 100_000;
    let (world, site) = (World::permissive(), Site::empty());
    for number in 0..FILES {
        site.write(&format!("folder-{:03}/page-{number:06}.html", number % 500), number.to_string());
    }
    let step = deploy(&world, &site);
    let (ended, peak) = measured(&step);
    ended.exits(0).says("uploaded 100000, updated 0");
    assert_modest(peak);
    assert_eq!(world.keys().len(), FILES);
    let (ended, peak) = measured(&step);
    ended.exits(0).says("100000 files unchanged");
    assert_modest(peak);
}

/// An S3 that takes everything and keeps nothing; counts the bytes of parts.
fn sink(parts: &Arc<AtomicUsize>) -> Impostor {
    let parts = Arc::clone(parts);
    Impostor::answering(move |asked| {
        let etag = [("etag", "\"9a0364b9e99bb480dd25e1f0284c8555\"")];
        let (method, target) = asked.line.split_once(' ').unwrap_or_default();
        match method {
            "GET" if target.contains("list-type") => {
                reply(200, &[], b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
            }
            "POST" if target.contains("uploads") => reply(
                200,
                &[],
                b"<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>",
            ),
            "POST" if target.contains("uploadId") => reply(
                200,
                &etag,
                b"<CompleteMultipartUploadResult><ETag>&quot;9a0364b9e99bb480dd25e1f0284c8555-256&quot;</ETag></CompleteMultipartUploadResult>",
            ),
            "PUT" => {
                if target.contains("partNumber") {
                    parts.fetch_add(asked.body.len(), Ordering::Relaxed);
                }
                reply(200, &etag, b"")
            }
            _ => reply(404, &[], b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"),
        }
    })
}

/// With static keys, so that there is no STS to play.
fn with_keys(step: Step) -> Step {
    step.unset("AWS_OIDC_ROLE_ARN")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "secretsecret")
}

#[test]
#[ignore = "takes half a minute: .ci/run endurance"]
fn a_file_of_two_gigabytes_takes_less_than_256_mebibytes() {
    const SIZE: usize = 2 << 30;
    let (world, site) = (World::permissive(), Site::empty().with("film.mp4", ""));
    let file = File::options().write(true).open(site.file("film.mp4")).expect("a file");
    file.set_len(SIZE as u64).expect("it has holes");
    let parts = Arc::default();
    let sink = sink(&parts);
    let step = with_keys(deploy(&world, &site)).set("AWS_ENDPOINT_URL", &sink.endpoint());
    let (ended, peak) = measured(&step.set("RECORD", "off"));
    ended.exits(0).says("uploaded 1, updated 0");
    assert_modest(peak);
    assert!(parts.load(Ordering::Relaxed) >= SIZE, "all of it was sent");
}

/// Answers a byte or two at a time.
fn trickle(asked: &Asked, stream: &mut TcpStream) -> io::Result<()> {
    if asked.line.contains("list-type") {
        let listing = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
        return stream.write_all(&reply(200, &[], listing));
    }
    stream.set_nodelay(true)?;
    for piece in reply(200, &[("etag", "\"9a0364b9e99bb480dd25e1f0284c8555\"")], b"").chunks(4) {
        stream.write_all(piece)?;
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

#[test]
fn a_thousand_slow_connections_are_sat_out_with_little_memory() {
    const FILES: usize = 1000;
    let (world, site) = (World::permissive(), Site::empty());
    for number in 0..FILES {
        site.write(&format!("{number}.css"), number.to_string());
    }
    let slow = Impostor::writing(trickle);
    let step = with_keys(deploy(&world, &site)).set("AWS_ENDPOINT_URL", &slow.endpoint());
    let (ended, peak) = measured(&step.set("RECORD", "off"));
    ended.exits(0).says("uploaded 1000, updated 0");
    assert_modest(peak);
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_finds_the_disk_full_is_a_warning_and_no_failure() {
    let (world, site) = (World::permissive(), Site::small());
    // By a link, so that a pipe which replaced the file would not replace the machine's device.
    std::os::unix::fs::symlink("/dev/full", site.clone_folder().join("result.json")).expect("a link");
    let step = deploy(&world, &site).set("RESULT_FILE", "result.json");
    step.run()
        .exits(0)
        .says("WARNING: cannot write the result to ")
        .says("result.json: No space left on device")
        .says("✔ Deployment successful.");
    assert_eq!(world.keys().len(), 3);
}

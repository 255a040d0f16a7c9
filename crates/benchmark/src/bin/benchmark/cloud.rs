//! The embedded S3 in a process of its own, so that its CPU is not the client's: told what to do on its input, a line of
//! JSON each, and answering on its output.

use std::fs;
use std::io::{BufRead as _, Write as _};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use local_aws::s3::Object;
use local_aws::{Authority, Cloud};
use oidc_auth::policy::{PolicyDocument, Statement};
use serde::{Deserialize, Serialize};

use crate::traffic::Traffic;

/// The first argument of the process.
pub(crate) const ARGUMENT: &str = "__cloud";

/// The region of its buckets.
pub(crate) const REGION: &str = "us-east-1";

/// What limits of requests a second are about.
const LIMITED: &str = "PutObject";

/// What it is told.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum Order {
    /// A run begins: requests are counted from here, and come from so many milliseconds away.
    Begin { latency: u64, limit: Option<u32> },
    /// The bucket exists and is empty.
    Empty { bucket: String },
    /// The bucket holds this folder.
    Fill { bucket: String, folder: PathBuf },
    /// The requests of the run are asked for.
    Traffic,
    /// What the bucket holds is asked for.
    Held { bucket: String },
}

/// What it answers.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum Answer {
    /// It listens, with a certificate of this authority or in plain HTTP, and takes this key.
    Ready { tls: String, authority: String, plain: String, access_key: String, secret_key: String },
    /// It is done.
    Done,
    /// The requests since the run began.
    Traffic(Traffic),
    /// The objects of the bucket.
    Held(Held),
}

/// How much a bucket holds, deploy records left out.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Held {
    pub objects: usize,
    pub bytes: u64,
}

/// Serves until its input ends.
pub(crate) fn main() -> anyhow::Result<()> {
    let cloud = Cloud::start();
    let everything = || PolicyDocument::new(vec![Statement::allow(&["s3:*"], &["*"])]);
    let key = cloud.create_user("benchmark", [everything()]);
    // The floor signs nothing, as signing is part of a program's work.
    cloud.allow_anonymous([everything()]);
    let authority = Authority::for_server(&[&Ipv4Addr::LOCALHOST.to_string()]);
    cloud.accept_tls(&authority);
    answer(&Answer::Ready {
        tls: cloud.tls_endpoint(),
        authority: authority.pem().to_owned(),
        plain: cloud.endpoint(),
        access_key: key.id,
        secret_key: key.secret,
    })?;
    for line in std::io::stdin().lock().lines() {
        answer(&obey(&cloud, serde_json::from_str(&line?)?)?)?;
    }
    Ok(())
}

fn answer(answer: &Answer) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    serde_json::to_writer(&mut output, answer)?;
    writeln!(output)?;
    output.flush()
}

fn obey(cloud: &Cloud, order: Order) -> anyhow::Result<Answer> {
    match order {
        Order::Begin { latency, limit } => {
            cloud.heal();
            if let Some(limit) = limit {
                cloud.throttle(LIMITED, limit);
            }
            cloud.latency(Duration::from_millis(latency));
            cloud.clear_requests();
        }
        Order::Empty { bucket } => {
            cloud.store().remove_bucket(&bucket);
            cloud.store().create_bucket(&bucket, REGION);
        }
        Order::Fill { bucket, folder } => {
            cloud.store().create_bucket(&bucket, REGION);
            fill(cloud, &bucket, &folder)?;
        }
        Order::Traffic => return Ok(Answer::Traffic(Traffic::of(&cloud.requests()))),
        Order::Held { bucket } => return Ok(Answer::Held(held(cloud, &bucket))),
    }
    Ok(Answer::Done)
}

fn fill(cloud: &Cloud, bucket: &str, folder: &Path) -> anyhow::Result<()> {
    let now = Timestamp::now();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry?;
        if entry.file_type().is_file() {
            let key = entry.path().strip_prefix(folder)?.to_string_lossy().into_owned();
            cloud.store().put(bucket, &key, Object::new(fs::read(entry.path())?, now));
        }
    }
    Ok(())
}

fn held(cloud: &Cloud, bucket: &str) -> Held {
    let objects = cloud.store().objects(bucket);
    let deployed = objects.iter().filter(|(key, _)| !s3_deploy::is_record(key));
    deployed.fold(Held::default(), |held, (_, object)| Held {
        objects: held.objects + 1,
        bytes: held.bytes + object.size(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_filled_counted_and_emptied() {
        let cloud = Cloud::start();
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("a")).expect("a folder");
        fs::write(folder.path().join("a/b.html"), "12345").expect("a file");
        let bucket = || "b".to_owned();
        let fill = Order::Fill { bucket: bucket(), folder: folder.path().to_owned() };
        assert!(matches!(obey(&cloud, fill), Ok(Answer::Done)));
        let record = Object::new("never counted", Timestamp::now());
        cloud.store().put("b", ".s3-deploy/record", record);
        assert_eq!(held(&cloud, "b"), Held { objects: 1, bytes: 5 });
        assert_eq!(cloud.store().object("b", "a/b.html").map(|object| object.size()), Some(5));
        obey(&cloud, Order::Empty { bucket: bucket() }).expect("obeyed");
        assert_eq!(held(&cloud, "b"), Held::default());
    }
}

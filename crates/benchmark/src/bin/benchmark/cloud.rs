//! The embedded S3 in a process of its own, so that its CPU is not the client's: told what to do on its input, a line of
//! JSON each, and answering on its output.

use std::io::{BufRead as _, Write as _};
use std::net::Ipv4Addr;
use std::time::Duration;

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
        answer(&obey(&cloud, serde_json::from_str(&line?)?))?;
    }
    Ok(())
}

fn answer(answer: &Answer) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    serde_json::to_writer(&mut output, answer)?;
    writeln!(output)?;
    output.flush()
}

fn obey(cloud: &Cloud, order: Order) -> Answer {
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
        Order::Traffic => return Answer::Traffic(Traffic::of(&cloud.requests())),
        Order::Held { bucket } => return Answer::Held(held(cloud, &bucket)),
    }
    Answer::Done
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
    use jiff::Timestamp;
    use local_aws::s3::Object;

    use super::*;

    #[test]
    fn what_a_bucket_holds_is_counted_without_the_record() {
        let cloud = Cloud::start();
        cloud.store().create_bucket("b", REGION);
        for (key, text) in [("a/b.html", "12345"), (".s3-deploy/record", "never counted")] {
            cloud.store().put("b", key, Object::new(text, Timestamp::now()));
        }
        assert_eq!(held(&cloud, "b"), Held { objects: 1, bytes: 5 });
        obey(&cloud, Order::Empty { bucket: "b".to_owned() });
        assert_eq!(held(&cloud, "b"), Held::default());
    }
}

//! Services that are not what they claim to be, or are broken: whatever they answer, the pipe ends, with a word of its own, and
//! nothing that they say is taken for one.

use std::sync::atomic::{AtomicUsize, Ordering};

use local_aws::impostor::{Asked, Impostor};
use local_aws::scenario::{Site, World};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::step::deploy;
use crate::garbage::{CREDENTIALS, Spoilt, Truth, assert_honest, spoilt};

/// So many times, and so many replies each time, which are waited for together.
const CASES: u32 = 2;
const REPLIES: usize = 40;

/// What the pipe asks for.
const OPERATIONS: [&str; 7] = ["sts", "list", "list", "record", "head", "put", "delete"];

/// Which reply is not as it should be, how it is not, and how often.
type Wrong = (&'static str, Spoilt, usize);

fn operation(asked: &Asked) -> &'static str {
    let (method, target) = asked.line.split_once(' ').unwrap_or_default();
    match method {
        "POST" if target.contains("delete") => "delete",
        "POST" => "sts",
        "GET" if target.contains("list-type") => "list",
        "GET" => "record",
        "HEAD" => "head",
        _ => "put",
    }
}

/// The replies of a bucket that holds an object of ours, with other bytes, and one that has no file.
fn truth(operation: &str) -> Truth {
    const ETAG: (&str, &str) = ("etag", "\"9a0364b9e99bb480dd25e1f0284c8555\"");
    match operation {
        "sts" => CREDENTIALS,
        "list" => Truth::of(
            "<?xml version=\"1.0\"?><ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated>\
             <EncodingType>url</EncodingType>\
             <Contents><Key>gone.html</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified>\
             <ETag>&quot;9a0364b9e99bb480dd25e1f0284c8555&quot;</ETag><Size>7</Size></Contents>\
             <Contents><Key>index.html</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified>\
             <ETag>&quot;9a0364b9e99bb480dd25e1f0284c8555&quot;</ETag><Size>4</Size></Contents></ListBucketResult>",
        ),
        "record" => Truth {
            status: 404,
            headers: &[],
            body: "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>",
        },
        "delete" => Truth::of("<DeleteResult><Deleted><Key>gone.html</Key></Deleted></DeleteResult>"),
        "head" => {
            Truth { status: 200, headers: &[ETAG, ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")], body: "" }
        }
        _ => Truth { status: 200, headers: &[ETAG], body: "" },
    }
}

fn wrong() -> impl Strategy<Value = Wrong> {
    // What is repeated for good takes its time.
    let times = prop_oneof![4 => 1..3_usize, 1 => Just(usize::MAX)];
    (prop::sample::select(&OPERATIONS[..]), spoilt(), times)
}

fn deploy_against((wrong, spoilt, times): Wrong) -> Result<(), TestCaseError> {
    let (world, site) = (World::permissive(), Site::empty().with("index.html", "new!").with("a.css", "a"));
    let struck = AtomicUsize::new(0);
    let impostor = Impostor::answering(move |asked| {
        let (operation, truth) = (operation(asked), truth(operation(asked)));
        let is_wrong = operation == wrong && struck.fetch_add(1, Ordering::Relaxed) < times;
        if is_wrong { spoilt.reply(&truth) } else { truth.reply() }
    });
    let step = deploy(&world, &site)
        .set("AWS_ENDPOINT_URL", &impostor.endpoint())
        .set("DELETE_FLAG", "true")
        .set("DEBUG", "true")
        .set("AWS_SESSION_POLICY", "none");
    assert_honest(&step)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/s3_deploy/garbage.regressions")
        ))),
        max_shrink_iters: 20,
        ..ProptestConfig::with_cases(CASES)
    })]

    #[test]
    fn no_reply_makes_the_deploy_panic_hang_or_lie(wrongs in prop::collection::vec(wrong(), REPLIES)) {
        std::thread::scope(|scope| {
            let runs: Vec<_> =
                wrongs.into_iter().map(|wrong| scope.spawn(|| deploy_against(wrong))).collect();
            runs.into_iter().try_for_each(|run| run.join().expect("a run does not panic"))
        })?;
    }
}

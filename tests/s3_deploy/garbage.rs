//! Services that are not what they claim to be, or are broken: whatever they answer, the pipe ends, with a word of its own, and
//! nothing that they say is taken for one.

use local_aws::impostor::Asked;
use local_aws::scenario::{Site, World};
use proptest::prelude::*;

use super::step::deploy;
use crate::garbage::{
    CREDENTIALS, Spoilt, Truth, Wrong, all_at_once, assert_honest, config, every_wrong, impostor,
};

/// So often every kind of wrong reply to every operation, which are waited for together.
const CASES: u32 = 2;

/// What the pipe asks for.
const OPERATIONS: [&str; 6] = ["sts", "list", "record", "head", "put", "delete"];

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

fn deploy_against(wrong: Wrong) -> Result<(), TestCaseError> {
    let (world, site) = (World::permissive(), Site::empty().with("index.html", "new!").with("a.css", "a"));
    let impostor = impostor(wrong, operation, truth);
    let step = deploy(&world, &site)
        .set("AWS_ENDPOINT_URL", &impostor.endpoint())
        .set("DELETE_FLAG", "true")
        .set("DEBUG", "true")
        .set("AWS_SESSION_POLICY", "none");
    assert_honest(&step)
}

/// The SDK panics on a header that it cannot send, and credentials are headers.
#[test]
fn no_text_of_the_reply_of_sts_makes_the_deploy_panic_hang_or_lie() {
    let texts = CREDENTIALS.body.matches('>').count();
    let lies = (0..texts).map(|text| ("sts", Spoilt::Lie(text, "\r✔ LIE".to_owned()), usize::MAX));
    all_at_once(lies.collect(), deploy_against).expect("honest");
}

proptest! {
    #![proptest_config(config(
        CASES,
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/s3_deploy/garbage.regressions"),
    ))]

    #[test]
    fn no_reply_makes_the_deploy_panic_hang_or_lie(wrongs in every_wrong(&OPERATIONS)) {
        all_at_once(wrongs, deploy_against)?;
    }
}

//! Scripted faults through the SDK: what a client sees, and what the store then holds.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::*;

/// What became of a call, in a word.
fn outcome<T, E, R>(result: &Result<T, SdkError<E, R>>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(SdkError::DispatchFailure(_)) => "no reply",
        Err(SdkError::ResponseError(_)) => "half a reply",
        Err(SdkError::TimeoutError(_)) => "too late",
        Err(_) => "refused",
    }
}

async fn upload(client: &aws_sdk_s3::Client, key: &str) -> &'static str {
    let put = client.put_object().bucket("site").key(key).body(ByteStream::from_static(b"home"));
    outcome(&put.send().await)
}

fn keys(cloud: &Cloud) -> Vec<String> {
    cloud.store().objects("site").into_keys().collect()
}

#[tokio::test]
async fn a_reset_does_nothing_and_a_lost_reply_everything() {
    let cloud = cloud();
    let client = s3(&cloud, exchange(&cloud).await);
    cloud.fail("PutObject").on("reset").reset();
    cloud.fail("PutObject").on("lost").after_work();
    cloud.fail("PutObject").on("torn").torn();
    for (key, seen) in [("reset", "no reply"), ("lost", "no reply"), ("torn", "no reply"), ("good", "done")] {
        assert_eq!(upload(&client, key).await, seen, "{key}");
    }
    assert_eq!(keys(&cloud), ["good", "lost", "torn"]);
    let said: Vec<String> = cloud.requests().iter().skip(1).map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "PutObject site reset: no answer",
            "PutObject site lost: no answer",
            "PutObject site torn: no answer",
            "PutObject site good: 200",
        ]
    );
}

#[tokio::test]
async fn a_torn_reply_ends_in_its_body() {
    let cloud = cloud();
    let client = s3(&cloud, exchange(&cloud).await);
    assert_eq!(upload(&client, "a").await, "done");
    cloud.fail("GetObject").torn().times(1);
    let get = client.get_object().bucket("site").key("a");
    let torn = get.clone().send().await.expect("the head is whole");
    assert_eq!(torn.content_length(), Some(4));
    assert!(torn.body.collect().await.is_err(), "half a body was taken for a whole one");
    let whole = get.send().await.expect("the fault is over").body.collect().await.expect("whole");
    assert_eq!(whole.into_bytes(), "home");

    // Only what the SDK reads to its end before it answers.
    cloud.fail("DeleteObjects").torn();
    let object = ObjectIdentifier::builder().key("a").build().expect("complete");
    let batch = Delete::builder().objects(object).build().expect("complete");
    let delete = client.delete_objects().bucket("site").delete(batch).send().await;
    assert_eq!(outcome(&delete), "half a reply");
}

#[tokio::test]
async fn a_delayed_request_is_not_done_before_its_time() {
    let cloud = cloud();
    let credentials = exchange(&cloud).await;
    let client = s3(&cloud, credentials.clone());
    cloud.fail("PutObject").on("later").delay(Duration::from_hours(1));
    let put = client.put_object().bucket("site").key("later").body(ByteStream::from_static(b"home"));
    let patience = aws_sdk_s3::config::timeout::TimeoutConfig::builder()
        .operation_timeout(Duration::from_millis(200))
        .build();
    let impatient = aws_sdk_s3::Config::builder().timeout_config(patience);
    assert_eq!(outcome(&put.customize().config_override(impatient).send().await), "too late");
    assert!(keys(&cloud).is_empty());

    cloud.heal();
    cloud.fail("PutObject").on("slow").delay(Duration::from_millis(400)).times(1);
    let (slow, ()) = tokio::join!(upload(&client, "slow"), async {
        while cloud.requests().iter().all(|request| request.key.as_deref() != Some("slow")) {
            tokio::task::yield_now().await;
        }
        assert_eq!(upload(&client, "quick").await, "done");
    });
    assert_eq!(slow, "done");
    let answered = |key: &str| {
        let requests = cloud.requests();
        requests.iter().find(|request| request.key.as_deref() == Some(key)).and_then(|found| found.answered)
    };
    assert!(answered("quick") < answered("slow"), "the quick request waited for the slow one");
}

#[tokio::test]
async fn faults_may_let_some_requests_pass() {
    let cloud = cloud();
    let client = s3(&cloud, exchange(&cloud).await);
    cloud.fail("PutObject").with("SlowDown").after(1).times(2);
    let mut seen = Vec::new();
    for key in ["a", "b", "c", "d"] {
        seen.push(upload(&client, key).await);
    }
    assert_eq!(seen, ["done", "refused", "refused", "done"]);
    assert_eq!(keys(&cloud), ["a", "d"]);
}

#[tokio::test]
async fn a_retry_after_a_lost_reply_makes_no_second_invalidation() {
    let cloud = cloud();
    let credentials = exchange(&cloud).await;
    cloud.fail("CreateInvalidation").on("E1").after_work().times(1);
    let lost = invalidate(&cloud, credentials.clone(), "us-east-1");
    assert_eq!(lost.await.expect_err("the reply is lost"), (0, String::new()));
    let id = invalidate(&cloud, credentials, "us-east-1").await.expect("the fault is over");
    let made: Vec<String> = cloud.invalidations("E1").into_iter().map(|one| one.id).collect();
    assert_eq!(made, [id]);
}

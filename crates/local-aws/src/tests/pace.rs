//! Latency and limits through the SDK. Nothing here asserts that something is fast.

use std::time::Instant;

use aws_sdk_s3::primitives::ByteStream;

use super::*;
use crate::Throttled;

#[tokio::test]
async fn every_request_waits_for_the_latency_by_itself() {
    let cloud = cloud();
    let credentials = exchange(&cloud).await;
    cloud.latency(Duration::from_hours(1));
    let late = tokio::spawn({
        let client = s3(&cloud, credentials.clone());
        async move {
            client.put_object().bucket("site").key("late").body(ByteStream::from_static(b"x")).send().await
        }
    });
    while cloud.count("PutObject") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let near = Duration::from_millis(20);
    cloud.latency(near);
    put(&cloud, credentials, "near").await.expect("it waits for itself alone");
    late.abort();
    let keys: Vec<String> = cloud.store().objects("site").into_keys().collect();
    assert_eq!(keys, ["near"]);
    let took: Vec<bool> = cloud
        .requests()
        .iter()
        .skip(1)
        .map(|request| request.took.is_some_and(|took| took >= near))
        .collect();
    assert_eq!(took, [false, true]);
}

#[tokio::test]
async fn what_is_above_a_limit_is_turned_away_and_counted() {
    const ASKED: usize = 20;
    let cloud = cloud();
    let credentials = exchange(&cloud).await;
    let slow_down = Err((503, "SlowDown".to_owned()));
    cloud.throttle("PutObject", 0);
    assert_eq!(put(&cloud, credentials.clone(), "never").await, slow_down);
    assert_eq!(cloud.throttled("PutObject"), Throttled { accepted: 0, rejected: 1 });

    let started = Instant::now();
    cloud.throttle("PutObject", 1);
    let names: Vec<String> = (0..ASKED).map(|number| number.to_string()).collect();
    let answers =
        futures::future::join_all(names.iter().map(|name| put(&cloud, credentials.clone(), name))).await;
    let stored = cloud.store().objects("site").len();
    let within = 1.0 + started.elapsed().as_secs_f64();
    assert_eq!(cloud.throttled("PutObject"), Throttled { accepted: stored, rejected: ASKED - stored });
    assert_eq!(answers.iter().filter(|answer| **answer == slow_down).count(), ASKED - stored);
    #[expect(clippy::cast_precision_loss, reason = "there are twenty")]
    let stored = stored as f64;
    assert!((1.0..=within).contains(&stored), "{stored} of at most {within}");

    cloud.heal();
    put(&cloud, credentials, "again").await.expect("the limit is gone");
}

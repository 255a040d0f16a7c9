//! The edge through its front door: what a visitor sees between a deploy and its invalidation.

use super::*;

async fn upload(cloud: &Cloud, credentials: &Credentials, key: &str, body: &'static [u8]) {
    let put = s3(cloud, credentials.clone()).put_object().bucket("site").key(key);
    let body = aws_sdk_s3::primitives::ByteStream::from_static(body);
    put.body(body).send().await.expect("the role may");
}

fn seen(cloud: &Cloud, path: &str) -> (u16, String, bool) {
    let visit = cloud.visit("E1", path);
    (visit.status, visit.text(), visit.from_cache)
}

fn see(status: u16, body: &str, from_cache: bool) -> (u16, String, bool) {
    (status, body.to_owned(), from_cache)
}

#[tokio::test]
async fn the_old_page_is_served_until_its_invalidation() {
    let cloud = cloud();
    let credentials = exchange(&cloud).await;
    for key in ["index.html", "about.html"] {
        upload(&cloud, &credentials, key, b"old").await;
    }
    for (path, from_cache) in [("/", false), ("/about.html", false), ("/", true)] {
        assert_eq!(seen(&cloud, path), see(200, "old", from_cache), "{path}");
    }
    upload(&cloud, &credentials, "index.html", b"new").await;
    assert_eq!(seen(&cloud, "/"), see(200, "old", true));

    invalidate(&cloud, credentials.clone(), "us-east-1").await.expect("the role may");
    assert_eq!(seen(&cloud, "/"), see(200, "new", false));
    assert_eq!(seen(&cloud, "/about.html"), see(200, "old", true));

    // The same invalidation asked for again is the one that was: nothing is evicted a second time.
    upload(&cloud, &credentials, "index.html", b"newer").await;
    invalidate(&cloud, credentials, "us-east-1").await.expect("the same answer");
    assert_eq!(seen(&cloud, "/"), see(200, "new", true));
    cloud.advance(Duration::from_hours(24));
    assert_eq!(seen(&cloud, "/"), see(200, "newer", false));
}

#[tokio::test]
async fn visitors_bring_headers_and_faults_reach_them() {
    let cloud = cloud();
    let credentials = exchange(&cloud).await;
    upload(&cloud, &credentials, "Caf\u{e9} + 12%.txt", b"coffee").await;
    let path = "/Caf\u{e9} %2B 12%25.txt";
    assert_eq!(seen(&cloud, path), see(200, "coffee", false));
    assert_eq!(seen(&cloud, "/Caf%c3%a9%20%2b%2012%25.txt"), see(200, "coffee", true));
    let etag = cloud.visit("E1", path).header("etag").expect("of an object").to_owned();
    for (method, headers, status, body) in [
        ("GET", [("if-none-match", etag.as_str())], 304, ""),
        ("GET", [("range", "bytes=0-1")], 206, "co"),
        ("HEAD", [("accept", "*/*")], 200, ""),
    ] {
        let visit = cloud.visit_with(method, "E1", path, &headers).expect("an answer");
        assert_eq!((visit.status, visit.text().as_str()), (status, body), "{method} {headers:?}");
    }
    let put = cloud.visit_with("PUT", "E1", path, &[]).expect("an answer");
    assert!(put.status == 403 && put.text().contains("<Code>MethodNotAllowed</Code>"), "{put:?}");
    cloud.fail("GET").on("E1").reset().times(1);
    assert!(cloud.visit_with("GET", "E1", "/", &[]).is_err());
    cloud.fail("GET").on("E1").with("ServiceUnavailable").times(1);
    assert_eq!(cloud.visit("E1", path).status, 503);
}

#[tokio::test]
async fn time_completes_invalidations() {
    let cloud = cloud();
    cloud.invalidation_time(Duration::from_hours(1));
    invalidate(&cloud, exchange(&cloud).await, "us-east-1").await.expect("the role may");
    assert_eq!(cloud.invalidations("E1")[0].status, crate::InvalidationStatus::InProgress);
    cloud.advance(Duration::from_hours(1));
    assert_eq!(cloud.invalidations("E1")[0].status, crate::InvalidationStatus::Completed);
}

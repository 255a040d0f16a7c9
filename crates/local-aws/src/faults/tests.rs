//! What sentences mean, without a connection.

use std::time::Duration;

use super::*;
use crate::requests::Service;

fn strike(faults: &Faults, operation: &str, key: &str) -> Option<String> {
    let target = Target { key: Some(key.into()), ..Target::new(Service::S3, operation) };
    Some(match faults.strike(&target, &HeaderMap::new())? {
        Effect::Answer(refusal) => format!("{} {}", refusal.status.as_u16(), refusal.code),
        other => format!("{other:?}"),
    })
}

#[test]
fn sentences_mean_what_they_say() {
    let faults = Faults::default();
    faults.begin("PutObject").on("a").with("SlowDown").times(2);
    faults.begin("PutObject").on("b").with("AccessDenied");
    faults.begin("GetObject").with_error(418, "Teapot", "short and stout").times(1);
    for (operation, key, expected) in [
        ("PutObject", "c", None),
        ("PutObject", "a", Some("503 SlowDown")),
        ("HeadObject", "a", None),
        ("PutObject", "a", Some("503 SlowDown")),
        ("PutObject", "a", None),
        ("PutObject", "b", Some("403 AccessDenied")),
        ("PutObject", "b", Some("403 AccessDenied")),
        ("GetObject", "x", Some("418 Teapot")),
        ("GetObject", "x", None),
    ] {
        assert_eq!(strike(&faults, operation, key).as_deref(), expected, "{operation} {key}");
    }
    faults.clear();
    assert_eq!(strike(&faults, "PutObject", "b"), None);
}

#[test]
fn a_fault_may_be_about_what_a_request_carries() {
    let faults = Faults::default();
    faults.begin("PutObject").carrying("x-amz-checksum-").with("NotImplemented");
    faults.begin("DeleteObjects").lacking("content-md5").with("InvalidArgument");
    let struck = |operation: &str, header: &'static str| {
        let target = Target::new(Service::S3, operation);
        let value = http::HeaderValue::from_static("value");
        let headers = HeaderMap::from_iter([(http::HeaderName::from_static(header), value)]);
        faults.strike(&target, &headers).is_some()
    };
    assert!(struck("PutObject", "x-amz-checksum-crc32") && !struck("PutObject", "content-md5"));
    assert!(struck("DeleteObjects", "x-amz-checksum-crc32") && !struck("DeleteObjects", "content-md5"));
}

#[test]
fn the_first_requests_may_pass() {
    let faults = Faults::default();
    faults.begin("PutObject").reset().after(2).times(1);
    faults.begin("PutObject").on("a").torn().times(1).after(1);
    let struck: Vec<_> = ["a", "b", "a", "a", "a"].map(|key| strike(&faults, "PutObject", key)).into();
    // The first `a` passes both; the second is reset and not counted by the younger fault.
    assert_eq!(struck, [None, None, Some("Reset".into()), Some("TornReply".into()), None]);
}

#[test]
fn the_oldest_fault_strikes_first() {
    let faults = Faults::default();
    faults.begin("PutObject").with("SlowDown").times(1);
    faults.begin("PutObject").after_work().times(1);
    faults.begin("PutObject").delay(Duration::from_secs(1)).times(1);
    let struck: Vec<_> = (0..4).map(|_| strike(&faults, "PutObject", "a")).collect();
    let expected = [Some("503 SlowDown"), Some("LostReply"), Some("Delay(1s)"), None];
    assert_eq!(struck.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
}

#[test]
#[should_panic(expected = "AccesDenied")]
fn a_misspelt_code_is_not_taken() {
    let _ = Faults::default().begin("PutObject").with("AccesDenied");
}

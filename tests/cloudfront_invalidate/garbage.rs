//! A CloudFront that is none, or is broken: whatever it answers, the pipe ends, with a word of its own, and nothing that it
//! says is taken for one.

use local_aws::impostor::Asked;
use local_aws::scenario::{Site, World};
use proptest::prelude::*;

use super::step::invalidate;
use crate::garbage::{CREDENTIALS, Truth, Wrong, all_at_once, assert_honest, config, every_wrong, impostor};

/// So often every kind of wrong reply to every operation, which are waited for together.
const CASES: u32 = 2;

/// What the pipe asks for.
const OPERATIONS: [&str; 5] = ["sts", "configuration", "policy", "create", "get"];

const INVALIDATION: &str = "<Invalidation><Id>I1EXAMPLE</Id><Status>InProgress</Status>\
    <CreateTime>2024-01-01T00:00:00Z</CreateTime><InvalidationBatch><Paths><Quantity>1</Quantity><Items><Path>/*</Path>\
    </Items></Paths><CallerReference>r</CallerReference></InvalidationBatch></Invalidation>";

fn operation(asked: &Asked) -> &'static str {
    let (method, target) = asked.line.split_once(' ').unwrap_or_default();
    match method {
        "POST" if target.contains("invalidation") => "create",
        "POST" => "sts",
        _ if target.contains("invalidation") => "get",
        _ if target.contains("cache-policy") => "policy",
        _ => "configuration",
    }
}

fn truth(operation: &str) -> Truth {
    match operation {
        "sts" => CREDENTIALS,
        "configuration" => Truth::of(
            "<DistributionConfig><CallerReference>r</CallerReference><DefaultRootObject>index.html</DefaultRootObject>\
             <Origins><Quantity>1</Quantity><Items><Origin><Id>o</Id>\
             <DomainName>site-bucket.s3.eu-west-1.amazonaws.com</DomainName></Origin></Items></Origins>\
             <DefaultCacheBehavior><TargetOriginId>o</TargetOriginId>\
             <ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy><CachePolicyId>p</CachePolicyId>\
             </DefaultCacheBehavior><CustomErrorResponses><Quantity>1</Quantity><Items><CustomErrorResponse>\
             <ErrorCode>404</ErrorCode><ResponsePagePath>/index.html</ResponsePagePath><ResponseCode>200</ResponseCode>\
             </CustomErrorResponse></Items></CustomErrorResponses><Comment/><Enabled>true</Enabled>\
             </DistributionConfig>",
        ),
        "policy" => Truth::of(
            "<CachePolicy><Id>p</Id><CachePolicyConfig><Name>n</Name><MinTTL>0</MinTTL>\
             <ParametersInCacheKeyAndForwardedToOrigin><QueryStringsConfig>\
             <QueryStringBehavior>none</QueryStringBehavior></QueryStringsConfig>\
             </ParametersInCacheKeyAndForwardedToOrigin></CachePolicyConfig></CachePolicy>",
        ),
        _ => Truth::of(INVALIDATION),
    }
}

fn invalidate_against(wrong: Wrong) -> Result<(), TestCaseError> {
    let (world, site) = (World::permissive(), Site::empty());
    let change = |number: u32| format!("\"page-{number}.html\":\"content\"");
    let paths = (0..40).map(change).collect::<Vec<_>>().join(",");
    let list = format!(
        "{{\"version\":1,\"build\":\"42\",\"step\":null,\"deploys\":[{{\"bucket\":\"site-bucket\",\"prefix\":\"\",\
         \"unchanged\":{{\"\":3}},\"difference\":{{\"deploy\":\"d1\",\"incomplete\":null,\"paths\":{{{paths}}}}},\
         \"earlier\":[]}}]}}"
    );
    std::fs::write(site.clone_folder().join("changes.json"), list).expect("a list");
    let impostor = impostor(wrong, operation, truth);
    let step = invalidate(&world, &site)
        .set("AWS_ENDPOINT_URL", &impostor.endpoint())
        .set("AWS_SESSION_POLICY", "none")
        .set("PATHS", "changed")
        .set("CHANGES_FILE", "changes.json")
        .set("WAIT", "true")
        .set("WAIT_TIMEOUT", "1")
        .set("DEBUG", "true");
    assert_honest(&step)
}

proptest! {
    #![proptest_config(config(
        CASES,
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cloudfront_invalidate/garbage.regressions"),
    ))]

    #[test]
    fn no_reply_makes_the_invalidation_panic_hang_or_lie(wrongs in every_wrong(&OPERATIONS)) {
        all_at_once(wrongs, invalidate_against)?;
    }
}

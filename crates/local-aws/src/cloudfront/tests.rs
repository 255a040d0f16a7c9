//! The API as a client sees it, behind the signature: permissions, statuses, documents and headers.

use oidc_auth::policy::{PolicyDocument, Statement};

use super::*;
use crate::requests::Service;

const BATCH: &str = "<InvalidationBatch><Paths><Quantity>1</Quantity><Items><Path>/*</Path></Items></Paths>\
                     <CallerReference>r</CallerReference></InvalidationBatch>";

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time")
}

fn cloudfront() -> CloudFront {
    let cloudfront = CloudFront::default();
    let origin = Origin::new("site", "/web/").default_root_object("index.html").error_page("404.html");
    cloudfront.create_distribution(None, "E1", origin, now());
    cloudfront.create_distribution(Some("999999999999"), "E9", Origin::new("other", ""), now());
    cloudfront
}

/// Someone who may do everything to `E1` and `E9` of the own account, but only look at `E2`.
fn principal() -> Principal {
    let iam = Iam::default();
    let arn = |id: &str| format!("arn:aws:cloudfront::{}:distribution/{id}", crate::ACCOUNT);
    let statements = vec![
        Statement::allow(&["cloudfront:*"], &[&arn("E1"), &arn("E9")]),
        Statement::allow(&["cloudfront:GetDistribution"], &[&arn("E2")]),
    ];
    let key = iam.create_user("deploy", vec![PolicyDocument::new(statements)]);
    iam.principal(&key.id, None, now()).expect("a user")
}

fn ask(
    cloudfront: &CloudFront,
    operation: &str,
    id: &str,
    invalidation: Option<&str>,
    query: Option<&str>,
) -> Result<Answer, Refusal> {
    let target = Target {
        distribution: Some(id.into()),
        invalidation: invalidation.map(str::to_owned),
        ..Target::new(Service::CloudFront, operation)
    };
    operate(cloudfront, &principal(), &target, query, BATCH.as_bytes(), now())
}

#[test]
fn an_invalidation_is_created_and_found_again() {
    let cloudfront = cloudfront();
    let created = ask(&cloudfront, "CreateInvalidation", "E1", None, None)
        .unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert_eq!(created.status.as_u16(), 201);
    let invalidation = cloudfront.invalidations("E1", now()).remove(0);
    let location = format!(
        "https://cloudfront.amazonaws.com/2020-05-31/distribution/E1/invalidation/{}",
        invalidation.id
    );
    assert_eq!(created.location.as_deref(), Some(location.as_str()));
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Invalidation xmlns=\"{NAMESPACE}\"><Id>{}</Id><Status>InProgress\
         </Status><CreateTime>2027-01-15T08:00:00.000Z</CreateTime><InvalidationBatch><Paths><Quantity>1</Quantity><Items>\
         <Path>/*</Path></Items></Paths><CallerReference>r</CallerReference></InvalidationBatch></Invalidation>",
        invalidation.id
    );
    assert_eq!(created.document, expected);
    let found = ask(&cloudfront, "GetInvalidation", "E1", Some(&invalidation.id), None);
    assert_eq!(found.map(|answer| answer.document).ok(), Some(expected));
}

#[test]
fn lists_are_paged_newest_first() {
    let cloudfront = cloudfront();
    let ids: Vec<String> = (0..3)
        .map(|number| {
            let batch = Batch { paths: vec!["/a".into()], caller_reference: number.to_string() };
            let mut state = cloudfront.lock();
            let distribution = state.distributions.get_mut("E1").expect("created");
            distribution
                .invalidations
                .create(batch, Duration::ZERO, ReferenceReuse::default(), now())
                .expect("within limits")
                .id
        })
        .collect();
    let list = |query: &str| match ask(&cloudfront, "ListInvalidations", "E1", None, Some(query)) {
        Ok(answer) => answer.document,
        Err(refusal) => refusal.code.into_owned(),
    };
    let first = list("MaxItems=2");
    let places: Vec<Option<usize>> = ids.iter().map(|id| first.find(&format!("<Id>{id}</Id>"))).collect();
    assert!(places[0].is_none() && places[1] > places[2], "{first}");
    let marker =
        format!("<NextMarker>{}</NextMarker><MaxItems>2</MaxItems><IsTruncated>true</IsTruncated>", ids[1]);
    assert!(first.contains(&marker), "{first}");
    let second = list(&format!("MaxItems=2&Marker={}", ids[1]));
    assert!(
        second.contains(&ids[0]) && second.contains("<IsTruncated>false</IsTruncated><Quantity>1</Quantity>"),
        "{second}"
    );
    assert_eq!(list("MaxItems=0"), "InvalidArgument");
}

#[test]
fn distributions_tell_what_they_are() {
    let cloudfront = cloudfront();
    for (operation, root) in
        [("GetDistribution", "Distribution"), ("GetDistributionConfig", "DistributionConfig")]
    {
        let answer =
            ask(&cloudfront, operation, "E1", None, None).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        assert!(answer.etag.is_some_and(|etag| etag.starts_with('E')));
        for part in [
            format!("<{root} xmlns=\"{NAMESPACE}\">"),
            "<DefaultRootObject>index.html</DefaultRootObject>".into(),
            "<OriginPath>/web</OriginPath>".into(),
            "<CustomErrorResponse><ErrorCode>404</ErrorCode><ResponsePagePath>/404.html</ResponsePagePath>"
                .into(),
        ] {
            assert!(answer.document.contains(&part), "{part}: {}", answer.document);
        }
    }
}

#[test]
fn cache_policies_are_behaviours_and_documents_of_their_own() {
    let cloudfront = cloudfront();
    let policy = CachePolicy::new("by-page", QueryStrings::Whitelist(vec!["page".into(), "lang".into()]));
    let origin = Origin::new("site", "").behaviour("blog/*", policy);
    let managed = CachePolicy::managed("Managed-CachingOptimized").expect("it is known");
    cloudfront.create_distribution(None, "E1", origin.cache_policy(managed), now());
    let config = ask(&cloudfront, "GetDistributionConfig", "E1", None, None);
    let config = config.unwrap_or_else(|refusal| panic!("{refusal:?}")).document;
    for part in [
        "<DefaultCacheBehavior><TargetOriginId>site</TargetOriginId>",
        "<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId></DefaultCacheBehavior>",
        "<CacheBehaviors><Quantity>1</Quantity><Items><CacheBehavior><PathPattern>blog/*</PathPattern>",
        "<CachePolicyId>by-page</CachePolicyId></CacheBehavior></Items></CacheBehaviors>",
    ] {
        assert!(config.contains(part), "{part}: {config}");
    }
    let iam = Iam::default();
    let arn = |id: &str| format!("arn:aws:cloudfront::{}:cache-policy/{id}", crate::ACCOUNT);
    let allowed = Statement::allow(
        &["cloudfront:GetCachePolicy"],
        &[&arn("by-page"), &arn("absent"), &arn("4cc15a8a-d715-48a4-82b8-cc0b614638fe")],
    );
    let key = iam.create_user("reader", vec![PolicyDocument::new(vec![allowed])]);
    let reader = iam.principal(&key.id, None, now()).expect("a user");
    let read = |id: &str| {
        let target =
            Target { cache_policy: Some(id.into()), ..Target::new(Service::CloudFront, "GetCachePolicy") };
        operate(&cloudfront, &reader, &target, None, b"", now()).map(|answer| answer.document)
    };
    for (id, part) in [
        (
            "by-page",
            "<QueryStringBehavior>whitelist</QueryStringBehavior><QueryStrings><Quantity>2</Quantity><Items>\
             <Name>page</Name><Name>lang</Name></Items></QueryStrings>",
        ),
        ("4cc15a8a-d715-48a4-82b8-cc0b614638fe", "<QueryStringBehavior>all</QueryStringBehavior>"),
    ] {
        let document = read(id).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        assert!(document.contains(part), "{part}: {document}");
    }
    for (id, status, code) in
        [("absent", 404, "NoSuchCachePolicy"), ("658327ea-f89d-4fab-a63d-7e88639e58f6", 403, "AccessDenied")]
    {
        let refusal = read(id).expect_err(code);
        assert_eq!((refusal.status.as_u16(), refusal.code.as_ref()), (status, code));
    }
}

#[test]
fn refusals() {
    let cloudfront = cloudfront();
    for (operation, id, invalidation, status, code, message) in [
        (
            "CreateInvalidation",
            "E2",
            None,
            403,
            "AccessDenied",
            "on resource: arn:aws:cloudfront::111122223333:distribution/E2 because no identity-based policy allows the cloudfront:CreateInvalidation action",
        ),
        (
            "GetDistribution",
            "E2",
            None,
            404,
            "NoSuchDistribution",
            "The specified distribution does not exist.",
        ),
        (
            "CreateInvalidation",
            "E9",
            None,
            404,
            "NoSuchDistribution",
            "The specified distribution does not exist.",
        ),
        (
            "GetInvalidation",
            "E1",
            Some("I1"),
            404,
            "NoSuchInvalidation",
            "The specified invalidation does not exist.",
        ),
        (UNKNOWN, "E1", None, 404, "UnknownOperationException", "does not provide"),
    ] {
        let Err(refusal) = ask(&cloudfront, operation, id, invalidation, None) else {
            panic!("{operation} {id}")
        };
        assert_eq!((refusal.status.as_u16(), refusal.code.as_ref()), (status, code), "{operation} {id}");
        assert!(refusal.message.contains(message), "{}", refusal.message);
    }
}

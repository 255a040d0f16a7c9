//! The documents that CloudFront answers with.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::NAMESPACE;
use super::cache_policy::CachePolicy;
use super::distribution::{Distribution, Origin};
use super::invalidation::Invalidation;
use crate::refusal::Refusal;
use crate::sts::Form;
use crate::xml;

/// Invalidations on a page unless asked for otherwise.
const PAGE: usize = 100;

/// `Invalidation`.
pub(super) fn invalidation(invalidation: &Invalidation) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Document<'a> {
        #[serde(rename = "@xmlns")]
        namespace: &'a str,
        id: &'a str,
        status: &'a str,
        create_time: String,
        invalidation_batch: Batch<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Batch<'a> {
        paths: Paths<'a>,
        caller_reference: &'a str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Paths<'a> {
        quantity: usize,
        items: Items<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Items<'a> {
        path: &'a [String],
    }
    let Invalidation { id, paths, caller_reference, status, created } = invalidation;
    let paths = Paths { quantity: paths.len(), items: Items { path: paths } };
    let invalidation_batch = Batch { paths, caller_reference };
    let (status, create_time) = (status.as_str(), time(*created));
    xml::document(
        "Invalidation",
        &Document { namespace: NAMESPACE, id, status, create_time, invalidation_batch },
    )
}

/// `InvalidationList`, newest first, from behind the `Marker` of the query.
pub(super) fn invalidation_list<'a>(all: &'a [Invalidation], query: Option<&str>) -> Result<String, Refusal> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Document<'a> {
        #[serde(rename = "@xmlns")]
        namespace: &'a str,
        marker: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_marker: Option<&'a str>,
        max_items: usize,
        is_truncated: bool,
        quantity: usize,
        items: Items<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Items<'a> {
        invalidation_summary: Vec<Summary<'a>>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Summary<'a> {
        id: &'a str,
        create_time: String,
        status: &'a str,
    }
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    let marker = query.get("Marker").unwrap_or_default();
    let invalid =
        || Refusal::bad_request("InvalidArgument", "The parameter MaxItems is not a number from 1 on.");
    let max_items = query.get("MaxItems").map_or(Ok(PAGE), |text| text.parse().map_err(|_| invalid()))?;
    if max_items == 0 {
        return Err(invalid());
    }
    let newest_first: Vec<&'a Invalidation> = all.iter().rev().collect();
    let start = newest_first.iter().position(|one| one.id == marker).map_or(0, |position| position + 1);
    let page: Vec<&&'a Invalidation> = newest_first[start..].iter().take(max_items).collect();
    let is_truncated = start + page.len() < newest_first.len();
    let next_marker = page.last().filter(|_| is_truncated).map(|last| last.id.as_str());
    let summary = |one: &&&'a Invalidation| Summary {
        id: &one.id,
        create_time: time(one.created),
        status: one.status.as_str(),
    };
    let invalidation_summary = page.iter().map(summary).collect();
    let items = Items { invalidation_summary };
    let quantity = page.len();
    Ok(xml::document(
        "InvalidationList",
        &Document { namespace: NAMESPACE, marker, next_marker, max_items, is_truncated, quantity, items },
    ))
}

/// `Distribution`.
pub(super) fn distribution(distribution: &Distribution, arn: &str, now: Timestamp) -> String {
    let Distribution { id, created, invalidations, .. } = distribution;
    xml::document(
        "Distribution",
        &json!({
            "@xmlns": NAMESPACE,
            "Id": id,
            "ARN": arn,
            "Status": "Deployed",
            "LastModifiedTime": time(*created),
            "InProgressInvalidationBatches": invalidations.in_progress(now),
            "DomainName": format!("{}.localhost", id.to_lowercase()),
            "ActiveTrustedSigners": { "Enabled": false, "Quantity": 0 },
            "ActiveTrustedKeyGroups": { "Enabled": false, "Quantity": 0 },
            "DistributionConfig": config(distribution),
        }),
    )
}

/// `DistributionConfig`.
pub(super) fn distribution_config(distribution: &Distribution) -> String {
    let mut document = json!({ "@xmlns": NAMESPACE });
    if let (Some(target), serde_json::Value::Object(config)) =
        (document.as_object_mut(), config(distribution))
    {
        target.extend(config);
    }
    xml::document("DistributionConfig", &document)
}

fn config(distribution: &Distribution) -> serde_json::Value {
    let origin = &distribution.origin;
    let path = if origin.path.is_empty() { String::new() } else { format!("/{}", origin.path) };
    let host = origin.host.clone().unwrap_or_else(|| format!("{}.s3.amazonaws.com", origin.bucket));
    let errors = origin.errors.iter().map(|(code, response)| {
        json!({
            "ErrorCode": code,
            "ResponsePagePath": format!("/{}", response.page),
            "ResponseCode": response.status.to_string(),
            "ErrorCachingMinTTL": origin.error_minimum.as_secs(),
        })
    });
    let errors: Vec<_> = errors.collect();
    let mut custom_errors = json!({ "Quantity": errors.len() });
    if !errors.is_empty() {
        custom_errors["Items"] = json!({ "CustomErrorResponse": errors });
    }
    let mut behaviours = json!({ "Quantity": origin.behaviours.len() });
    if !origin.behaviours.is_empty() {
        let all = origin.behaviours.iter();
        let all: Vec<_> =
            all.map(|(pattern, policy)| behaviour(origin, Some(pattern), Some(policy))).collect();
        behaviours["Items"] = json!({ "CacheBehavior": all });
    }
    json!({
        "CallerReference": distribution.id,
        "Aliases": { "Quantity": 0 },
        "DefaultRootObject": origin.default_root_object.clone().unwrap_or_default(),
        "Origins": { "Quantity": 1, "Items": { "Origin": {
            "Id": origin.bucket,
            "DomainName": host,
            "OriginPath": path,
            "CustomHeaders": { "Quantity": 0 },
            "S3OriginConfig": { "OriginAccessIdentity": "" },
        } } },
        "OriginGroups": { "Quantity": 0 },
        "DefaultCacheBehavior": behaviour(origin, None, origin.cache_policy.as_ref()),
        "CacheBehaviors": behaviours,
        "CustomErrorResponses": custom_errors,
        "Comment": "",
        "PriceClass": "PriceClass_All",
        "Enabled": true,
    })
}

/// A cache behaviour, by a policy or by itself as they were before there were policies.
fn behaviour(origin: &Origin, pattern: Option<&str>, policy: Option<&CachePolicy>) -> serde_json::Value {
    let mut behaviour = json!({});
    if let Some(pattern) = pattern {
        behaviour["PathPattern"] = json!(pattern);
    }
    behaviour["TargetOriginId"] = json!(origin.bucket);
    behaviour["ViewerProtocolPolicy"] = json!("allow-all");
    behaviour["Compress"] = json!(false);
    if let Some(policy) = policy {
        behaviour["CachePolicyId"] = json!(policy.id);
        return behaviour;
    }
    behaviour["ForwardedValues"] = json!({
        "QueryString": origin.query_strings,
        "Cookies": { "Forward": "none" },
        "Headers": { "Quantity": 0 },
        "QueryStringCacheKeys": { "Quantity": 0 },
    });
    behaviour["MinTTL"] = json!(origin.limits.minimum.as_secs());
    behaviour["DefaultTTL"] = json!(origin.limits.default.as_secs());
    behaviour["MaxTTL"] = json!(origin.limits.maximum.as_secs());
    behaviour
}

/// `CachePolicy`.
pub(super) fn cache_policy(policy: &CachePolicy, now: Timestamp) -> String {
    let CachePolicy { id, name, query_strings, limits } = policy;
    let mut strings = json!({ "QueryStringBehavior": query_strings.word() });
    if !query_strings.names().is_empty() {
        let (quantity, names) = (query_strings.names().len(), query_strings.names());
        strings["QueryStrings"] = json!({ "Quantity": quantity, "Items": { "Name": names } });
    }
    xml::document(
        "CachePolicy",
        &json!({
            "@xmlns": NAMESPACE,
            "Id": id,
            "LastModifiedTime": time(now),
            "CachePolicyConfig": {
                "Name": name,
                "DefaultTTL": limits.default.as_secs(),
                "MaxTTL": limits.maximum.as_secs(),
                "MinTTL": limits.minimum.as_secs(),
                "ParametersInCacheKeyAndForwardedToOrigin": {
                    "EnableAcceptEncodingGzip": false,
                    "EnableAcceptEncodingBrotli": false,
                    "HeadersConfig": { "HeaderBehavior": "none" },
                    "CookiesConfig": { "CookieBehavior": "none" },
                    "QueryStringsConfig": strings,
                },
            },
        }),
    )
}

/// As CloudFront writes times.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

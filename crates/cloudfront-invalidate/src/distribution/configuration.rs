//! A distribution's configuration in the words of its API, and what it says of addresses.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{
    CacheBehaviors, CachePolicyQueryStringBehavior, CustomErrorResponse, CustomErrorResponses,
    DistributionConfig, ForwardedValues, Origin, Origins,
};
use percent_encoding::percent_decode_str;

use super::Distribution;
use crate::changes::query_strings::{PathPattern, QueryStrings};
use crate::permissions::{GET_CACHE_POLICY, GET_DISTRIBUTION_CONFIG};
use crate::refusal::Refusal;
use crate::setup;
use crate::setup::Setup;

/// How one cache behaviour says whether the query string is part of what a copy is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// By itself.
    Own(bool),
    /// By the cache policy of this id.
    Policy(String),
}

impl Distribution {
    /// Asks how the distribution is set up, and its cache policies. A policy that
    /// may not be read is named in the answer.
    pub async fn get_setup(&self) -> Result<Setup, Refusal> {
        let output = self
            .cloudfront
            .client
            .get_distribution_config()
            .id(self.id.as_str())
            .send()
            .await
            .map_err(|error| self.refusal(&error, GET_DISTRIBUTION_CONFIG))?;
        let config = output.distribution_config.ok_or_else(Refusal::unreadable)?;
        let (patterns, otherwise) = rules(&config);
        let mut policies = BTreeMap::new();
        let mut unread_policies = Vec::new();
        for rule in patterns.iter().map(|(_, rule)| rule).chain([&otherwise]) {
            let Rule::Policy(id) = rule else { continue };
            if policies.contains_key(id) {
                continue;
            }
            let vary = match self.get_cache_policy(id).await {
                Ok(vary) => Some(vary),
                Err(refusal) if refusal.wait().is_some() => return Err(refusal),
                Err(refusal) => {
                    unread_policies.push((id.clone(), refusal.text().to_owned()));
                    None
                }
            };
            policies.insert(id.clone(), vary);
        }
        let vary = |rule: &Rule| match rule {
            Rule::Own(vary) => Some(*vary),
            Rule::Policy(id) => policies.get(id).copied().flatten(),
        };
        let patterns: Option<Vec<_>> =
            patterns.iter().map(|(pattern, rule)| Some((PathPattern::new(pattern), vary(rule)?))).collect();
        let query_strings = patterns
            .zip(vary(&otherwise))
            .map(|(patterns, otherwise)| QueryStrings::by_pattern(patterns, otherwise));
        Ok(Setup { query_strings, unread_policies, ..plain(&config) })
    }

    /// Whether a cache policy makes the query string, or a part of it, part of what a copy is known by.
    async fn get_cache_policy(&self, id: &str) -> Result<bool, Refusal> {
        let output = self
            .cloudfront
            .client
            .get_cache_policy()
            .id(id)
            .send()
            .await
            .map_err(|error| self.refusal(&error, GET_CACHE_POLICY))?;
        let config = output.cache_policy.and_then(|policy| policy.cache_policy_config);
        let parameters = config.and_then(|config| config.parameters_in_cache_key_and_forwarded_to_origin);
        let behaviour = parameters.and_then(|parameters| parameters.query_strings_config);
        let behaviour = behaviour.ok_or_else(Refusal::unreadable)?.query_string_behavior;
        Ok(behaviour != CachePolicyQueryStringBehavior::None)
    }
}

/// The rules of the cache behaviours, by their path patterns and in their order, and that of the default one.
#[expect(deprecated, reason = "distributions without a cache policy still say it there")]
fn rules(config: &DistributionConfig) -> (Vec<(String, Rule)>, Rule) {
    let rule = |policy: Option<&str>, own: Option<&ForwardedValues>| match policy {
        Some(id) => Rule::Policy(id.to_owned()),
        None => Rule::Own(own.is_some_and(|own| own.query_string)),
    };
    let behaviours = config.cache_behaviors.iter().flat_map(CacheBehaviors::items);
    let patterns = behaviours.map(|behaviour| {
        let rule = rule(behaviour.cache_policy_id(), behaviour.forwarded_values());
        (behaviour.path_pattern.clone(), rule)
    });
    let default = config.default_cache_behavior.as_ref();
    let otherwise = default.map_or(Rule::Own(false), |behaviour| {
        rule(behaviour.cache_policy_id(), behaviour.forwarded_values())
    });
    (patterns.collect(), otherwise)
}

/// What the configuration tells without its cache policies.
fn plain(config: &DistributionConfig) -> Setup {
    let root_page = config.default_root_object().map(|root| root.trim_start_matches('/').to_owned());
    let responses = config.custom_error_responses.iter().flat_map(CustomErrorResponses::items);
    let origins = config.origins.iter().flat_map(Origins::items);
    Setup {
        root_page: root_page.filter(|root| !root.is_empty()),
        fallback_pages: responses.filter_map(fallback_page).collect(),
        origins: origins.map(origin).collect(),
        query_strings: None,
        unread_policies: Vec::new(),
    }
}

/// The page that is served with a status of success. One that is served as an error goes by itself, when the error's
/// least time to live has passed.
fn fallback_page(response: &CustomErrorResponse) -> Option<String> {
    let is_success = response.response_code().is_some_and(|code| code.starts_with('2'));
    let page = response.response_page_path().filter(|page| is_success && !page.is_empty())?;
    Some(percent_decode_str(page.trim_start_matches('/')).decode_utf8_lossy().into_owned())
}

fn origin(origin: &Origin) -> setup::Origin {
    setup::Origin {
        domain: origin.domain_name.clone(),
        path: origin.origin_path().unwrap_or_default().to_owned(),
    }
}

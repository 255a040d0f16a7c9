//! The variables that decide how a pipe reaches AWS, as the step gives them.

use std::fmt;

use serde::Deserialize;

/// The raw variables of this crate. Values are expected trimmed and never blank: blank means absent.
///
/// Several are secrets, so `Debug` shows only which ones are given.
#[derive(Clone, Default, Deserialize)]
pub struct Variables {
    /// The role to assume with the step's token. Read from `AWS_OIDC_ROLE_ARN`.
    pub aws_oidc_role_arn: Option<String>,
    /// The step's token, given by `oidc: true` on the step. Read from `BITBUCKET_STEP_OIDC_TOKEN`.
    pub bitbucket_step_oidc_token: Option<String>,
    /// Static access key. Read from `AWS_ACCESS_KEY_ID`.
    pub aws_access_key_id: Option<String>,
    /// Its secret. Read from `AWS_SECRET_ACCESS_KEY`.
    pub aws_secret_access_key: Option<String>,
    /// Makes the static keys temporary ones. Read from `AWS_SESSION_TOKEN`.
    pub aws_session_token: Option<String>,
    /// The region. Read from `AWS_DEFAULT_REGION`.
    pub aws_default_region: Option<String>,
    /// The region, where `AWS_DEFAULT_REGION` is absent. Read from `AWS_REGION`.
    pub aws_region: Option<String>,
    /// What `CloudTrail` calls the session. Read from `AWS_ROLE_SESSION_NAME`.
    pub aws_role_session_name: Option<String>,
    /// Life of the role's credentials in seconds. Read from `AWS_ROLE_DURATION_SECONDS`.
    pub aws_role_duration_seconds: Option<String>,
    /// A file with the role's trust policy, to compare a refusal with. Read from `AWS_TRUST_POLICY_FILE`.
    pub aws_trust_policy_file: Option<String>,
    /// Part of the default session name. Read from `BITBUCKET_WORKSPACE`.
    pub bitbucket_workspace: Option<String>,
    /// Part of the default session name. Read from `BITBUCKET_REPO_SLUG`.
    pub bitbucket_repo_slug: Option<String>,
    /// Part of the default session name. Read from `BITBUCKET_BUILD_NUMBER`.
    pub bitbucket_build_number: Option<String>,
    /// Endpoint of every service. Read from `AWS_ENDPOINT_URL`.
    pub aws_endpoint_url: Option<String>,
    /// Endpoint of S3. Read from `AWS_ENDPOINT_URL_S3`.
    pub aws_endpoint_url_s3: Option<String>,
    /// Endpoint of STS. Read from `AWS_ENDPOINT_URL_STS`.
    pub aws_endpoint_url_sts: Option<String>,
    /// Endpoint of `CloudFront`. Read from `AWS_ENDPOINT_URL_CLOUDFRONT`.
    pub aws_endpoint_url_cloudfront: Option<String>,
    /// A PEM file of the certificate authorities to trust instead of the system's. Read from `AWS_CA_BUNDLE`.
    pub aws_ca_bundle: Option<String>,
    /// The proxy of requests over HTTPS; may hold a password. Read from `HTTPS_PROXY`.
    pub https_proxy: Option<String>,
    /// Hosts that are reached without the proxy. Read from `NO_PROXY`.
    pub no_proxy: Option<String>,
}

impl Variables {
    /// The names, in the order of the fields.
    pub const NAMES: &'static [&'static str] = &[
        "AWS_OIDC_ROLE_ARN",
        "BITBUCKET_STEP_OIDC_TOKEN",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_ROLE_SESSION_NAME",
        "AWS_ROLE_DURATION_SECONDS",
        "AWS_TRUST_POLICY_FILE",
        "BITBUCKET_WORKSPACE",
        "BITBUCKET_REPO_SLUG",
        "BITBUCKET_BUILD_NUMBER",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_CLOUDFRONT",
        "AWS_CA_BUNDLE",
        "HTTPS_PROXY",
        "NO_PROXY",
    ];

    /// What an absent variable means, where that is one word. Giving this word changes nothing.
    pub const DEFAULTS: &'static [(&'static str, &'static str)] = &[("AWS_ROLE_DURATION_SECONDS", "3600")];
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variables")
            .field("oidc_role_arn", &self.aws_oidc_role_arn)
            .field("oidc_token_given", &self.bitbucket_step_oidc_token.is_some())
            .field("keys_given", &self.aws_secret_access_key.is_some())
            .field("default_region", &self.aws_default_region)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde::de::value::Error;
    use serde::de::{Deserializer, Error as _, Visitor};
    use serde::forward_to_deserialize_any;

    use super::*;
    use crate::Access;

    /// Learns the fields that serde knows of a struct: it fails with their names.
    struct Fields;

    impl<'de> Deserializer<'de> for Fields {
        type Error = Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::custom("not a struct"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Error> {
            Err(Error::custom(fields.join(" ")))
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    #[test]
    fn the_names_are_the_fields() {
        let fields = Variables::deserialize(Fields).expect_err("Fields always fails").to_string();
        assert_eq!(fields.to_uppercase(), Variables::NAMES.join(" "));
    }

    #[test]
    fn giving_the_defaults_changes_nothing() {
        let access = |more: &[(&str, &str)]| {
            let role = [
                ("AWS_OIDC_ROLE_ARN", "arn:aws:iam::123456789012:role/Deploy"),
                ("BITBUCKET_STEP_OIDC_TOKEN", "e30.e30.c2ln"),
            ];
            let pairs = role.iter().chain(more).map(|(name, value)| (name.to_lowercase(), (*value).into()));
            let given = serde_json::Value::Object(pairs.collect());
            let variables = Variables::deserialize(given).expect("all fields are optional strings");
            format!("{:?}", Access::from_variables(&variables).expect("a role and a token are enough"))
        };
        assert_eq!(access(Variables::DEFAULTS), access(&[]));
        assert_ne!(access(&[("AWS_ROLE_DURATION_SECONDS", "900")]), access(&[]));
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = || Some("hunter2".to_owned());
        let variables = Variables {
            bitbucket_step_oidc_token: secret(),
            aws_access_key_id: secret(),
            aws_secret_access_key: secret(),
            aws_session_token: secret(),
            https_proxy: Some("http://me:hunter2@proxy".into()),
            aws_default_region: Some("eu-west-1".into()),
            ..Variables::default()
        };
        let debug = format!("{variables:?}");
        assert!(debug.contains("eu-west-1"), "{debug}");
        assert!(!debug.contains("hunter2"), "{debug}");
    }
}

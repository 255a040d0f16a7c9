//! Which of the two ways to AWS a step has: its token and a role, or static keys.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use jiff::Timestamp;

use crate::decision::{Decision, Notice, decide};
use crate::endpoint::{Endpoints, Service};
use crate::fault::Fault;
use crate::keys::StaticKeys;
use crate::network::Network;
use crate::partition::Partition;
use crate::provider::{OidcCredentials, WebIdentity};
use crate::refusal::{AccessError, Untimely};
use crate::region::Region;
use crate::sdk::{self, Common};
use crate::session::{Login, Session};
use crate::session_name::SessionName;
use crate::token::WebIdentityToken;
use crate::trace::Trace;
use crate::trust_policy::TrustPolicy;
use crate::variables::Variables;

/// How the SDK names the source of static keys.
const PROVIDER_NAME: &str = "PipeVariables";

/// A decided and checked way to AWS, before anything was sent.
#[derive(Debug)]
pub struct Access {
    way: Way,
    notices: Vec<Notice>,
    endpoints: Endpoints,
    network: Network,
    region: Option<Region>,
    secrets: Secrets,
    trace: Trace,
    trust_policy: Option<TrustPolicy>,
}

#[derive(Debug)]
enum Way {
    Oidc(WebIdentity),
    Keys(StaticKeys),
}

/// Every secret among the variables, used or not.
struct Secrets(Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("** redacted **")
    }
}

impl Access {
    /// Decides and checks; nothing is sent. All mistakes are found at once.
    pub fn from_variables(variables: &Variables) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let decision = decide(variables).map_err(|fault| faults.push(fault)).ok();
        let session_name = session_name(variables, &mut faults);
        let duration =
            parse("AWS_ROLE_DURATION_SECONDS", variables.aws_role_duration_seconds.as_deref(), &mut faults);
        let region = match &variables.aws_default_region {
            Some(region) => parse("AWS_DEFAULT_REGION", Some(region), &mut faults),
            None => parse("AWS_REGION", variables.aws_region.as_deref(), &mut faults),
        };
        let endpoints = Endpoints::from_variables(variables, &mut faults);
        let network = Network::from_variables(variables, &mut faults);
        let trust_policy = variables.aws_trust_policy_file.as_deref().map(TrustPolicy::read);
        let trust_policy = trust_policy.and_then(|read| read.map_err(|fault| faults.push(fault)).ok());
        let way = decision.as_ref().and_then(|decision| match *decision {
            Decision::Oidc { role, token } => Some(Way::Oidc(WebIdentity {
                role: parse("AWS_OIDC_ROLE_ARN", Some(role), &mut faults)?,
                token: WebIdentityToken::read(token).map_err(|fault| faults.push(fault)).ok()?,
                session_name: session_name?,
                duration: duration.unwrap_or_default(),
            })),
            Decision::Keys { id, secret, session, .. } => Some(Way::Keys(StaticKeys {
                access_key_id: id.to_owned(),
                secret_access_key: secret.to_owned(),
                session_token: session.map(str::to_owned),
            })),
        });
        match (way, decision) {
            (Some(way), Some(decision)) if faults.is_empty() => {
                let secrets = secrets(variables, &network);
                let notices = decision.notices();
                let trace = Trace::default();
                Ok(Self { way, notices, endpoints, network, region, secrets, trace, trust_policy })
            }
            _ => Err(faults),
        }
    }

    /// Tells `trace` of every attempt at a request, those of the session's clients included.
    #[must_use]
    pub fn traced(self, trace: Trace) -> Self {
        Self { trace, ..self }
    }

    /// The official pipes' lines for this decision, in order.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// What no log may show: token, secret key, session token and a proxy's password, used or not.
    #[must_use]
    pub fn secrets(&self) -> Vec<&str> {
        self.secrets.0.iter().map(String::as_str).collect()
    }

    /// Logs in. With OIDC this is the exchange, and a refusal is told here; with keys no request is made.
    pub async fn connect(&self) -> Result<Session, AccessError> {
        let http = self.network.http_client(self.endpoints.are_plain());
        let login = match &self.way {
            Way::Oidc(identity) => {
                if let Some(untimely) = Untimely::judge(&identity.token, Timestamp::now()) {
                    return Err(AccessError::Untimely(Box::new(untimely)));
                }
                let region = sts_region(identity.role.partition(), self.region.as_ref());
                let endpoint = self.endpoints.custom(Service::Sts);
                let place = match endpoint {
                    Some(endpoint) => format!("STS at {endpoint}"),
                    None => format!("STS of {region}"),
                };
                let sts = sdk::sts_client(&Common { http: &http, endpoint, region }, &self.trace);
                let connected = OidcCredentials::connect(sts, place, identity.clone()).await;
                let (provider, exchanged) =
                    connected.map_err(|error| error.beside(self.trust_policy.as_ref()))?;
                Login {
                    partition: identity.role.partition(),
                    principal: Some(exchanged.principal),
                    provider: SharedCredentialsProvider::new(provider),
                    first: exchanged.credentials,
                }
            }
            Way::Keys(keys) => {
                let credentials = Credentials::new(
                    &keys.access_key_id,
                    &keys.secret_access_key,
                    keys.session_token.clone(),
                    None,
                    PROVIDER_NAME,
                );
                Login {
                    partition: self.region.as_ref().map_or(Partition::Aws, Region::partition),
                    principal: None,
                    provider: SharedCredentialsProvider::new(credentials.clone()),
                    first: credentials,
                }
            }
        };
        Ok(Session::new(http, self.endpoints.clone(), self.region.clone(), self.trace.clone(), login))
    }
}

/// A region of another cloud than the role's has no STS that knows the role.
fn sts_region(partition: Partition, region: Option<&Region>) -> &str {
    match region {
        Some(region) if region.partition() == partition => region.as_str(),
        _ => partition.default_region(),
    }
}

fn session_name(variables: &Variables, faults: &mut Vec<Fault>) -> Option<SessionName> {
    match variables.aws_role_session_name.as_deref() {
        Some(name) => parse("AWS_ROLE_SESSION_NAME", Some(name), faults),
        None => Some(SessionName::of_build(
            variables.bitbucket_workspace.as_deref(),
            variables.bitbucket_repo_slug.as_deref(),
            variables.bitbucket_build_number.as_deref(),
        )),
    }
}

fn parse<T>(variable: &'static str, value: Option<&str>, faults: &mut Vec<Fault>) -> Option<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    value?.parse().map_err(|error| faults.push(Fault::new(variable, error))).ok()
}

fn secrets(variables: &Variables, network: &Network) -> Secrets {
    let given = [
        &variables.bitbucket_step_oidc_token,
        &variables.aws_secret_access_key,
        &variables.aws_session_token,
    ];
    let given = given.into_iter().filter_map(|secret| secret.as_deref());
    Secrets(given.chain(network.secret()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use aws_config::retry::RetryConfig;

    use super::*;

    const ROLE: &str = "arn:aws:iam::123456789012:role/Deploy";
    /// Two empty objects, and what stands for a signature.
    const TOKEN: &str = "e30.e30.token-hunter2";

    fn oidc() -> Variables {
        Variables {
            aws_oidc_role_arn: Some(ROLE.into()),
            bitbucket_step_oidc_token: Some(TOKEN.into()),
            ..Variables::default()
        }
    }

    fn keys() -> Variables {
        Variables {
            aws_access_key_id: Some("AKIAEXAMPLE".into()),
            aws_secret_access_key: Some("secret-hunter2".into()),
            aws_session_token: Some("session-hunter2".into()),
            ..Variables::default()
        }
    }

    fn identity(variables: &Variables) -> WebIdentity {
        match Access::from_variables(variables).expect("the variables are right").way {
            Way::Oidc(identity) => identity,
            Way::Keys(_) => unreachable!("a role and a token are given"),
        }
    }

    #[test]
    fn the_session_is_named_after_the_build_unless_it_is_named() {
        let build = Variables {
            bitbucket_workspace: Some("acme".into()),
            bitbucket_repo_slug: Some("site".into()),
            bitbucket_build_number: Some("42".into()),
            ..oidc()
        };
        assert_eq!(identity(&oidc()).session_name.as_str(), "bitbucket-pipe");
        assert_eq!(identity(&oidc()).duration.seconds(), 3600);
        assert_eq!(identity(&build).session_name.as_str(), "acme-site-42");
        let named = Variables {
            aws_role_session_name: Some("release".into()),
            aws_role_duration_seconds: Some("900".into()),
            ..build
        };
        assert_eq!(identity(&named).session_name.as_str(), "release");
        assert_eq!(identity(&named).duration.seconds(), 900);
    }

    #[test]
    fn every_fault_is_found_at_once() {
        let variables = Variables {
            aws_oidc_role_arn: Some("Deploy".into()),
            aws_role_session_name: Some("a b".into()),
            aws_role_duration_seconds: Some("1h".into()),
            aws_default_region: Some("Frankfurt".into()),
            aws_endpoint_url_s3: Some("storage".into()),
            aws_ca_bundle: Some("/absent/bundle.pem".into()),
            https_proxy: Some("socks5://proxy".into()),
            ..oidc()
        };
        let faults = Access::from_variables(&variables).expect_err("nothing is right");
        let mut variables: Vec<_> = faults.iter().map(|fault| fault.variable).collect();
        variables.sort_unstable();
        assert_eq!(
            variables,
            [
                "AWS_CA_BUNDLE",
                "AWS_DEFAULT_REGION",
                "AWS_ENDPOINT_URL_S3",
                "AWS_OIDC_ROLE_ARN",
                "AWS_ROLE_DURATION_SECONDS",
                "AWS_ROLE_SESSION_NAME",
                "HTTPS_PROXY",
            ]
        );
    }

    #[test]
    fn a_role_that_is_not_used_is_not_judged() {
        let variables = Variables { aws_oidc_role_arn: Some("Deploy".into()), ..keys() };
        let access = Access::from_variables(&variables).expect("the keys are right");
        assert_eq!(access.notices().len(), 2);
    }

    #[test]
    fn the_default_region_goes_before_the_other() {
        let region = |default: Option<&str>, other: Option<&str>| {
            let variables = Variables {
                aws_default_region: default.map(str::to_owned),
                aws_region: other.map(str::to_owned),
                ..keys()
            };
            let access = Access::from_variables(&variables).expect("the regions are right");
            access.region.map(|region| region.as_str().to_owned())
        };
        assert_eq!(region(Some("eu-west-1"), Some("us-east-2")).as_deref(), Some("eu-west-1"));
        assert_eq!(region(None, Some("us-east-2")).as_deref(), Some("us-east-2"));
        assert_eq!(region(None, None), None);
    }

    #[test]
    fn sts_is_asked_in_the_roles_own_cloud() {
        for (partition, region, expected) in [
            (Partition::Aws, None, "us-east-1"),
            (Partition::Aws, Some("eu-west-1"), "eu-west-1"),
            (Partition::Aws, Some("cn-north-1"), "us-east-1"),
            (Partition::China, Some("cn-northwest-1"), "cn-northwest-1"),
            (Partition::China, Some("eu-west-1"), "cn-north-1"),
            (Partition::GovCloud, None, "us-gov-west-1"),
        ] {
            let region: Option<Region> = region.map(|region| region.parse().expect(region));
            assert_eq!(sts_region(partition, region.as_ref()), expected, "{partition} {region:?}");
        }
    }

    #[test]
    fn secrets_are_listed_and_never_shown() {
        let variables = Variables {
            aws_oidc_role_arn: Some(ROLE.into()),
            bitbucket_step_oidc_token: Some(TOKEN.into()),
            https_proxy: Some("http://me:proxy-hunter2@proxy".into()),
            ..keys()
        };
        for (variables, count) in [(oidc(), 1), (keys(), 2), (variables, 4)] {
            let access = Access::from_variables(&variables).expect("the variables are right");
            let debug = format!("{access:?}");
            assert!(!debug.contains("hunter2"), "{debug}");
            assert_eq!(access.secrets().len(), count);
            assert!(access.secrets().iter().all(|secret| secret.ends_with("hunter2")));
        }
    }

    #[tokio::test]
    async fn keys_connect_without_a_request() {
        let variables = Variables { aws_region: Some("cn-north-1".into()), ..keys() };
        let access = Access::from_variables(&variables).expect("the keys are right");
        let session = access.connect().await.expect("nothing can refuse");
        assert_eq!(session.principal(), None);
        assert_eq!((session.partition(), session.region()), (Partition::China, Some("cn-north-1")));
        assert_eq!(session.secrets(), ["secret-hunter2", "session-hunter2"]);
        let debug = format!("{session:?} {:?}", session.sdk_config(Service::S3, "eu-west-1"));
        assert!(!debug.contains("hunter2"), "{debug}");
    }

    #[tokio::test]
    async fn a_services_settings_are_its_own() {
        let variables =
            Variables { aws_endpoint_url_s3: Some("https://storage.example.com".into()), ..keys() };
        let access = Access::from_variables(&variables).expect("the keys are right");
        let session = access.connect().await.expect("nothing can refuse");
        let (s3, cloudfront) = (
            session.sdk_config(Service::S3, "eu-west-1"),
            session.sdk_config(Service::CloudFront, "us-east-1"),
        );
        assert_eq!(s3.endpoint_url(), Some("https://storage.example.com"));
        assert_eq!(s3.region().map(ToString::to_string).as_deref(), Some("eu-west-1"));
        assert_eq!(cloudfront.endpoint_url(), None);
        assert_eq!(cloudfront.region().map(ToString::to_string).as_deref(), Some("us-east-1"));
        assert!(
            s3.retry_config().map(RetryConfig::max_attempts)
                > cloudfront.retry_config().map(RetryConfig::max_attempts)
        );
        assert_ne!(session.retry_partition(Service::S3), session.retry_partition(Service::CloudFront));
    }
}

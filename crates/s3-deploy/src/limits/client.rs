//! The HTTP client of a deploy: every attempt of every request waits here for its turn, and its answer is learnt from.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;

use super::Limits;
use super::limiter::Answer;

/// S3 answers `SlowDown` and `ServiceUnavailable` with 503; some stores say 429.
const ASKS_FOR_LESS: [u16; 2] = [429, 503];

/// A client within limits. Below retries, so that these wait their turn too, and hold nobody up while they back off.
#[derive(Debug)]
pub(crate) struct LimitedClient {
    client: SharedHttpClient,
    limits: Limits,
}

impl LimitedClient {
    pub(crate) fn new(client: SharedHttpClient, limits: Limits) -> Self {
        Self { client, limits }
    }
}

impl HttpClient for LimitedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(LimitedConnector { connector, limits: self.limits.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct LimitedConnector {
    connector: SharedHttpConnector,
    limits: Limits,
}

impl HttpConnector for LimitedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, limits) = (self.connector.clone(), self.limits.clone());
        HttpConnectorFuture::new(async move {
            let bytes = request.body().bytes().map_or(0, |body| body.len() as u64);
            let sent = limits.turn().await;
            let reply = connector.call(request).await;
            let answer = match &reply {
                Ok(reply) if ASKS_FOR_LESS.contains(&reply.status().as_u16()) => Answer::SlowDown,
                Ok(_) => Answer::Taken { bytes },
                Err(_) => Answer::None,
            };
            limits.answered(sent, answer);
            reply
        })
    }
}

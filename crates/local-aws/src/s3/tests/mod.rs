//! The service through the AWS SDK, over a real connection: what is promised to a client, said by one.

mod access;
mod copying;
mod deleting;
mod encryption;
mod integrity;
mod listing;
mod multipart;
mod versions;
mod writing;

use std::net::SocketAddr;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::Builder as HttpClient;
use http::StatusCode;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::{AccessRequest, Denial, Guard, Store, service};

const BUCKET: &str = "DOC-EXAMPLE-BUCKET";
const REGION: &str = "eu-west-1";
const KEY: &str = "ASIAEXAMPLE";
const SECRET: &str = "secret";
const TOKEN: &str = "session-token";

/// A role that may do everything but what is listed here, as action and start of the resource.
#[derive(Default)]
struct Role(Vec<(&'static str, &'static str)>);

impl Guard for Role {
    fn secret_key(&self, access_key: &str) -> Option<String> {
        (access_key == KEY).then(|| SECRET.to_owned())
    }

    fn authorise(&self, request: &AccessRequest<'_>) -> Result<(), Denial> {
        if request.session_token != Some(TOKEN) {
            return Err(Denial {
                code: "ExpiredToken".to_owned(),
                message: "The provided token has expired.".to_owned(),
                status: StatusCode::BAD_REQUEST,
            });
        }
        let refused = |(action, resource): &(&str, &str)| {
            *action == request.action && request.resource.starts_with(resource)
        };
        if self.0.iter().any(refused) {
            return Err(Denial {
                code: "AccessDenied".to_owned(),
                message: format!(
                    "User: role is not authorized to perform: {} on resource: \"{}\"",
                    request.action, request.resource
                ),
                status: StatusCode::FORBIDDEN,
            });
        }
        Ok(())
    }
}

/// The service on a port of its own, with one bucket.
struct Cloud {
    store: Store,
    address: SocketAddr,
}

impl Cloud {
    async fn start(role: Role) -> Self {
        let store = Store::new();
        store.create_bucket(BUCKET, REGION);
        let service = service(store.clone(), Arc::new(role));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("the listener is open");
                stream.set_nodelay(true).expect("a TCP socket has the option");
                let service = service.clone();
                tokio::spawn(async move {
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service);
                    // A client may hang up whenever it likes.
                    drop(connection.await);
                });
            }
        });
        Self { store, address }
    }

    fn client(&self) -> Client {
        self.client_with(REGION, SECRET, TOKEN)
    }

    fn client_with(&self, region: &'static str, secret: &str, token: &str) -> Client {
        let credentials = Credentials::new(KEY, secret, Some(token.to_owned()), None, "tests");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region))
            .endpoint_url(format!("http://{}", self.address))
            .force_path_style(true)
            .credentials_provider(credentials)
            .http_client(HttpClient::new().build_http())
            .build();
        Client::from_conf(config)
    }
}

/// The code and the HTTP status of a refusal.
fn refusal<T, E>(result: Result<T, SdkError<E>>) -> (String, u16)
where
    E: ProvideErrorMetadata,
{
    let Err(error) = result else {
        panic!("this was expected to be refused");
    };
    let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
    let code = error.code().unwrap_or_default().to_owned();
    (code, status)
}

fn refused(code: &str, status: u16) -> (String, u16) {
    (code.to_owned(), status)
}

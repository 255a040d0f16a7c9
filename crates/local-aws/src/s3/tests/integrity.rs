//! What arrives is what was sent, or it is refused.

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{BUCKET, Cloud, Role, refusal, refused};

/// Changes the body after the request was signed.
#[derive(Debug)]
struct Tamper;

impl Intercept for Tamper {
    fn name(&self) -> &'static str {
        "Tamper"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        *context.request_mut().body_mut() = SdkBody::from("hellO");
        Ok(())
    }
}

#[tokio::test]
async fn a_body_that_was_not_signed() {
    let cloud = Cloud::start(Role::default()).await;
    let put = cloud.client().put_object().bucket(BUCKET).key("page");
    let put = put.body(ByteStream::from_static(b"hello")).customize();
    let tampered = put.interceptor(Tamper).send().await;
    assert_eq!(refusal(tampered), refused("XAmzContentSHA256Mismatch", 400));
    assert_eq!(cloud.store.object(BUCKET, "page"), None);
}

#[tokio::test]
async fn nothing_follows_an_empty_body_that_waited_to_be_asked_for() {
    let cloud = Cloud::start(Role::default()).await;
    let mut stream = TcpStream::connect(cloud.address).await.expect("it listens");
    let request = b"PUT /DOC-EXAMPLE-BUCKET/empty HTTP/1.1\r\nHost: s3\r\n\
                    Expect: 100-continue\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(request).await.expect("the connection is open");
    let mut answer = String::new();
    // This ends only because the server closes the connection.
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.contains("connection: close"), "{answer}");
}

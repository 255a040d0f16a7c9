//! An embedded AWS (S3, STS, IAM, CloudFront) and Bitbucket issuer for trying and testing the deploy pipes.
//!
//! [`Cloud`] runs all of it behind one port of the loopback interface. Nothing is taken on trust: STS verifies the
//! signature, the issuer, the audience, the times and the subject of a step's token, and S3 and CloudFront verify the
//! signature, the session token, the expiry and the policies of every request, their conditions included.
//!
//! ```
//! use local_aws::{Cloud, Origin, s3::Object};
//!
//! let cloud = Cloud::start();
//! cloud.store().create_bucket("site", "eu-west-1");
//! cloud.store().put("site", "index.html", Object::new("old", jiff::Timestamp::now()));
//! cloud.create_distribution("E1EXAMPLE", Origin::new("site", "").default_root_object("index.html"));
//! assert_eq!(cloud.visit("E1EXAMPLE", "/").text(), "old");
//!
//! // The edge serves what it has until its time ends or an invalidation evicts it.
//! cloud.store().put("site", "index.html", Object::new("new", jiff::Timestamp::now()));
//! assert!(cloud.visit("E1EXAMPLE", "/").from_cache);
//! cloud.advance(std::time::Duration::from_hours(24));
//! assert_eq!(cloud.visit("E1EXAMPLE", "/").text(), "new");
//! ```
//!
//! # Faults
//!
//! A sentence makes requests fail, from now on and for ever unless it says otherwise:
//!
//! ```
//! # let cloud = local_aws::Cloud::start();
//! # let second = std::time::Duration::from_secs(1);
//! cloud.fail("PutObject").on("assets/app.js").with("SlowDown").times(2);
//! cloud.fail("PutObject").reset().after(10); // Nothing is done, and the connection is reset; ten requests pass.
//! cloud.fail("CreateInvalidation").after_work().times(1); // Everything is done, and the reply is lost.
//! cloud.fail("GetObject").torn(); // Everything is done, and half of the reply is sent.
//! cloud.fail("ListObjectsV2").delay(second).times(1); // Nothing is done for a second, then all is well.
//! cloud.fail("CompleteMultipartUpload").in_success("InternalError"); // `200 OK`, and an error in the body.
//! cloud.fail("PutObject").outage(Some(second)); // Every connection is reset, and for a second new ones are refused.
//! cloud.heal();
//! ```
//!
//! A gate holds a request back until it is opened, so that a test chooses which of two processes comes first:
//!
//! ```
//! # let cloud = local_aws::Cloud::start();
//! let gate = local_aws::Gate::default();
//! cloud.fail("*").held_by(&gate).after(7).times(1); // The eighth request of a pipe, whatever it is.
//! gate.open();
//! ```
//!
//! # Distance and limits
//!
//! ```
//! # let cloud = local_aws::Cloud::start();
//! cloud.latency(std::time::Duration::from_millis(30)); // Each request is answered so much later, as by S3.
//! cloud.throttle("PutObject", 300); // What comes faster than 300 a second is answered with 503 `SlowDown`.
//! assert_eq!(cloud.throttled("PutObject").rejected, 0);
//! ```
//!
//! # TLS
//!
//! ```
//! # let cloud = local_aws::Cloud::start();
//! let authority = local_aws::Authority::for_server(&["127.0.0.1"]);
//! cloud.accept_tls(&authority); // Beside plain HTTP, at the same port.
//! assert!(cloud.tls_endpoint().starts_with("https://127.0.0.1:"));
//! assert!(authority.pem().starts_with("-----BEGIN CERTIFICATE-----")); // For `AWS_CA_BUNDLE`.
//! ```
//!
//! # What it is not
//!
//! A distribution has one edge, an invalidation takes effect there when it is created, and `CreateInvalidation` alone
//! changes a distribution. S3 serves path-style requests; what it has not is refused, never ignored.

pub mod cloudfront;
pub mod iam;
pub mod impostor;
pub mod issuer;
pub mod pipeline;
pub mod s3;
pub mod scenario;

mod authority;
mod cloud;
mod edge;
mod faults;
mod hex;
mod listener;
mod pace;
mod random;
mod refusal;
mod requests;
mod route;
mod s3_operation;
mod signature;
mod sts;
mod target;
mod xml;

pub use self::authority::Authority;
pub use self::cloud::Cloud;
pub use self::cloudfront::{
    CachePolicy, Invalidation, InvalidationStatus, Origin, QueryStrings, ReferenceReuse,
};
pub use self::edge::Visit;
pub use self::faults::{Fault, Gate, ScriptedFault};
pub use self::iam::{ACCOUNT, AccessKey, Role, SessionCredentials};
pub use self::issuer::{StepToken, Workspace};
pub use self::pace::Throttled;
pub use self::requests::{Request, Service};

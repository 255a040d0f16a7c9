//! An embedded AWS (S3, STS, IAM, CloudFront) and Bitbucket issuer for trying and testing the deploy pipes.
//!
//! [`Cloud`] runs all of it behind one port of the loopback interface. Nothing is taken on trust: STS verifies the
//! signature, the issuer, the audience, the times and the subject of a step's token, and S3 and CloudFront verify the
//! signature, the session token, the expiry and the policies of every request.
//!
//! ```no_run
//! use local_aws::{Cloud, Origin};
//!
//! let cloud = Cloud::start();
//! cloud.store().create_bucket("site", "eu-west-1");
//! cloud.create_distribution("E1EXAMPLE", Origin::new("site", "").default_root_object("index.html"));
//! cloud.fail("PutObject").on("assets/app.js").with("SlowDown").times(2);
//! println!("AWS_ENDPOINT_URL={}", cloud.endpoint());
//! ```

pub mod cloudfront;
pub mod iam;
pub mod issuer;
pub mod pipeline;
pub mod s3;
pub mod scenario;

mod cloud;
mod edge;
mod faults;
mod hex;
mod listener;
mod random;
mod refusal;
mod requests;
mod route;
mod s3_operation;
mod signature;
mod sts;
mod target;
mod xml;

pub use self::cloud::Cloud;
pub use self::cloudfront::{Invalidation, InvalidationStatus, Origin, ReferenceReuse};
pub use self::edge::Visit;
pub use self::faults::{Fault, ScriptedFault};
pub use self::iam::{ACCOUNT, AccessKey, Role, SessionCredentials};
pub use self::issuer::{StepToken, Workspace};
pub use self::requests::{Request, Service};

//! An embedded AWS (S3, STS, IAM, CloudFront) and Bitbucket issuer for trying and testing the deploy pipes.

pub mod iam;
pub mod issuer;

mod random;
mod refusal;
mod signature;
mod sts;
mod xml;

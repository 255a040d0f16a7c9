//! An embedded AWS (S3, STS, IAM, CloudFront) and Bitbucket issuer for trying and testing the deploy pipes.

pub mod issuer;
pub mod pipeline;
pub mod s3;

mod random;

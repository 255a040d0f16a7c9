//! Stub.

pub mod s3;

//! Stub.
pub mod pipeline;

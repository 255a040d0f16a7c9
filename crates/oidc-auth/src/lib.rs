#![doc = include_str!("../README.md")]

pub mod access;
pub mod claims;
mod clock;
mod decision;
pub mod duration;
pub mod endpoint;
pub mod failure;
pub mod fault;
pub mod keys;
pub mod network;
pub mod partition;
pub mod policy;
pub mod provider;
pub mod refusal;
pub mod region;
pub mod role;
pub mod sdk;
pub mod session;
pub mod session_name;
pub mod token;
pub mod trace;
pub mod trust_policy;
pub mod variables;

pub use access::Access;
pub use decision::{Level, Notice};
pub use endpoint::Service;
pub use failure::{Failure, explain};
pub use fault::Fault;
pub use partition::Partition;
pub use provider::OidcCredentials;
pub use refusal::AccessError;
pub use role::RoleArn;
pub use session::Session;
pub use trace::Trace;
pub use variables::Variables;

#![doc = include_str!("../README.md")]

pub mod access;
pub mod accounts;
pub mod chain;
pub mod claims;
mod clock;
mod decision;
pub mod duration;
pub mod endpoint;
pub mod external_id;
pub mod failure;
pub mod fault;
mod identities;
mod ignored;
pub mod keys;
mod narrowing;
pub mod network;
pub mod partition;
pub mod patience;
pub mod policy;
mod printable;
pub mod provider;
pub mod refusal;
pub mod region;
mod rejection;
pub mod role;
pub mod scope;
pub mod sdk;
pub mod session;
pub mod session_name;
pub mod session_policy;
mod sts;
pub mod token;
pub mod trace;
pub mod trust_policy;
pub mod variables;
pub mod voice;
pub mod whole;
pub mod widening;

#[cfg(test)]
mod hostile_tests;

pub use access::Access;
pub use decision::{Level, Notice};
pub use endpoint::Service;
pub use failure::{Failure, explain};
pub use fault::Fault;
pub use partition::Partition;
pub use patience::Patience;
pub use refusal::AccessError;
pub use role::RoleArn;
pub use scope::Scope;
pub use session::Session;
pub use trace::Trace;
pub use variables::Variables;
pub use voice::Voice;
pub use whole::WholeReply;

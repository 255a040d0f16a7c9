//! The embedded S3: an in-memory object store that speaks the S3 protocol as far as a deploy needs it.
//!
//! The `s3s` crate owns the wire (routing, XML, signatures, `aws-chunked`); what is stored, who may do what, and what
//! S3 answers when something is wrong is decided here. Only path-style requests are served.

mod access;
mod acl;
mod answer;
mod api;
mod body;
mod bucket;
mod buckets;
mod checksum;
mod conditions;
mod content;
mod copy;
mod copy_part;
mod copy_source;
mod customer_key;
mod delete;
mod encoding;
mod encryption;
mod error;
mod grants;
mod guard;
mod habit;
mod headers;
mod kms;
mod list;
mod list_versions;
mod listing;
mod multipart;
mod object;
mod payload;
mod read;
mod route;
mod service;
mod store;
mod tagging;
mod tags;
mod upload;
mod uploads;
mod versions;
mod write;

#[cfg(test)]
mod tests;

pub use body::Body;
pub use checksum::{Algorithm, Checksum, ChecksumType};
pub use encryption::Encryption;
pub use guard::{AccessRequest, Denial, Guard};
pub use habit::Habit;
pub use object::Object;
pub use service::{Service, service};
pub use store::{DEFAULT_OWNER, Store};
pub use versions::{Version, Versioning};

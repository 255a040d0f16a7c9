//! How long to wait for a service, where the user says so.

use std::time::Duration;

/// Limits of time in the place of the usual ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Option<Duration>,
    /// For the beginning of a reply, and for a body that stops flowing.
    pub read: Option<Duration>,
}

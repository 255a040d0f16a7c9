//! The sentences in which faults are scripted.

use std::time::Duration;

use http::StatusCode;

use super::{Effect, Faults, Gate, Header, Script, errors};
use crate::refusal::Refusal;

/// The beginning of a sentence: which requests fail. Nothing happens until it says how.
#[derive(Debug)]
#[must_use = "say how it fails"]
pub struct Fault<'a> {
    faults: &'a Faults,
    pub(super) operation: String,
    pub(super) about: Option<String>,
    pub(super) header: Option<Header>,
}

/// The end of a sentence: a fault that is in force, for ever unless the sentence goes on.
#[derive(Debug)]
pub struct ScriptedFault<'a> {
    faults: &'a Faults,
    number: usize,
}

#[expect(clippy::must_use_candidate, reason = "a sentence may end with each of these")]
impl<'a> Fault<'a> {
    pub(super) fn about(faults: &'a Faults, operation: &str) -> Self {
        Self { faults, operation: operation.into(), about: None, header: None }
    }

    /// Only those about the object with this key, or the bucket or the distribution with this name.
    pub fn on(self, name: &str) -> Self {
        Self { about: Some(name.into()), ..self }
    }

    /// Only those with a header whose name begins so, in small letters.
    pub fn carrying(self, beginning: &str) -> Self {
        Self { header: Some(Header::Carried(beginning.into())), ..self }
    }

    /// Only those without a header whose name begins so, in small letters.
    pub fn lacking(self, beginning: &str) -> Self {
        Self { header: Some(Header::Lacking(beginning.into())), ..self }
    }

    /// With this error code, in the service's own form, before anything is done.
    ///
    /// # Panics
    /// When the code is not among those known here: a misspelt test must not pass.
    pub fn with(self, code: &str) -> ScriptedFault<'a> {
        self.by(Effect::Answer(errors::expected(code)))
    }

    /// With any error: HTTP status, code and message.
    ///
    /// # Panics
    /// When `status` is not an HTTP status.
    pub fn with_error(self, status: u16, code: &str, message: &str) -> ScriptedFault<'a> {
        let status = StatusCode::from_u16(status).expect("the status of a fault is an HTTP status");
        self.by(Effect::Answer(Refusal::new(status, code.to_owned(), message)))
    }

    /// With an error whose words have the request's own session token in them, as a careless service would.
    ///
    /// # Panics
    /// When `status` is not an HTTP status.
    pub fn quoting_the_token(self, status: u16, code: &str) -> ScriptedFault<'a> {
        let status = StatusCode::from_u16(status).expect("the status of a fault is an HTTP status");
        self.by(Effect::Quote(Refusal::new(status, code.to_owned(), "The provided token is no good: ")))
    }

    /// The request is read, nothing is done, and the connection is reset.
    pub fn reset(self) -> ScriptedFault<'a> {
        self.by(Effect::Reset)
    }

    /// Everything is done, and the connection is reset instead of the reply: the reply is lost.
    pub fn after_work(self) -> ScriptedFault<'a> {
        self.by(Effect::LostReply)
    }

    /// Everything is done, and the connection ends in the middle of the reply: of its body, or of its head when it has
    /// no body.
    pub fn torn(self) -> ScriptedFault<'a> {
        self.by(Effect::TornReply)
    }

    /// Nothing is done for so long; then the request is answered as always. Other requests do not wait for it.
    pub fn delay(self, time: Duration) -> ScriptedFault<'a> {
        self.by(Effect::Delay(time))
    }

    /// Everything is done, and the connection falls silent in the middle of the reply's body, or before its head when it has
    /// no body.
    pub fn stall(self) -> ScriptedFault<'a> {
        self.by(Effect::Stall)
    }

    /// Everything is done, and the reply comes in small pieces over half a second.
    pub fn trickle(self) -> ScriptedFault<'a> {
        self.by(Effect::Trickle)
    }

    /// Everything is done, and half of the reply's body is sent as if it were the whole.
    pub fn cut(self) -> ScriptedFault<'a> {
        self.by(Effect::Cut)
    }

    /// Everything is done, and the reply is one that no client of the service understands: another element is its outermost,
    /// and a header that says yes or no says something else.
    pub fn unreadable(self) -> ScriptedFault<'a> {
        self.by(Effect::Unreadable)
    }

    /// Everything is done, and a listing says that more follows, without a token for it.
    pub fn without_token(self) -> ScriptedFault<'a> {
        self.by(Effect::WithoutToken)
    }

    /// Everything is done, and the checksums and the `ETag` in the reply's head are those of something else.
    pub fn mistaken(self) -> ScriptedFault<'a> {
        self.by(Effect::Mistaken)
    }

    /// Nothing is done, the status is `200 OK`, and the body is the error with this code, as S3 answers when it fails after
    /// it has begun to answer.
    ///
    /// # Panics
    /// When the code is not among those known here.
    pub fn in_success(self, code: &str) -> ScriptedFault<'a> {
        self.by(Effect::InSuccess(errors::expected(code)))
    }

    /// Nothing is deleted, and `DeleteObjects` reports the error with this code for each of its keys.
    ///
    /// # Panics
    /// When the code is not among those known here.
    pub fn each_key(self, code: &str) -> ScriptedFault<'a> {
        self.by(Effect::EachKey(errors::expected(code)))
    }

    /// Nothing is done, and S3 says that the bucket is in this region.
    pub fn moved_to(self, region: &str) -> ScriptedFault<'a> {
        self.by(Effect::Moved(region.to_owned()))
    }

    /// Nothing is done, all connections are reset, and new ones are refused for so long; without a time, until the cloud is
    /// healed.
    pub fn outage(self, time: Option<Duration>) -> ScriptedFault<'a> {
        self.by(Effect::Outage(time))
    }

    /// Nothing is done until the gate is open; then the request is answered as always. Other requests do not wait for it.
    pub fn held_by(self, gate: &Gate) -> ScriptedFault<'a> {
        self.by(Effect::Held(gate.clone()))
    }

    /// Everything is done, and the reply is sent once the gate is open.
    pub fn reply_held_by(self, gate: &Gate) -> ScriptedFault<'a> {
        self.by(Effect::HeldReply(gate.clone()))
    }

    fn by(self, effect: Effect) -> ScriptedFault<'a> {
        self.faults.script(&self, effect)
    }
}

#[expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "a sentence may end with each of these"
)]
impl<'a> ScriptedFault<'a> {
    pub(super) fn numbered(faults: &'a Faults, number: usize) -> Self {
        Self { faults, number }
    }

    /// Only so many times, then the requests are answered again.
    pub fn times(self, times: usize) -> Self {
        self.change(|script| script.left = Some(times))
    }

    /// Not the first so many of these requests, which are answered as always.
    pub fn after(self, passing: usize) -> Self {
        self.change(|script| script.passing = passing)
    }

    fn change(self, change: impl FnOnce(&mut Script)) -> Self {
        self.faults.change(self.number, change);
        self
    }
}

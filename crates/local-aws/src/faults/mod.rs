//! Scripted faults: sentences such as `cloud.fail("PutObject").on("index.html").with("SlowDown").times(2)`.

mod effect;
mod errors;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;

pub(crate) use self::effect::{Effect, HangUp};

use crate::refusal::Refusal;
use crate::target::Target;

/// The beginning of a sentence: which requests fail. Nothing happens until it says how.
#[derive(Debug)]
#[must_use = "say how it fails"]
pub struct Fault<'a> {
    faults: &'a Faults,
    operation: String,
    about: Option<String>,
}

/// The end of a sentence: a fault that is in force, for ever unless the sentence goes on.
#[derive(Debug)]
pub struct ScriptedFault<'a> {
    faults: &'a Faults,
    number: usize,
}

#[expect(clippy::must_use_candidate, reason = "a sentence may end with each of these")]
impl<'a> Fault<'a> {
    /// Only those about the object with this key, or the bucket or the distribution with this name.
    pub fn on(self, name: &str) -> Self {
        Self { about: Some(name.into()), ..self }
    }

    /// With this error code, in the service's own form, before anything is done.
    ///
    /// # Panics
    /// When the code is not among those known here: a misspelt test must not pass.
    pub fn with(self, code: &str) -> ScriptedFault<'a> {
        let refusal = errors::known(code).unwrap_or_else(|| {
            panic!(
                "no error is known as {code:?}: take one of the table in faults/errors.rs, or with_error()"
            )
        });
        self.by(Effect::Answer(refusal))
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

    fn by(self, effect: Effect) -> ScriptedFault<'a> {
        self.faults.script(self.operation, self.about, effect)
    }
}

#[expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "a sentence may end with each of these"
)]
impl ScriptedFault<'_> {
    /// Only so many times, then the requests are answered again.
    pub fn times(self, times: usize) -> Self {
        self.change(|script| script.left = Some(times))
    }

    /// Not the first so many of these requests, which are answered as always.
    pub fn after(self, passing: usize) -> Self {
        self.change(|script| script.passing = passing)
    }

    fn change(self, change: impl FnOnce(&mut Script)) -> Self {
        // It is gone when the cloud was healed in the middle of the sentence.
        if let Some(script) = self.faults.lock().iter_mut().find(|script| script.number == self.number) {
            change(script);
        }
        self
    }
}

/// The answer to a request above a limit, which is the one that a sentence gives by this code.
pub(crate) fn slow_down() -> Refusal {
    errors::known("SlowDown").expect("S3's most frequent error is in the table")
}

/// All faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    scripts: Mutex<Vec<Script>>,
}

#[derive(Debug)]
struct Script {
    number: usize,
    operation: String,
    about: Option<String>,
    effect: Effect,
    /// How many requests it still lets pass.
    passing: usize,
    /// How often it still strikes; `None` is for ever.
    left: Option<usize>,
}

impl Script {
    fn fits(&self, target: &Target) -> bool {
        self.operation == target.operation && self.about.as_deref().is_none_or(|name| target.is_about(name))
    }
}

impl Faults {
    pub(crate) fn begin(&self, operation: &str) -> Fault<'_> {
        Fault { faults: self, operation: operation.into(), about: None }
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The fault that strikes this request, if any: the oldest that fits and lets it not pass. It has struck once more.
    pub(crate) fn strike(&self, target: &Target) -> Option<Effect> {
        for script in self.lock().iter_mut().filter(|script| script.fits(target) && script.left != Some(0)) {
            if script.passing == 0 {
                script.left = script.left.map(|left| left - 1);
                return Some(script.effect.clone());
            }
            script.passing -= 1;
        }
        None
    }

    fn script(&self, operation: String, about: Option<String>, effect: Effect) -> ScriptedFault<'_> {
        let mut scripts = self.lock();
        let number = scripts.last().map_or(0, |script| script.number + 1);
        scripts.push(Script { number, operation, about, effect, passing: 0, left: None });
        ScriptedFault { faults: self, number }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Script>> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

//! Scripted faults: sentences such as `cloud.fail("PutObject").on("index.html").with("SlowDown").times(2)`.

mod effect;
mod errors;
mod gate;
mod outage;
mod sentence;
mod spoiled;
mod strike;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;

pub(crate) use self::effect::{Effect, HangUp};
pub use self::gate::Gate;
pub use self::sentence::{Fault, ScriptedFault};

use self::outage::Outage;
use crate::refusal::Refusal;
use crate::requests::Service;
use crate::target::Target;

/// The operation of a sentence about every request of a pipe.
const EVERY: &str = "*";

/// The answer to a request above a limit, which is the one that a sentence gives by this code.
pub(crate) fn slow_down() -> Refusal {
    errors::expected("SlowDown")
}

/// All faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    scripts: Mutex<Vec<Script>>,
    struck: AtomicUsize,
    outage: Outage,
}

#[derive(Debug)]
struct Script {
    number: usize,
    operation: String,
    about: Option<String>,
    header: Option<Header>,
    effect: Effect,
    /// How many requests it still lets pass.
    passing: usize,
    /// How often it still strikes; `None` is for ever.
    left: Option<usize>,
}

/// What the headers of a request must have.
#[derive(Clone, Debug)]
enum Header {
    /// One whose name begins so.
    Carried(String),
    /// None whose name begins so.
    Lacking(String),
}

impl Header {
    fn fits(&self, headers: &HeaderMap) -> bool {
        let has = |beginning: &str| headers.keys().any(|name| name.as_str().starts_with(beginning));
        match self {
            Self::Carried(beginning) => has(beginning),
            Self::Lacking(beginning) => !has(beginning),
        }
    }
}

impl Script {
    fn fits(&self, target: &Target, headers: &HeaderMap) -> bool {
        let is_meant = match self.operation.as_str() {
            EVERY => matches!(target.service, Service::S3 | Service::Sts | Service::CloudFront),
            operation => operation == target.operation,
        };
        let is_worded = self.header.as_ref().is_none_or(|header| header.fits(headers));
        is_meant && is_worded && self.about.as_deref().is_none_or(|name| target.is_about(name))
    }
}

impl Faults {
    pub(crate) fn begin(&self, operation: &str) -> Fault<'_> {
        Fault::about(self, operation)
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
        self.outage.end();
    }

    /// How many requests were struck.
    pub(crate) fn struck(&self) -> usize {
        self.struck.load(Ordering::SeqCst)
    }

    pub(crate) fn outage(&self) -> &Outage {
        &self.outage
    }

    /// The fault that strikes this request, if any: the oldest that fits and lets it not pass. It has struck once more.
    pub(crate) fn strike(&self, target: &Target, headers: &HeaderMap) -> Option<Effect> {
        let mut scripts = self.lock();
        for script in
            scripts.iter_mut().filter(|script| script.fits(target, headers) && script.left != Some(0))
        {
            if script.passing == 0 {
                script.left = script.left.map(|left| left - 1);
                self.struck.fetch_add(1, Ordering::SeqCst);
                return Some(script.effect.clone());
            }
            script.passing -= 1;
        }
        None
    }

    fn script(&self, fault: &Fault<'_>, effect: Effect) -> ScriptedFault<'_> {
        let mut scripts = self.lock();
        let number = scripts.last().map_or(0, |script| script.number + 1);
        let Fault { operation, about, header, .. } = fault;
        let (operation, about, header) = (operation.clone(), about.clone(), header.clone());
        scripts.push(Script { number, operation, about, header, effect, passing: 0, left: None });
        ScriptedFault::numbered(self, number)
    }

    /// Changes a script that is still in force: it is gone when the cloud was healed in the middle of the sentence.
    fn change(&self, number: usize, change: impl FnOnce(&mut Script)) {
        if let Some(script) = self.lock().iter_mut().find(|script| script.number == number) {
            change(script);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Script>> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

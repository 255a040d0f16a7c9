//! Scripted faults: sentences such as `cloud.fail("PutObject").on("index.html").with("SlowDown").times(2)`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;

use crate::refusal::Refusal;
use crate::target::Target;

/// What the services answer under their error codes when they are told to fail.
const ERRORS: [(&str, u16, &str); 22] = [
    ("AccessDenied", 403, "Access Denied"),
    ("BadDigest", 400, "The Content-MD5 you specified did not match what we received."),
    (
        "ConditionalRequestConflict",
        409,
        "The conditional request cannot succeed due to a conflicting operation against this resource.",
    ),
    ("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed object size."),
    ("ExpiredToken", 400, "The provided token has expired."),
    ("IDPCommunicationError", 400, "An error occurred while communicating with your identity provider."),
    ("InternalError", 500, "We encountered an internal error. Please try again."),
    ("InvalidArgument", 400, "Invalid Argument"),
    ("NoSuchBucket", 404, "The specified bucket does not exist"),
    ("NoSuchDistribution", 404, "The specified distribution does not exist."),
    ("NoSuchKey", 404, "The specified key does not exist."),
    (
        "NoSuchUpload",
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    ),
    ("NotImplemented", 501, "A header you provided implies functionality that is not implemented"),
    (
        "OperationAborted",
        409,
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    ),
    (
        "PackedPolicyTooLarge",
        400,
        "Packed policy consumes 101% of allotted space, please use smaller policy.",
    ),
    ("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"),
    (
        "RegionDisabledException",
        403,
        "STS is not activated in this region for account. Your account administrator can activate STS in this region using the IAM Console.",
    ),
    (
        "RequestTimeout",
        400,
        "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.",
    ),
    ("ServiceUnavailable", 503, "Service is unable to handle request."),
    ("SlowDown", 503, "Please reduce your request rate."),
    ("Throttling", 400, "Rate exceeded"),
    (
        "TooManyInvalidationsInProgress",
        400,
        "Processing your request will cause you to exceed the maximum number of in-progress invalidations.",
    ),
];

/// The beginning of a sentence: which requests fail. Nothing happens until it says [`with`](Self::with) what.
#[derive(Debug)]
#[must_use = "say with what error it fails"]
pub struct Fault<'a> {
    faults: &'a Faults,
    operation: String,
    about: Option<String>,
}

impl<'a> Fault<'a> {
    /// Only those about the object with this key, or the bucket or the distribution with this name.
    pub fn on(self, name: &str) -> Self {
        Self { about: Some(name.into()), ..self }
    }

    /// With this error code, in the service's own form, before anything is done; from now on and for ever, unless the
    /// sentence goes on.
    ///
    /// # Panics
    /// When the code is not among those known here: a misspelt test must not pass.
    pub fn with(self, code: &str) -> ScriptedFault<'a> {
        let known = ERRORS.iter().find(|(known, ..)| *known == code);
        let (code, status, message) = known.unwrap_or_else(|| {
            panic!("no error is known as {code:?}: take one of the table in faults.rs, or with_error()")
        });
        self.with_error(*status, code, message)
    }

    /// With any error: HTTP status, code and message.
    ///
    /// # Panics
    /// When `status` is not an HTTP status.
    pub fn with_error(self, status: u16, code: &str, message: &str) -> ScriptedFault<'a> {
        let status = StatusCode::from_u16(status).expect("the status of a fault is an HTTP status");
        let effect = Effect::Answer(Refusal::new(status, code.to_owned(), message));
        self.faults.script(self.operation, self.about, effect)
    }
}

/// The end of a sentence: a fault that is in force.
#[derive(Debug)]
pub struct ScriptedFault<'a> {
    faults: &'a Faults,
    number: usize,
}

impl ScriptedFault<'_> {
    /// Only so many times, then the requests are answered again.
    pub fn times(self, times: usize) {
        if let Some(script) = self.faults.lock().iter_mut().find(|script| script.number == self.number) {
            script.left = Some(times);
        }
    }
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
    /// How often it still strikes; `None` is for ever.
    left: Option<usize>,
}

/// What a fault does. Connections cut, answers delayed, lost or torn will be further variants.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// The request is read, not carried out, and answered with this error.
    Answer(Refusal),
}

impl Faults {
    pub(crate) fn begin(&self, operation: &str) -> Fault<'_> {
        Fault { faults: self, operation: operation.into(), about: None }
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The fault that strikes this request, if any: the oldest that fits. It has struck once more.
    pub(crate) fn strike(&self, target: &Target) -> Option<Effect> {
        let mut scripts = self.lock();
        let fits = |script: &&mut Script| {
            script.left != Some(0)
                && script.operation == target.operation
                && script.about.as_deref().is_none_or(|name| target.is_about(name))
        };
        let script = scripts.iter_mut().find(fits)?;
        script.left = script.left.map(|left| left - 1);
        Some(script.effect.clone())
    }

    fn script(&self, operation: String, about: Option<String>, effect: Effect) -> ScriptedFault<'_> {
        let mut scripts = self.lock();
        let number = scripts.last().map_or(0, |script| script.number + 1);
        scripts.push(Script { number, operation, about, effect, left: None });
        ScriptedFault { faults: self, number }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Script>> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requests::Service;

    fn strike(faults: &Faults, operation: &str, key: &str) -> Option<String> {
        let target = Target { key: Some(key.into()), ..Target::new(Service::S3, operation) };
        let Effect::Answer(refusal) = faults.strike(&target)?;
        Some(format!("{} {}", refusal.status.as_u16(), refusal.code))
    }

    #[test]
    fn sentences_mean_what_they_say() {
        let faults = Faults::default();
        faults.begin("PutObject").on("a").with("SlowDown").times(2);
        faults.begin("PutObject").on("b").with("AccessDenied");
        faults.begin("GetObject").with_error(418, "Teapot", "short and stout").times(1);
        for (operation, key, expected) in [
            ("PutObject", "c", None),
            ("PutObject", "a", Some("503 SlowDown")),
            ("HeadObject", "a", None),
            ("PutObject", "a", Some("503 SlowDown")),
            ("PutObject", "a", None),
            ("PutObject", "b", Some("403 AccessDenied")),
            ("PutObject", "b", Some("403 AccessDenied")),
            ("GetObject", "x", Some("418 Teapot")),
            ("GetObject", "x", None),
        ] {
            assert_eq!(strike(&faults, operation, key).as_deref(), expected, "{operation} {key}");
        }
        faults.clear();
        assert_eq!(strike(&faults, "PutObject", "b"), None);
    }

    #[test]
    fn the_oldest_fault_strikes_first() {
        let faults = Faults::default();
        faults.begin("PutObject").with("SlowDown").times(1);
        faults.begin("PutObject").with("InternalError").times(1);
        let struck: Vec<_> = (0..3).map(|_| strike(&faults, "PutObject", "a")).collect();
        assert_eq!(struck, [Some("503 SlowDown".into()), Some("500 InternalError".into()), None]);
    }

    #[test]
    #[should_panic(expected = "AccesDenied")]
    fn a_misspelt_code_is_not_taken() {
        let _ = Faults::default().begin("PutObject").with("AccesDenied");
    }
}

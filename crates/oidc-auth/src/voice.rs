//! Who hears of what is decided after the first request, and of secrets that must not be shown, as it happens.

use std::fmt;
use std::sync::Arc;

use crate::decision::Notice;

/// Who hears of notices.
type Listener = dyn Fn(&Notice) + Send + Sync;

/// Who hears of secrets.
type Censor = dyn Fn(&str) + Send + Sync;

/// Tells a listener, or nobody.
#[derive(Clone, Default)]
pub struct Voice {
    listener: Option<Arc<Listener>>,
    censor: Option<Arc<Censor>>,
}

impl Voice {
    /// Tells `listener`.
    pub fn to(listener: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Arc::new(listener)), censor: None }
    }

    /// Tells `censor` of every secret key and session token that is handed out, before it is used for the first time:
    /// those of the first exchange, and those of every renewal.
    #[must_use]
    pub fn concealing(self, censor: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { censor: Some(Arc::new(censor)), ..self }
    }

    pub(crate) fn say(&self, notice: &Notice) {
        if let Some(listener) = &self.listener {
            listener(notice);
        }
    }

    pub(crate) fn conceal(&self, secret: &str) {
        if let Some(censor) = &self.censor {
            censor(secret);
        }
    }
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voice")
            .field("listener", &self.listener.is_some())
            .field("censor", &self.censor.is_some())
            .finish()
    }
}

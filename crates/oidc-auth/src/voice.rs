//! Who hears of what is decided after the first request, as it happens.

use std::fmt;
use std::sync::Arc;

use crate::decision::Notice;

/// Who hears of notices.
type Listener = dyn Fn(&Notice) + Send + Sync;

/// Tells a listener, or nobody.
#[derive(Clone, Default)]
pub struct Voice(Option<Arc<Listener>>);

impl Voice {
    /// Tells `listener`.
    pub fn to(listener: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    pub(crate) fn say(&self, notice: &Notice) {
        if let Some(listener) = &self.0 {
            listener(notice);
        }
    }
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Voice").field(&self.0.is_some()).finish()
    }
}

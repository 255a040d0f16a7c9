//! Which objects a deploy is about, and which of them it may delete.

use crate::filters::Filters;
use crate::plan::objects::Objects;
use crate::private::{Protected, is_private};

/// The objects below a prefix that a deploy is about: those that its filters include.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// The filters.
    pub filters: &'a Filters,
    /// What is in the folder and never deployed.
    pub protected: &'a Protected,
    /// Deletion is on, and the whole folder is known.
    pub deletes: bool,
}

impl Scope<'_> {
    /// Whether an object without a file is deleted.
    pub(crate) fn may_delete(&self, path: &str) -> bool {
        self.deletes && self.has(path)
    }

    /// How many objects the deploy is about.
    pub(crate) fn count(&self, listed: &Objects) -> usize {
        listed.iter().filter(|object| self.has(object.path)).count()
    }

    fn has(&self, path: &str) -> bool {
        !is_private(path) && !self.protected.has(path) && self.filters.includes(path)
    }
}

//! The trees of a run, each made once, when the first case needs it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::arguments::Arguments;
use crate::case::Case;
use crate::tree::Tree;
use crate::workload::TreeKind;

/// All trees so far.
#[derive(Debug, Default)]
pub(crate) struct Trees {
    trees: BTreeMap<TreeKind, Tree>,
    editions: u64,
}

impl Trees {
    /// The tree of a kind.
    pub(crate) fn tree(&mut self, kind: TreeKind, arguments: &Arguments) -> std::io::Result<&Tree> {
        match self.trees.entry(kind) {
            Entry::Occupied(tree) => Ok(tree.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(match kind {
                TreeKind::Site => Tree::site(arguments.files),
                TreeKind::Million => Tree::tiny(arguments.objects),
                TreeKind::Large => Tree::large(arguments.large * 1_000_000),
                TreeKind::One => Tree::site(1),
                TreeKind::Throttled(limit) => Tree::site(Case::throttled_files(limit, arguments.files)),
            }?)),
        }
    }

    /// The same, after one file in a hundred was changed.
    pub(crate) fn changed(&mut self, kind: TreeKind, arguments: &Arguments) -> std::io::Result<&Tree> {
        self.editions += 1;
        let edition = self.editions;
        let tree = self.tree(kind, arguments)?;
        tree.change(edition)?;
        Ok(tree)
    }
}

//! What of the folder is not deployed.

use std::path::Path;

use bitbucket_pipe::text::{plural, printable};

use super::Report;
use crate::filters::unmatched::Unmatched;
use crate::scan::{LeftOut, Tree};

impl Report {
    /// Patterns that match nothing, and what would.
    pub(crate) fn patterns(&self, unmatched: &[Unmatched]) {
        for pattern in unmatched {
            self.log.warning(printable(&pattern.to_string()));
        }
    }

    /// What is left out on purpose, a line a reason, and what had to be skipped, a line each.
    pub(crate) fn folder(&self, tree: &Tree) {
        if tree.excluded > 0 {
            let files = plural(tree.excluded as u64, "file");
            self.log
                .info(format_args!("Excluded by EXTRA_ARGS: {files}; their objects are left as they are"));
        }
        let names = |wanted: fn(&LeftOut) -> Option<&std::path::PathBuf>| {
            let names: Vec<String> =
                tree.left_out.iter().filter_map(wanted).map(|path| path.display().to_string()).collect();
            (!names.is_empty()).then(|| printable(&names.join(", ")).into_owned())
        };
        let private = names(|item| if let LeftOut::Private(path) = item { Some(path) } else { None });
        let links = names(|item| if let LeftOut::Link(path) = item { Some(path) } else { None });
        let rules = names(|item| if let LeftOut::HeadersFile(path) = item { Some(path) } else { None });
        if let Some(names) = rules {
            self.log.info(format_args!("Left out, as the rules of HEADERS_FILE: {names}"));
        }
        let written = names(|item| if let LeftOut::Written(path) = item { Some(path) } else { None });
        if let Some(names) = written {
            self.log.info(format_args!("Left out, as written by this pipe: {names}"));
        }
        if let Some(names) = private {
            self.log.info(format_args!("Left out, as never part of a site: {names}"));
        }
        if let Some(names) = links {
            self.log.info(format_args!("Left out, as --no-follow-symlinks asks: {names}"));
        }
        for skipped in &tree.skipped {
            let file = Path::new(&self.folder_name).join(&skipped.path);
            let file = file.display().to_string();
            self.log.warning(format_args!("Skipped {}: {}", printable(&file), skipped.why));
        }
    }
}

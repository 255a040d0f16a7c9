//! Contents and headers that browsers cannot use as they are.

use bitbucket_pipe::text::{enumerated, plural, printable};

use super::Report;
use crate::headers::encoding::Encoding;
use crate::scan::{Tree, TreeFile, spelling};

/// More names are not read.
const NAMES_SHOWN: usize = 5;

/// The file of header rules as Netlify and Cloudflare Pages look for it.
const RULES: &str = "_headers";

impl Report {
    /// Headers that are hardly meant as they are written.
    pub(crate) fn doubtful_headers(&self, doubts: &[String]) {
        for doubt in doubts {
            self.log.warning(printable(doubt));
        }
    }

    /// Files of which browsers can make nothing, or not what was meant.
    pub(crate) fn contents(&self, tree: &Tree, headers_file: Option<&str>) {
        for encoding in [Encoding::Gzip, Encoding::Zstd] {
            let promised = tree.mislabelled.iter().filter(|(promised, _)| *promised == encoding);
            let names: Vec<&str> = promised.map(|(_, path)| &**path).collect();
            if !names.is_empty() {
                self.log.warning(printable(&format!(
                    "Browsers cannot read {} with `Content-Encoding: {encoding}` that {encoding} did not compress: {}. \
                     Compress the files before the deploy, or set the header only for those that are compressed",
                    plural(names.len() as u64, "file"),
                    enumerated(names.iter(), NAMES_SHOWN),
                )));
            }
        }
        let twins = spelling::twins(&tree.files);
        let twins: Vec<&str> = twins.iter().map(|path| &**path).collect();
        if !twins.is_empty() {
            self.log.warning(printable(&format!(
                "LOCAL_PATH has {} twice, with accents as one character (NFC) and as two (NFD): {}. These are two objects, and \
                 a link leads to one of them. Remove one of the two spellings",
                plural(twins.len() as u64, "name"),
                enumerated(twins.iter(), NAMES_SHOWN),
            )));
        }
        let has_rules = || tree.files.binary_search_by(|file: &TreeFile| (*file.path).cmp(RULES)).is_ok();
        if headers_file.is_none() && has_rules() {
            let file = std::path::Path::new(&self.folder_name).join(RULES);
            let file = file.display().to_string();
            self.log.warning(printable(&format!(
                "LOCAL_PATH has a file `{RULES}`, whose rules do not apply, and which is uploaded like any other. \
                 HEADERS_FILE: '{file}' applies them",
            )));
        }
    }
}

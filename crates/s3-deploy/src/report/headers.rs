//! What a deploy says of headers: what rules ask for and do not get, and headers that cost an upload.

use bitbucket_pipe::text::{plural, printable};

use super::Report;
use crate::bucket::Bucket;
use crate::headers::file::HeadersFile;
use crate::permissions::{self, GET, GET_TAGGING, PUT_TAGGING};
use crate::scan::TreeFile;

impl Report {
    /// What a file of header rules asks for and does not get.
    pub(crate) fn header_rules(&self, name: Option<&str>, file: &HeadersFile, files: &[TreeFile]) {
        let Some(name) = name else { return };
        for (header, lines) in &file.unstorable {
            self.log.warning(format_args!(
                "S3 keeps no `{header}` with an object ({name}, {}): let a response headers policy of CloudFront add it",
                numbered(lines),
            ));
        }
        if !file.of_hosts.is_empty() {
            self.log.warning(format_args!(
                "An object does not know the host that it is asked for ({name}, {}): let a response headers policy of that \
                 host's distribution add these headers",
                numbered(&file.of_hosts),
            ));
        }
        for (line, doubt) in &file.doubtful {
            self.log.warning(printable(&format!("{name}, line {line}: {doubt}")));
        }
        let unused = file.unused(files.iter().map(|file| &*file.path));
        if !unused.is_empty() {
            self.log.warning(format_args!("No file is meant by {name}, {}", numbered(&unused)));
        }
    }

    /// Files that were uploaded although their bytes were there.
    pub(crate) fn not_copied(&self, bucket: &Bucket, refusal: Option<&(usize, oidc_auth::Failure)>) {
        let Some((files, failure)) = refusal else { return };
        let way_out = if failure.is_code("AccessDenied") {
            format!(
                "; `{GET}` on `{}` would save that",
                permissions::objects(&self.target, bucket.partition())
            )
        } else {
            String::new()
        };
        self.log.info(format_args!(
            "{} uploaded for the sake of {} headers, as S3 does not copy them onto themselves ({failure}){way_out}",
            if *files == 1 { "1 file was".to_owned() } else { format!("{files} files were") },
            if *files == 1 { "its" } else { "their" },
        ));
    }

    /// Objects whose headers were to change and did not, because their tags would have been lost.
    pub(crate) fn headers_left(&self, bucket: &Bucket, refusal: Option<&(usize, oidc_auth::Failure)>) {
        let Some((objects, failure)) = refusal else { return };
        let way_out = if failure.is_code("AccessDenied") {
            format!(
                ": allow the role or user `{GET_TAGGING}` and `{PUT_TAGGING}` on `{}`",
                permissions::objects(&self.target, bucket.partition())
            )
        } else {
            String::new()
        };
        self.log.warning(format_args!(
            "The headers and tags of {} stay as they are, because a copy that keeps their tags is refused \
             ({failure}){way_out}",
            plural(*objects as u64, "object"),
        ));
    }
}

/// `line 3`, or `lines 3, 9`.
fn numbered(lines: &[usize]) -> String {
    let numbers: Vec<String> = lines.iter().map(ToString::to_string).collect();
    format!("{} {}", if lines.len() == 1 { "line" } else { "lines" }, numbers.join(", "))
}

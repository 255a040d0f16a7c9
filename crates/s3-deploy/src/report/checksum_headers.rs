//! What became of checksum headers.

use super::Report;
use crate::checksum_headers::ChecksumHeaders;

impl Report {
    /// The store refused them, and the run went on without.
    pub(crate) fn checksum_headers(&self, checksum_headers: &ChecksumHeaders) {
        if let Some(refusal) = checksum_headers.refusal() {
            self.log.info(format_args!(
                "The store does not take checksum headers ({refusal}): requests were sent again without them; \
                 AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required' leaves them out from the start"
            ));
        }
    }
}

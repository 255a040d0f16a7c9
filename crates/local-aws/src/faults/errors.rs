//! What the services answer under their error codes when they are told to fail.

use http::StatusCode;

use crate::refusal::Refusal;

/// Code, HTTP status and message.
const ERRORS: [(&str, u16, &str); 30] = [
    ("AccessDenied", 403, "Access Denied"),
    ("BadDigest", 400, "The Content-MD5 you specified did not match what we received."),
    ("BatchTooLarge", 413, "Invalidation batch specified is too large."),
    (
        "ConditionalRequestConflict",
        409,
        "The conditional request cannot succeed due to a conflicting operation against this resource.",
    ),
    ("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed object size."),
    ("ExpiredToken", 400, "The provided token has expired."),
    ("IDPCommunicationError", 400, "An error occurred while communicating with your identity provider."),
    (
        "IDPRejectedClaim",
        403,
        "The identity provider (IdP) reported that authentication failed. This might be because the claim is invalid.",
    ),
    ("InternalError", 500, "We encountered an internal error. Please try again."),
    ("InvalidArgument", 400, "Invalid Argument"),
    (
        "InvalidIdentityToken",
        400,
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    ),
    ("InvalidObjectState", 403, "The operation is not valid for the object's storage class"),
    (
        "InvalidationBatchAlreadyExists",
        409,
        "Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.",
    ),
    ("KMS.DisabledException", 400, "The request was rejected because the specified KMS key is not enabled."),
    ("MissingContentMD5", 400, "Missing required header for this request: Content-MD5."),
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
        "RequestTimeTooSkewed",
        403,
        "The difference between the request time and the current time is too large.",
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

/// The error with this code, which has to be in the table: a misspelt test must not pass.
pub(super) fn expected(code: &str) -> Refusal {
    known(code).unwrap_or_else(|| {
        panic!("no error is known as {code:?}: take one of the table in faults/errors.rs, or with_error()")
    })
}

/// The error with this code; `None` for one that is not in the table.
pub(super) fn known(code: &str) -> Option<Refusal> {
    let (code, status, message) = ERRORS.iter().find(|(known, ..)| *known == code)?;
    Some(Refusal::new(StatusCode::from_u16(*status).ok()?, *code, *message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_found_by_its_code() {
        for (code, status, message) in ERRORS {
            let refusal = known(code).expect(code);
            assert_eq!((refusal.status.as_u16(), refusal.message.as_str()), (status, message), "{code}");
            assert!(status >= 400, "{code}");
        }
        assert!(ERRORS.is_sorted_by(|before, after| before.0 < after.0));
    }
}

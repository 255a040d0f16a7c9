//! S3's error answers: code, status and text as AWS words them.

use std::borrow::Cow;

use http::StatusCode;
use s3s::{S3Error, S3ErrorCode};

/// An error with its code, HTTP status and text.
pub(super) fn error(code: &str, status: StatusCode, message: impl Into<Cow<'static, str>>) -> S3Error {
    let Ok(code) = code.parse::<S3ErrorCode>();
    let mut error = S3Error::with_message(code, message);
    error.set_status_code(status);
    error
}

/// A 400.
pub(super) fn bad_request(code: &str, message: impl Into<Cow<'static, str>>) -> S3Error {
    error(code, StatusCode::BAD_REQUEST, message)
}

/// `InvalidRequest`, with the sentence that says why.
pub(super) fn invalid_request(message: impl Into<Cow<'static, str>>) -> S3Error {
    bad_request("InvalidRequest", message)
}

/// `InvalidArgument`, with the sentence that says why.
pub(super) fn invalid_argument(message: impl Into<Cow<'static, str>>) -> S3Error {
    bad_request("InvalidArgument", message)
}

/// A header or feature that general purpose buckets, or this embedded one, do not have.
pub(super) fn not_implemented(message: impl Into<Cow<'static, str>>) -> S3Error {
    error("NotImplemented", StatusCode::NOT_IMPLEMENTED, message)
}

/// `AccessDenied` without a sentence about the caller, as bucket settings cause it.
pub(super) fn access_denied() -> S3Error {
    error("AccessDenied", StatusCode::FORBIDDEN, "Access Denied")
}

/// `NoSuchBucket`.
pub(super) fn no_such_bucket() -> S3Error {
    known("NoSuchBucket", StatusCode::NOT_FOUND)
}

/// `NoSuchKey`.
pub(super) fn no_such_key() -> S3Error {
    known("NoSuchKey", StatusCode::NOT_FOUND)
}

/// `NoSuchVersion`.
pub(super) fn no_such_version() -> S3Error {
    known("NoSuchVersion", StatusCode::NOT_FOUND)
}

/// `NoSuchUpload`.
pub(super) fn no_such_upload() -> S3Error {
    known("NoSuchUpload", StatusCode::NOT_FOUND)
}

/// `PreconditionFailed`.
pub(super) fn precondition_failed() -> S3Error {
    known("PreconditionFailed", StatusCode::PRECONDITION_FAILED)
}

/// `MalformedXML`.
pub(super) fn malformed_xml() -> S3Error {
    known("MalformedXML", StatusCode::BAD_REQUEST)
}

/// An error whose text belongs to its code alone.
pub(super) fn known(code: &'static str, status: StatusCode) -> S3Error {
    error(code, status, text(code).unwrap_or(code))
}

/// The text AWS always gives with a code, for the errors that `s3s` raises without one.
pub(super) fn text(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessDenied" => "Access Denied",
        "EntityTooLarge" => "Your proposed upload exceeds the maximum allowed size",
        "EntityTooSmall" => "Your proposed upload is smaller than the minimum allowed size",
        "IncompleteBody" => {
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        }
        "InternalError" => "We encountered an internal error. Please try again.",
        "InvalidAccessKeyId" => "The AWS Access Key Id you provided does not exist in our records.",
        "InvalidBucketName" => "The specified bucket is not valid.",
        "InvalidPart" => {
            "One or more of the specified parts could not be found.  The part may not have been \
             uploaded, or the specified entity tag may not match the part's entity tag."
        }
        "InvalidPartOrder" => {
            "The list of parts was not in ascending order. Parts must be ordered by part number."
        }
        "InvalidRange" => "The requested range is not satisfiable",
        "InvalidURI" => "Couldn't parse the specified URI.",
        "KeyTooLongError" => "Your key is too long",
        "MalformedXML" => {
            "The XML you provided was not well-formed or did not validate against our published schema"
        }
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "NoSuchBucket" => "The specified bucket does not exist",
        "NoSuchKey" => "The specified key does not exist.",
        "NoSuchUpload" => {
            "The specified upload does not exist. The upload ID may be invalid, or the upload may \
             have been aborted or completed."
        }
        "NoSuchVersion" => "The specified version does not exist.",
        "PermanentRedirect" => {
            "The bucket you are attempting to access must be addressed using the specified endpoint. \
             Please send all future requests to this endpoint."
        }
        "PreconditionFailed" => "At least one of the pre-conditions you specified did not hold",
        "RequestTimeTooSkewed" => {
            "The difference between the request time and the current time is too large."
        }
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check \
             your key and signing method."
        }
        _ => return None,
    })
}

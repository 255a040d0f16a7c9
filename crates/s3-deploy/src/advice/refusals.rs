//! Refusals whose reason is known: one table of reasons and hints, of which the first that applies counts.

use oidc_auth::{CredentialKind, Failure};

use super::Asked;
use super::facts::Facts;
use crate::permissions::{
    CREATE_SESSION, DECRYPT, DELETE, GENERATE_KEY, LIST, PUT, PUT_ACL, PUT_TAGGING, objects,
};
use crate::target::Target;

/// A refusal, and what is known of the run that it happened to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal<'a> {
    pub(super) asked: Asked,
    pub(super) failure: &'a Failure,
    pub(super) target: &'a Target,
    pub(super) partition: &'a str,
    pub(super) facts: &'a Facts,
}

/// A row of the table.
struct Row {
    applies: fn(&Refusal<'_>) -> bool,
    hint: fn(&Refusal<'_>) -> String,
}

const fn row(applies: fn(&Refusal<'_>) -> bool, hint: fn(&Refusal<'_>) -> String) -> Row {
    Row { applies, hint }
}

/// From the particular to the general.
const ROWS: &[Row] = &[
    row(|refusal| refusal.failure.author().is_some(), not_s3),
    row(|refusal| refusal.failure.is_of_proxy(), proxy_refused),
    row(
        |refusal| refusal.is("NoSuchBucket"),
        |refusal| {
            format!("S3_BUCKET names `{}`: create that bucket, or correct the name", refusal.target.bucket)
        },
    ),
    row(public_acl_is_blocked, |_| {
        "the bucket blocks public ACLs, as new buckets do: leave ACL out, --acl and --grants too; where objects must be \
         public, use CloudFront or the bucket's policy"
            .to_owned()
    }),
    row(
        |refusal| {
            refusal.is_denied()
                && refusal.failure.denied_action().is_some_and(|action| action.starts_with("kms:"))
        },
        kms_denied,
    ),
    row(
        |refusal| refusal.is_denied() && refusal.mentions("object lock"),
        |_| {
            "S3 Object Lock protects the object until its retention period ends or its legal hold is removed; no permission of \
         the role changes that: leave DELETE_FLAG out, or --exclude the object in EXTRA_ARGS"
            .to_owned()
        },
    ),
    row(
        // Every request to it needs its session.
        |refusal| refusal.is_denied() && refusal.target.bucket.is_directory(),
        |refusal| {
            let Refusal { partition, target: Target { bucket, .. }, .. } = refusal;
            let arn = format!("arn:{partition}:s3express:*:*:bucket/{bucket}");
            format!("allow the role or user `{CREATE_SESSION}` on `{arn}`")
        },
    ),
    row(
        |refusal| refusal.is_denied() && refusal.asked == Asked::List,
        |refusal| {
            format!("allow the role or user `{LIST}` on `{}`", refusal.target.bucket.arn(refusal.partition))
        },
    ),
    row(
        |refusal| {
            refusal.is_denied()
                && refusal.asked == Asked::Upload
                && refusal.failure.denied_action().is_some_and(|action| action != PUT)
        },
        |refusal| {
            let action = refusal.failure.denied_action().unwrap_or(PUT);
            format!("allow the role or user `{action}` on `{}`", refusal.objects())
        },
    ),
    row(
        |refusal| refusal.is_denied() && refusal.asked == Asked::Upload,
        |refusal| {
            format!(
                "allow the role or user `{PUT}` on `{}` (and `{PUT_ACL}` when ACL is set, `{PUT_TAGGING}` when OBJECT_TAGS is \
                 set, and its KMS key when the bucket has one)",
                refusal.objects()
            )
        },
    ),
    row(
        |refusal| refusal.is_denied() && refusal.asked == Asked::Delete,
        |refusal| {
            format!("allow the role or user `{DELETE}` on `{}`, or leave DELETE_FLAG out", refusal.objects())
        },
    ),
    row(
        |refusal| refusal.is("AccessControlListNotSupported"),
        |_| {
            "the bucket has ACLs disabled, as new buckets have: leave ACL out, --acl and --grants too, and make objects public, \
         if they must be, by the bucket's policy"
            .to_owned()
        },
    ),
    row(
        |refusal| has_expired(refusal) && refusal.has(CredentialKind::SessionKeys),
        |_| {
            "the session token in AWS_SESSION_TOKEN has expired: store new keys together with their token, or use `oidc: true` \
         with AWS_OIDC_ROLE_ARN, which needs neither"
            .to_owned()
        },
    ),
    row(has_expired, |_| {
        "the credentials expired before the end: ask for longer ones with AWS_ROLE_DURATION_SECONDS"
            .to_owned()
    }),
    row(
        |refusal| refusal.is("InvalidToken") && refusal.has(CredentialKind::Role),
        |_| {
            "S3 does not accept the token of the role's session: in a region that an account has to enable, tokens of the \
         global STS endpoint are not valid, so set AWS_DEFAULT_REGION to the bucket's region and leave AWS_ENDPOINT_URL_STS \
         out"
            .to_owned()
        },
    ),
    row(
        |refusal| refusal.is("InvalidToken"),
        |_| {
            "AWS_SESSION_TOKEN does not belong to AWS_ACCESS_KEY_ID: take both keys and the token from the same answer of STS; \
         the keys of a user have no token, so leave it out with them"
            .to_owned()
        },
    ),
    row(
        |refusal| refusal.is("AuthorizationHeaderMalformed") && refusal.expected_region().is_some(),
        |refusal| {
            let region = refusal.expected_region().unwrap_or_default();
            format!("this store calls its region `{region}`: set AWS_DEFAULT_REGION: {region}")
        },
    ),
    row(
        |refusal| refusal.is("InvalidStorageClass"),
        |refusal| match &refusal.facts.storage_class {
            Some(class) => format!(
                "the bucket or the store has no storage class {class}: change STORAGE_CLASS, or --storage-class in EXTRA_ARGS, or \
             leave it out"
            ),
            None => {
                "the bucket or the store has no storage class STANDARD: set STORAGE_CLASS to one that it has"
                    .to_owned()
            }
        },
    ),
    row(
        |refusal| refusal.is("QuotaExceeded"),
        |refusal| {
            format!(
                "the store's quota for the bucket `{}` of S3_BUCKET is used up: raise the quota, or delete objects; the same \
             request is refused until then",
                refusal.target.bucket
            )
        },
    ),
    row(|refusal| refusal.failure.code().is_some_and(|code| code.starts_with("KMS.")), kms_key_unusable),
    row(
        |refusal| refusal.is("MethodNotAllowed"),
        |_| {
            "the endpoint does not take this request: AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_S3 has to be the address of an S3 \
         API, not of a website or a console, and S3_BUCKET a bucket there"
            .to_owned()
        },
    ),
    row(
        |refusal| refusal.is("PermanentRedirect") || refusal.is("TemporaryRedirect"),
        |_| {
            "S3 names another region than the one it was asked in: leave AWS_DEFAULT_REGION out, so that the bucket is asked \
         where it is; after a move of the bucket, run the step again in a few minutes"
            .to_owned()
        },
    ),
    row(
        |refusal| refusal.is("RequestTimeTooSkewed"),
        |_| {
            "the clock of the machine that runs the step is wrong: on a runner of your own, set it with NTP"
                .to_owned()
        },
    ),
    row(
        |refusal| refusal.is("InvalidAccessKeyId") || refusal.is("SignatureDoesNotMatch"),
        |_| {
            "AWS does not accept the keys: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use `oidc: true` with \
         AWS_OIDC_ROLE_ARN"
            .to_owned()
        },
    ),
];

impl<'a> Refusal<'a> {
    /// What to do about it; `None` where its reason is not known.
    pub(super) fn hint(&self) -> Option<String> {
        ROWS.iter().find(|row| (row.applies)(self)).map(|row| (row.hint)(self))
    }

    fn is(&self, code: &str) -> bool {
        self.failure.is_code(code)
    }

    fn is_denied(&self) -> bool {
        self.is("AccessDenied") || self.is("AllAccessDisabled")
    }

    fn has(&self, credentials: CredentialKind) -> bool {
        self.facts.credentials == credentials
    }

    fn message(&self) -> &'a str {
        self.failure.message().unwrap_or_default()
    }

    fn mentions(&self, words: &str) -> bool {
        self.message().contains(words)
    }

    /// The resource of `… is not authorized to perform: ACTION on resource: RESOURCE`.
    fn denied_resource(&self) -> Option<&'a str> {
        let (_, rest) = self.message().split_once("on resource: ")?;
        rest.split_whitespace().next().map(|resource| resource.trim_matches('"'))
    }

    /// The region of `… expecting 'REGION'`.
    fn expected_region(&self) -> Option<&'a str> {
        let (_, rest) = self.message().split_once("expecting '")?;
        rest.split_once('\'').map(|(region, _)| region).filter(|region| !region.is_empty())
    }

    fn objects(&self) -> String {
        objects(self.target, self.partition)
    }
}

fn has_expired(refusal: &Refusal<'_>) -> bool {
    refusal.is("ExpiredToken") || refusal.is("ExpiredTokenException")
}

/// S3 names the setting in its words, or gives no reason at all for an object that would be public.
fn public_acl_is_blocked(refusal: &Refusal<'_>) -> bool {
    let gives_no_reason = refusal.failure.denied_action().is_none() && !refusal.mentions("because");
    refusal.is_denied()
        && refusal.asked == Asked::Upload
        && (refusal.mentions("BlockPublicAcls") || (refusal.facts.is_public && gives_no_reason))
}

fn not_s3(refusal: &Refusal<'_>) -> String {
    let author = refusal.failure.author().unwrap_or_default();
    match &refusal.facts.proxy {
        Some(proxy) => format!(
            "S3 did not answer, {author} did: requests go through HTTPS_PROXY ({proxy}) unless NO_PROXY names the host; let \
             the proxy pass S3, or put the bucket's host into NO_PROXY"
        ),
        None => format!(
            "S3 did not answer, {author} did: check what is between the step and S3, and AWS_ENDPOINT_URL or \
             AWS_ENDPOINT_URL_S3 if set"
        ),
    }
}

fn proxy_refused(refusal: &Refusal<'_>) -> String {
    let proxy = refusal.facts.proxy.as_deref().unwrap_or("the proxy");
    format!(
        "HTTPS_PROXY sends requests through {proxy}: let it connect to S3 (port 443), give it the user and the password that \
         it asks for, or put the bucket's host into NO_PROXY"
    )
}

fn kms_denied(refusal: &Refusal<'_>) -> String {
    let key = refusal.denied_resource().filter(|resource| resource.starts_with("arn:"));
    let key = key.map_or_else(|| "the KMS key of the objects".to_owned(), |key| format!("`{key}`"));
    format!(
        "allow the role or user `{GENERATE_KEY}` and `{DECRYPT}` on {key}, in its own policy and, for a key of another \
         account, in the key's policy too"
    )
}

fn kms_key_unusable(refusal: &Refusal<'_>) -> String {
    match &refusal.facts.kms_key {
        Some(key) => format!(
            "KMS cannot use the key `{key}` of --sse-kms-key-id in EXTRA_ARGS: enable it, or name another; the same request \
             is refused until then"
        ),
        None => "KMS cannot use the key of the bucket's default encryption: enable it, or name another with --sse aws:kms \
                 and --sse-kms-key-id in EXTRA_ARGS; the same request is refused until then"
            .to_owned(),
    }
}

#[cfg(test)]
#[path = "refusals_tests.rs"]
mod tests;

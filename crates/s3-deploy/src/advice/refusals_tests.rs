use super::*;

/// In S3's words.
const BLOCKED: &str = "User: arn:aws:sts::111122223333:assumed-role/deploy/build is not authorized to perform: s3:PutObject on \
                       resource: \"arn:aws:s3:::site/foo/a.css\" because public access control lists (ACLs) are prevented by \
                       the BlockPublicAcls setting in S3 Block Public Access.";
const KMS: &str = "User: arn:aws:sts::111122223333:assumed-role/deploy/build is not authorized to perform: \
                   kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:111122223333:key/1234abcd because no \
                   identity-based policy allows the kms:GenerateDataKey action";
const ACL: &str = "User: arn:aws:sts::111122223333:assumed-role/deploy/build is not authorized to perform: s3:PutObjectAcl on \
                   resource: \"arn:aws:s3:::site/foo/a.css\" because no identity-based policy allows the s3:PutObjectAcl \
                   action";
const PUT_DENIED: &str = "User: arn:aws:sts::111122223333:assumed-role/deploy/build is not authorized to perform: s3:PutObject \
                          on resource: \"arn:aws:s3:::site/foo/a.css\" because no identity-based policy allows the \
                          s3:PutObject action";
const LOCKED: &str = "Access Denied because object protected by object lock.";
const REGION: &str =
    "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'garage'";
const PLAIN: &str = "Access Denied";

fn facts() -> Facts {
    Facts::default()
}

fn with(credentials: CredentialKind) -> Facts {
    Facts { credentials, ..facts() }
}

fn hint(asked: Asked, code: &str, message: &str, facts: &Facts) -> Option<String> {
    let target: Target = "site/foo".parse().expect("a target");
    let failure = Failure::reported(Some(code), Some(message));
    Refusal { asked, failure: &failure, target: &target, partition: "aws", facts }.hint()
}

/// Each row: what was asked, code and message, what the configuration is, and words of the hint.
#[test]
fn each_reason_has_its_hint() {
    let public = Facts { is_public: true, ..facts() };
    let cold = Facts { storage_class: Some("GLACIER_IR".to_owned()), ..facts() };
    let keyed = Facts { kms_key: Some("alias/web".to_owned()), ..facts() };
    for (asked, code, message, facts, words) in [
        (Asked::List, "NoSuchBucket", "", facts(), "S3_BUCKET names `site`"),
        (
            Asked::Upload,
            "AccessDenied",
            BLOCKED,
            public.clone(),
            "the bucket blocks public ACLs, as new buckets do: leave ACL out",
        ),
        (Asked::Upload, "AccessDenied", BLOCKED, facts(), "the bucket blocks public ACLs"),
        (Asked::Upload, "AccessDenied", PLAIN, public.clone(), "the bucket blocks public ACLs"),
        (
            Asked::Upload,
            "AccessDenied",
            PUT_DENIED,
            public.clone(),
            "allow the role or user `s3:PutObject` on",
        ),
        (
            Asked::Upload,
            "AccessDenied",
            ACL,
            public.clone(),
            "allow the role or user `s3:PutObjectAcl` on `arn:aws:s3:::site/foo/*`",
        ),
        (Asked::Delete, "AccessDenied", PLAIN, public, "allow the role or user `s3:DeleteObject`"),
        (
            Asked::Upload,
            "AccessDenied",
            KMS,
            facts(),
            "`kms:GenerateDataKey` and `kms:Decrypt` on `arn:aws:kms:eu-west-1:111122223333:key/1234abcd`",
        ),
        (Asked::Delete, "AccessDenied", LOCKED, facts(), "S3 Object Lock protects the object"),
        (Asked::List, "AccessDenied", PLAIN, facts(), "`s3:ListBucket` on `arn:aws:s3:::site`"),
        (Asked::Upload, "AccessDenied", PLAIN, facts(), "`s3:PutObject` on `arn:aws:s3:::site/foo/*`"),
        (Asked::Delete, "AccessDenied", PLAIN, facts(), "`s3:DeleteObject` on `arn:aws:s3:::site/foo/*`"),
        (Asked::Upload, "AccessControlListNotSupported", "", facts(), "the bucket has ACLs disabled"),
        (Asked::Upload, "ExpiredToken", "", facts(), "AWS_ROLE_DURATION_SECONDS"),
        (Asked::List, "ExpiredToken", "", with(CredentialKind::SessionKeys), "AWS_SESSION_TOKEN has expired"),
        (Asked::List, "InvalidToken", "", facts(), "set AWS_DEFAULT_REGION to the bucket's region"),
        (
            Asked::List,
            "InvalidToken",
            "",
            with(CredentialKind::SessionKeys),
            "AWS_SESSION_TOKEN does not belong to AWS_ACCESS_KEY_ID",
        ),
        (Asked::List, "AuthorizationHeaderMalformed", REGION, facts(), "set AWS_DEFAULT_REGION: garage"),
        (Asked::Upload, "InvalidStorageClass", "", cold, "no storage class GLACIER_IR: change STORAGE_CLASS"),
        (Asked::Upload, "InvalidStorageClass", "", facts(), "set STORAGE_CLASS"),
        (Asked::Upload, "QuotaExceeded", "", facts(), "the bucket `site` of S3_BUCKET is used up"),
        (
            Asked::Upload,
            "KMS.DisabledException",
            "",
            keyed.clone(),
            "the key `alias/web` of --sse-kms-key-id",
        ),
        (Asked::Upload, "KMS.NotFoundException", "", keyed, "the key `alias/web` of --sse-kms-key-id"),
        (
            Asked::Upload,
            "KMS.KMSInvalidStateException",
            "",
            facts(),
            "the key of the bucket's default encryption",
        ),
        (Asked::List, "MethodNotAllowed", "", facts(), "AWS_ENDPOINT_URL"),
        (Asked::List, "PermanentRedirect", "", facts(), "leave AWS_DEFAULT_REGION out"),
        (Asked::List, "RequestTimeTooSkewed", "", facts(), "with NTP"),
        (Asked::List, "SignatureDoesNotMatch", "", with(CredentialKind::UserKeys), "AWS_SECRET_ACCESS_KEY"),
    ] {
        let hint = hint(asked, code, message, &facts).unwrap_or_else(|| panic!("no hint: {code} {message}"));
        assert!(hint.contains(words), "{code} {message}: {hint}");
        assert!(!hint.contains("run the step again") || code == "PermanentRedirect", "{code}: {hint}");
    }
}

#[test]
fn other_refusals_have_no_hint_here() {
    for (asked, code, message) in [
        (Asked::Look, "AccessDenied", PLAIN),
        (Asked::Upload, "InternalError", ""),
        (Asked::List, "AuthorizationHeaderMalformed", "The authorization header is malformed"),
    ] {
        assert_eq!(hint(asked, code, message, &facts()), None, "{code}");
    }
}

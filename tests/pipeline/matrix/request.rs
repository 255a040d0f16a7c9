//! The rows: every kind of request that the pipes make.

/// Which of the two pipes makes a request, and with which site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pipe {
    /// The first, with small files.
    Deploy,
    /// The first, with a file that goes in parts.
    DeployFilm,
    /// The second.
    Invalidate,
}

/// When in a deploy a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Before anything is written.
    Survey,
    Assets,
    Pages,
    Deletions,
    Record,
    /// In the second pipe.
    After,
}

/// How much a reply says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A head.
    Head,
    /// A head and a document.
    Document,
    /// A head and the bytes of an object.
    Object,
}

/// What has to be so for a request to be made at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// Nothing else.
    Nothing,
    /// Nobody says in which region the bucket is.
    NoRegion,
    /// Of an upload in parts, one is taken and no other.
    OnePart,
    /// The distribution has a policy that says which query strings count.
    CachePolicy,
}

/// A kind of request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) name: &'static str,
    pub(super) pipe: Pipe,
    pub(super) phase: Phase,
    /// The API's name for it.
    pub(super) operation: &'static str,
    /// The object it is about, where there are others of its kind.
    pub(super) about: Option<&'static str>,
    pub(super) reply: Reply,
    pub(super) given: Given,
    /// One of these is in the words of the error: the request, or the object, or the variable.
    pub(super) cause: &'static [&'static str],
}

const fn request(
    name: &'static str,
    (pipe, phase): (Pipe, Phase),
    (operation, about): (&'static str, Option<&'static str>),
    reply: Reply,
    cause: &'static [&'static str],
) -> Request {
    Request { name, pipe, phase, operation, about, reply, given: Given::Nothing, cause }
}

/// Requests that no cell makes, and why.
pub(super) const LEFT_OUT: [(&str, &str); 1] = [(
    "UploadPartCopy",
    "only objects of more than 5 GiB are copied in parts, which would have to be held in memory here",
)];

pub(super) const REQUESTS: [Request; 20] = [
    request(
        "STS",
        (Pipe::Deploy, Phase::Survey),
        ("AssumeRoleWithWebIdentity", None),
        Reply::Document,
        &["STS"],
    ),
    request(
        "STS of the second pipe",
        (Pipe::Invalidate, Phase::After),
        ("AssumeRoleWithWebIdentity", None),
        Reply::Document,
        &["STS"],
    ),
    Request {
        given: Given::NoRegion,
        ..request(
            "HeadBucket",
            (Pipe::Deploy, Phase::Survey),
            ("HeadBucket", None),
            Reply::Head,
            &["cannot list s3://site-bucket/"],
        )
    },
    request(
        "LIST",
        (Pipe::Deploy, Phase::Survey),
        ("ListObjectsV2", None),
        Reply::Document,
        &["cannot list s3://site-bucket/"],
    ),
    request("GET record", (Pipe::Deploy, Phase::Survey), ("GetObject", None), Reply::Object, &["record"]),
    request(
        "HEAD",
        (Pipe::Deploy, Phase::Survey),
        ("HeadObject", None),
        Reply::Head,
        &["cannot look at s3://site-bucket/assets/foreign.css"],
    ),
    request(
        "PUT asset",
        (Pipe::Deploy, Phase::Assets),
        ("PutObject", Some("assets/site.css")),
        Reply::Head,
        &["assets/site.css"],
    ),
    request(
        "COPY",
        (Pipe::Deploy, Phase::Assets),
        ("CopyObject", None),
        Reply::Document,
        &["assets/logo.svg"],
    ),
    request(
        "CreateMultipartUpload",
        (Pipe::DeployFilm, Phase::Assets),
        ("CreateMultipartUpload", None),
        Reply::Document,
        &["film.mp4"],
    ),
    request(
        "UploadPart",
        (Pipe::DeployFilm, Phase::Assets),
        ("UploadPart", None),
        Reply::Head,
        &["film.mp4"],
    ),
    request(
        "CompleteMultipartUpload",
        (Pipe::DeployFilm, Phase::Assets),
        ("CompleteMultipartUpload", None),
        Reply::Document,
        &["film.mp4"],
    ),
    Request {
        given: Given::OnePart,
        ..request(
            "AbortMultipartUpload",
            (Pipe::DeployFilm, Phase::Assets),
            ("AbortMultipartUpload", None),
            Reply::Head,
            &["film.mp4"],
        )
    },
    request(
        "PUT page",
        (Pipe::Deploy, Phase::Pages),
        ("PutObject", Some("index.html")),
        Reply::Head,
        &["index.html"],
    ),
    request(
        "DeleteObjects",
        (Pipe::Deploy, Phase::Deletions),
        ("DeleteObjects", None),
        Reply::Document,
        &["gone.html"],
    ),
    request(
        "DeleteObject",
        (Pipe::Deploy, Phase::Deletions),
        ("DeleteObject", None),
        Reply::Head,
        &["odd\\nname.css"],
    ),
    request(
        "PUT record",
        (Pipe::Deploy, Phase::Record),
        ("PutObject", Some(".s3-deploy/record")),
        Reply::Head,
        &["record"],
    ),
    request(
        "GetDistributionConfig",
        (Pipe::Invalidate, Phase::After),
        ("GetDistributionConfig", None),
        Reply::Document,
        &["E1EXAMPLE"],
    ),
    Request {
        given: Given::CachePolicy,
        ..request(
            "GetCachePolicy",
            (Pipe::Invalidate, Phase::After),
            ("GetCachePolicy", None),
            Reply::Document,
            &["E1EXAMPLE"],
        )
    },
    request(
        "CreateInvalidation",
        (Pipe::Invalidate, Phase::After),
        ("CreateInvalidation", None),
        Reply::Document,
        &["Error creating a cloudfront invalidation"],
    ),
    request(
        "GetInvalidation",
        (Pipe::Invalidate, Phase::After),
        ("GetInvalidation", None),
        Reply::Document,
        &["Error waiting for a cloudfront invalidation"],
    ),
];

impl Request {
    /// Whether S3 answers it.
    pub(super) fn is_of_s3(&self) -> bool {
        !self.operation.ends_with("Invalidation")
            && !matches!(
                self.operation,
                "AssumeRoleWithWebIdentity" | "GetCachePolicy" | "GetDistributionConfig"
            )
    }

    /// Whether a deploy has to end here when S3 does not accept its credentials any more. A look has no words to say so in,
    /// a copy has an upload in its place, and what was to be done is done when the record is written.
    pub(super) fn is_decisive(&self) -> bool {
        matches!(
            self.name,
            "LIST" | "GET record" | "PUT asset" | "CreateMultipartUpload" | "UploadPart" | "PUT page"
        )
    }
}

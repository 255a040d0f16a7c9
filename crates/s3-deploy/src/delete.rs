//! Deletion: in batches, every refused key reported.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bitbucket_pipe::Stop;
use futures::{StreamExt, stream};
use md5::{Digest as _, Md5};
use oidc_auth::{Failure, counted};

use crate::bucket::Bucket;

/// `DeleteObjects` takes this many keys (S3 API reference).
const BATCH: usize = 1000;

/// A key that is still there.
#[derive(Debug)]
pub(crate) struct KeptKey {
    /// Its path below the prefix.
    pub path: String,
    /// Why.
    pub failure: Failure,
}

/// What a deletion did.
#[derive(Debug, Default)]
pub(crate) struct Deletion {
    /// Paths that are gone.
    pub deleted: Vec<String>,
    /// Paths that are not.
    pub kept: Vec<KeptKey>,
}

/// Deletes paths below the prefix. Stores that refuse batches are asked key by key; after a signal nothing more is asked.
pub(crate) async fn delete(bucket: &Bucket, paths: &[String], stop: &Stop) -> Deletion {
    let mut deletion = Deletion::default();
    let (plain, awkward): (Vec<&String>, Vec<&String>) = paths.iter().partition(|path| fits_xml(path));
    for batch in plain.chunks(BATCH) {
        let part = tokio::select! {
            part = delete_batch(bucket, batch) => part,
            _ = stop.requested() => Err(Failure::unsent("stopped")),
        };
        match part {
            Ok(part) => deletion.add(part),
            Err(failure) if is_no_batches(&failure) => deletion.add(delete_singly(bucket, batch, stop).await),
            Err(failure) => {
                let kept = |path: &&String| KeptKey { path: (*path).clone(), failure: failure.clone() };
                deletion.kept.extend(batch.iter().map(kept));
            }
        }
    }
    deletion.add(delete_singly(bucket, &awkward, stop).await);
    deletion
}

impl Deletion {
    fn add(&mut self, other: Self) {
        self.deleted.extend(other.deleted);
        self.kept.extend(other.kept);
    }
}

/// XML 1.0 has no way to write most control characters, and its readers rewrite a carriage return.
fn fits_xml(path: &str) -> bool {
    !path.chars().any(|character| character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}'))
}

/// Some stores have no batches, or do not take them as S3 does; others demand a right on the bucket for them that the role
/// lacks. What is about the caller would be said of each key too.
fn is_no_batches(failure: &Failure) -> bool {
    matches!(failure.status(), Some(400 | 403 | 405 | 501)) && !failure.is_about_caller()
}

async fn delete_batch(bucket: &Bucket, paths: &[&String]) -> Result<Deletion, Failure> {
    let identifier = |path: &&String| ObjectIdentifier::builder().key(bucket.target().key(path)).build();
    let objects: Result<Vec<_>, _> = paths.iter().map(identifier).collect();
    let delete = objects.and_then(|objects| Delete::builder().set_objects(Some(objects)).quiet(true).build());
    let delete = delete.map_err(Failure::unsent)?;
    let request = bucket.client().delete_objects().bucket(bucket.name()).delete(delete);
    let checksum_headers = bucket.checksum_headers().clone();
    let takes_md5 = !bucket.target().bucket.is_directory();
    // After the SDK's own checksum, which it adds where none is to be sent too.
    let request = request.customize().mutate_request(move |request| {
        checksum_headers.strip(request.headers_mut());
        // The only proof of a body that stores from before the checksum headers know; many demand it.
        if let Some(body) = request.body().bytes().filter(|_| takes_md5) {
            let md5 = BASE64_STANDARD.encode(Md5::digest(body));
            request.headers_mut().insert("content-md5", md5);
        }
    });
    let reply = counted(request.send()).await?;
    let mut deletion = Deletion::default();
    for error in reply.errors() {
        let key = error.key().unwrap_or_default();
        let path = key.strip_prefix(bucket.target().prefix.as_str()).unwrap_or(key).to_owned();
        let failure = Failure::reported(error.code(), error.message());
        deletion.kept.push(KeptKey { path, failure });
    }
    let is_kept = |path: &str| deletion.kept.iter().any(|kept| kept.path == path);
    deletion.deleted = paths.iter().filter(|path| !is_kept(path)).map(|path| (*path).clone()).collect();
    Ok(deletion)
}

async fn delete_singly(bucket: &Bucket, paths: &[&String], stop: &Stop) -> Deletion {
    let requests = paths.iter().map(|path| async move {
        let _permit = bucket.limits().permit(0).await;
        let request = bucket.client().delete_object().bucket(bucket.name()).key(bucket.target().key(path));
        let reply = tokio::select! {
            reply = counted(request.send()) => reply.map(drop),
            _ = stop.requested() => Err(Failure::unsent("stopped")),
        };
        ((*path).clone(), reply)
    });
    let mut deletion = Deletion::default();
    let mut replies = stream::iter(requests).buffer_unordered(bucket.limits().widest());
    while let Some((path, reply)) = replies.next().await {
        match reply {
            Ok(()) => deletion.deleted.push(path),
            Err(failure) => deletion.kept.push(KeptKey { path, failure }),
        }
    }
    deletion
}

#[cfg(test)]
mod tests {
    use super::fits_xml;

    #[test]
    fn keys_that_xml_cannot_carry() {
        assert!(fits_xml("a b/é&<>.html"));
        for awkward in ["a\nb", "a\rb", "a\u{1}b", "\u{ffff}"] {
            assert!(!fits_xml(awkward), "{awkward:?}");
        }
    }
}

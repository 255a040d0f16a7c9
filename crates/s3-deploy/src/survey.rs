//! From a configuration to a plan: log in, read the folder and the bucket at the same time, compare.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use oidc_auth::Access;

use crate::advice::{Asked, hint};
use crate::bucket::{Addressing, Bucket};
use crate::config::Config;
use crate::list::{ListError, Listing, list};
use crate::plan::{Evidence, Plan, RemoteObject, object_at, undecided};
use crate::record::object::Found;
use crate::report::Report;
use crate::scan::{LocalFile, ScanError, Skipped, Tree, scan};

/// HEAD requests in flight: as many as uploads.
const HEADS_IN_FLIGHT: usize = 64;

/// What a deploy has to do, and where.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) plan: Plan,
    /// How many files the folder has, the excluded and the skipped ones included.
    pub(crate) files: usize,
    /// What of the folder cannot be deployed; nothing is deleted then.
    pub(crate) skipped: Vec<Skipped>,
    /// What the bucket holds.
    pub(crate) listed: Vec<RemoteObject>,
    /// What is at the record's place.
    pub(crate) found: Found,
}

pub(crate) async fn survey(config: &Config, access: &Access, report: &Report) -> anyhow::Result<Survey> {
    report.access(access);
    let _progress = report.comparing();
    // A folder that cannot be read is found out while STS and S3 answer.
    let folder = read_folder(config);
    let bucket = open(config, access, report);
    let (tree, (bucket, listed, found)) = tokio::try_join!(folder, bucket)?;
    report.folder(&tree);
    let mut doubtful = undecided(&tree.files, &listed, config.compare);
    let mut evidence = recorded(&found, &doubtful, &listed);
    doubtful.retain(|path| !evidence.contains_key(path));
    evidence.extend(examine(&bucket, doubtful, report).await?);
    report.unchanged(&tree.files, &listed, &evidence, config.compare);
    report.other_headers(with_other_headers(config, &found, &tree.files, &listed));
    let Tree { skipped, excluded, .. } = tree;
    let files = tree.files.len() + excluded + skipped.len();
    // Where the folder is not known whole, no object is known to have lost its file.
    let deletable = |path: &str| config.delete && skipped.is_empty() && config.filters.includes(path);
    let plan = Plan::new(tree.files, &listed, &evidence, deletable, &config.headers, config.compare);
    Ok(Survey { bucket: Arc::new(bucket), plan, files, skipped, listed, found })
}

async fn read_folder(config: &Config) -> anyhow::Result<Tree> {
    let (folder, filters) = (config.folder.clone(), config.filters.clone());
    let follow_links = config.follow_links;
    let prefix_length = config.target.prefix.as_str().len();
    let tree: Result<Tree, ScanError> =
        tokio::task::spawn_blocking(move || scan(&folder, prefix_length, &filters, follow_links)).await?;
    tree.with_context(|| format!("cannot deploy {}", config.folder_name))
}

async fn open(
    config: &Config,
    access: &Access,
    report: &Report,
) -> anyhow::Result<(Bucket, Vec<RemoteObject>, Found)> {
    let session = access.connect().await?;
    report.session(&session);
    let addressing = Addressing {
        force_path_style: config.force_path_style,
        requester_pays: config.requester_pays,
        customer_key: config.headers.customer_key.clone(),
    };
    let (bucket, news) = Bucket::open(session, config.target.clone(), addressing).await;
    report.region(&config.target, news.as_ref());
    let record = async { if config.record { bucket.read_record().await } else { Found::Off } };
    let (listing, mut found) = tokio::join!(list(&bucket), record);
    let Listing { objects, news } = listing.map_err(|error| {
        let hint = match &error {
            ListError::Refused(failure) => hint(Asked::List, failure, &config.target, bucket.partition()),
            ListError::Loop | ListError::NotUtf8 => None,
        };
        let hint = hint.map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        anyhow::Error::new(error).context(format!("cannot list {}{hint}", config.target))
    })?;
    report.region(&config.target, news.as_ref());
    if news.is_some() && config.record {
        // It was asked for in the wrong region.
        found = bucket.read_record().await;
    }
    if let Found::Refused(failure) = &found {
        report.record_not_read(&bucket, failure);
    }
    Ok((bucket, objects, found))
}

/// How many files are in the bucket as they are, but by the record with other headers than they would be sent with now.
fn with_other_headers(config: &Config, found: &Found, files: &[LocalFile], listed: &[RemoteObject]) -> usize {
    let Found::Present(record, _) = found else { return 0 };
    let differs = |file: &&LocalFile| {
        let object = object_at(&file.path, listed);
        let written = object.and_then(|object| record.knowledge_of(object));
        // The digest is the dear part, so it comes last.
        written.is_some_and(|written| {
            written.crc64 == file.digests.crc64 && written.headers != config.headers.digest(&file.path)
        })
    };
    files.iter().filter(differs).count()
}

/// What the record knows of the objects at these paths, as far as they are still as it describes them.
fn recorded(found: &Found, paths: &[String], listed: &[RemoteObject]) -> BTreeMap<String, Evidence> {
    let Found::Present(record, _) = found else { return BTreeMap::new() };
    let known = |path: &String| {
        let written = record.knowledge_of(object_at(path, listed)?)?;
        Some((path.clone(), Evidence::Crc64(written.crc64)))
    };
    paths.iter().filter_map(known).collect()
}

/// Looks closer at the objects of which size and ETag do not tell; once the role may not, the rest are not asked.
async fn examine(
    bucket: &Bucket,
    paths: Vec<String>,
    report: &Report,
) -> anyhow::Result<BTreeMap<String, Evidence>> {
    let refused = std::sync::atomic::AtomicBool::new(false);
    let looks = paths.into_iter().map(|path| {
        let refused = &refused;
        async move {
            use std::sync::atomic::Ordering::Relaxed;
            if refused.load(Relaxed) {
                return Ok((path, Evidence::Refused));
            }
            let evidence = bucket
                .evidence(&path)
                .await
                .with_context(|| format!("cannot look at {}", bucket.target().address(&path)))?;
            if evidence == Evidence::Refused {
                refused.store(true, Relaxed);
            }
            anyhow::Ok((path, evidence))
        }
    });
    let evidence: BTreeMap<String, Evidence> =
        stream::iter(looks).buffer_unordered(HEADS_IN_FLIGHT).try_collect().await?;
    let blind = evidence.values().filter(|evidence| **evidence == Evidence::Refused).count();
    report.blind(bucket, blind);
    Ok(evidence)
}

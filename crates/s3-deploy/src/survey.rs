//! From a configuration to a plan: log in, read the folder and the bucket at the same time, compare.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use oidc_auth::Access;

use crate::advice::{Asked, hint};
use crate::bucket::Bucket;
use crate::config::Config;
use crate::hash::etag_in_parts;
use crate::headers::sheet::Seen;
use crate::list::{ListError, Listing, list};
use crate::plan::requests::Requests;
use crate::plan::stored::{Headers, Known};
use crate::plan::{Compare, Evidence, Plan, RemoteObject, object_at, undecided};
use crate::record::Written;
use crate::record::object::Found;
use crate::report::Report;
use crate::scan::{LocalFile, ScanError, Tree, scan};

/// HEAD requests in flight: as many as uploads.
const HEADS_IN_FLIGHT: usize = 64;

/// What a deploy has to do, and where.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) plan: Plan,
    /// How many files the folder has, the excluded ones included.
    pub(crate) files: usize,
    /// What the bucket holds.
    pub(crate) listed: Vec<RemoteObject>,
    /// What is at the record's place.
    pub(crate) found: Found,
    /// Objects whose bytes and headers were looked at and are right.
    pub(crate) verified: BTreeMap<String, Written>,
    /// The requests that have been made.
    pub(crate) reads: Requests,
}

/// A bucket whose state is known.
struct Opened {
    bucket: Bucket,
    listed: Vec<RemoteObject>,
    found: Found,
    reads: Requests,
}

pub(crate) async fn survey(config: &Config, access: &Access, report: &Report) -> anyhow::Result<Survey> {
    report.access(access);
    let _progress = report.comparing();
    // A folder that cannot be read is found out while STS and S3 answer.
    let folder = read_folder(config);
    let bucket = open(config, access, report);
    let (tree, Opened { bucket, listed, found, mut reads }) = tokio::try_join!(folder, bucket)?;
    report.left_out(&tree.left_out, tree.excluded);
    report.header_rules(config.headers_file_name.as_deref(), &config.headers.file, &tree.files);
    let mut doubtful = undecided(&tree.files, &listed, config.compare);
    let mut evidence = recorded(&found, &doubtful, &listed);
    doubtful.retain(|path| !evidence.contains_key(path));
    let mut known = Known { record: found.record(), seen: BTreeMap::new() };
    let compares_headers = config.compare == Compare::Content && found.is_readable();
    let unknown = if compares_headers { known.unknown(&tree.files, &listed) } else { Vec::new() };
    let looks = examine(&bucket, doubtful, unknown, report).await?;
    reads.head += looks.heads;
    evidence.extend(cut_alike(looks.evidence, &tree.files).await?);
    known.seen = looks.seen;
    let headers = if compares_headers {
        known.compare(&tree.files, &listed, &evidence, &config.headers)
    } else {
        Headers::default()
    };
    report.unchanged(&tree.files, &listed, &evidence, config.compare, &headers.differ);
    let files = tree.files.len() + tree.excluded;
    let deletable = |path: &str| config.delete && config.filters.includes(path);
    let Headers { differ, verified } = headers;
    let plan = Plan::new(tree.files, &listed, &evidence, &differ, deletable, &config.headers, config.compare);
    Ok(Survey { bucket: Arc::new(bucket), plan, files, listed, found, verified, reads })
}

async fn read_folder(config: &Config) -> anyhow::Result<Tree> {
    let (folder, filters) = (config.folder.clone(), config.filters.clone());
    let follow_links = config.follow_links;
    let prefix_length = config.target.prefix.as_str().len();
    let tree: Result<Tree, ScanError> =
        tokio::task::spawn_blocking(move || scan(&folder, prefix_length, &filters, follow_links)).await?;
    tree.with_context(|| format!("cannot deploy {}", config.folder_name))
}

async fn open(config: &Config, access: &Access, report: &Report) -> anyhow::Result<Opened> {
    let session = access.connect().await?;
    report.session(&session);
    let (bucket, news) = Bucket::open(session, config.target.clone(), config.force_path_style).await;
    report.region(&config.target, news.as_ref());
    let record = async { if config.record { bucket.read_record().await } else { Found::Off } };
    let (listing, mut found) = tokio::join!(list(&bucket), record);
    let Listing { objects: listed, pages, news } = listing.map_err(|error| {
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
    let reads = Requests { list: pages, get: u64::from(config.record), ..Requests::default() };
    Ok(Opened { bucket, listed, found, reads })
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

/// Reads the files again whose objects were uploaded in other parts than ours, one after the other: they are few and large.
async fn cut_alike(
    mut evidence: BTreeMap<String, Evidence>,
    files: &[LocalFile],
) -> anyhow::Result<BTreeMap<String, Evidence>> {
    for file in files {
        let Some(Evidence::InParts(part_size)) = evidence.get(&file.path).copied() else { continue };
        let path = file.file.clone();
        let etag = tokio::task::spawn_blocking(move || etag_in_parts(&path, part_size)).await?;
        let etag = etag.with_context(|| format!("cannot read {}", file.file.display()))?;
        evidence.insert(file.path.clone(), Evidence::WouldBe(etag));
    }
    Ok(evidence)
}

/// What looks at single objects showed, by path.
#[derive(Debug, Default)]
struct Looks {
    evidence: BTreeMap<String, Evidence>,
    seen: BTreeMap<String, Seen>,
    /// How many requests it took.
    heads: u64,
}

/// Looks closer at the objects of which size and ETag do not tell, and at those whose headers nobody knows; once the role
/// may not, the rest are not asked.
async fn examine(
    bucket: &Bucket,
    doubtful: Vec<String>,
    unknown: Vec<String>,
    report: &Report,
) -> anyhow::Result<Looks> {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
    let (refused, heads) = (AtomicBool::new(false), AtomicU64::new(0));
    let doubtful: BTreeSet<String> = doubtful.into_iter().collect();
    let paths: BTreeSet<&String> = doubtful.iter().chain(&unknown).collect();
    let looks = paths.into_iter().map(|path| {
        let (refused, heads) = (&refused, &heads);
        async move {
            if refused.load(Relaxed) {
                return Ok((path, (Evidence::Refused, None)));
            }
            heads.fetch_add(1, Relaxed);
            let look = bucket
                .evidence(path)
                .await
                .with_context(|| format!("cannot look at {}", bucket.target().address(path)))?;
            if look.0 == Evidence::Refused {
                refused.store(true, Relaxed);
            }
            anyhow::Ok((path, look))
        }
    });
    let all: Vec<(&String, (Evidence, Option<Seen>))> =
        stream::iter(looks).buffer_unordered(HEADS_IN_FLIGHT).try_collect().await?;
    let mut found = Looks { heads: heads.into_inner(), ..Looks::default() };
    let (mut blind, mut unseen) = (0, 0);
    for (path, (evidence, seen)) in all {
        let is_refused = evidence == Evidence::Refused;
        blind += usize::from(is_refused && doubtful.contains(path));
        unseen += usize::from(is_refused && !doubtful.contains(path));
        if doubtful.contains(path) {
            found.evidence.insert(path.clone(), evidence);
        }
        found.seen.extend(seen.map(|seen| (path.clone(), seen)));
    }
    report.blind(bucket, blind, unseen);
    Ok(found)
}

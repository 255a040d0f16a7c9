//! From a configuration to a plan: log in, read the folder and the bucket at the same time, compare.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use bitbucket_pipe::text::printable;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use oidc_auth::{Access, Failure};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::advice::Asked;
use crate::bucket::{Addressing, Bucket};
use crate::config::Config;
use crate::grace;
use crate::guard::secrets::Secret;
use crate::guard::{Case, Scope, is_content};
use crate::hash::{etag_in_parts, etag_like, on_all_processors};
use crate::headers::rules::HeaderRules;
use crate::headers::sheet::{Changes, Interned};
use crate::list::outline::Outline;
use crate::list::{ListError, Listing, list};
use crate::owner::BucketOwner;
use crate::plan::etag::ETag;
use crate::plan::objects::Objects;
use crate::plan::questions::{Question, questions, unproven};
use crate::plan::requests::Requests;
use crate::plan::stored::{Alike, Headers, Known};
use crate::plan::{Compare, Evidence, Plan};
use crate::record::object::Found;
use crate::record::{self, Written};
use crate::report::Report;
use crate::scan::{ScanError, Skipped, Tree, TreeFile, scan};

/// The bucket is another account's than the user expects.
#[derive(Debug, thiserror::Error)]
#[error(
    "the bucket `{bucket}` does not belong to the account {owner} that EXPECTED_BUCKET_OWNER names; nothing was written\n\
     hint: do S3_BUCKET and EXPECTED_BUCKET_OWNER name what you mean? Somebody else may have a bucket of that name"
)]
struct WrongOwner {
    bucket: String,
    owner: BucketOwner,
}

/// What a deploy has to do, and where.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) plan: Plan,
    /// How many files the folder has, the excluded and the skipped ones included.
    pub(crate) files: usize,
    /// How many files are deployed, changed or not, placeholders not counted.
    pub(crate) deployed: usize,
    /// How many objects the deploy is about; counted only for `MAX_DELETE` and for a trailing slash of `S3_BUCKET`.
    pub(crate) objects: usize,
    /// What of the folder looks like a secret.
    pub(crate) secrets: Vec<Secret>,
    /// What of the folder cannot be deployed; nothing is deleted then.
    pub(crate) skipped: Vec<Skipped>,
    /// What the bucket holds.
    pub(crate) listed: Objects,
    /// Files that are not in the build, and when a deploy first missed them, in seconds since 1970.
    pub(crate) away: BTreeMap<String, i64>,
    /// Files that were not in the build, and are again.
    pub(crate) back: Vec<String>,
    /// What is at the record's place.
    pub(crate) found: Found,
    /// Objects whose bytes and headers were looked at and are right, by their index in the listing.
    pub(crate) verified: BTreeMap<usize, Written>,
    /// All requests that the deploy takes, those among them that have been made.
    pub(crate) requests: Requests,
}

/// A bucket whose state is known.
struct Opened {
    bucket: Bucket,
    listed: Objects,
    found: Found,
    reads: Requests,
}

impl Survey {
    /// What the plan is judged by.
    pub(crate) fn case<'a>(&'a self, config: &'a Config) -> Case<'a> {
        Case {
            plan: &self.plan,
            files: self.files,
            deployed: self.deployed,
            objects: self.objects,
            listed: &self.listed,
            prefix: config.target.prefix.as_str(),
            trailing_slash: config.trailing_slash.as_ref(),
            is_recorded: self.listed.at(record::PATH).is_some(),
            secrets: &self.secrets,
        }
    }
}

pub(crate) async fn survey(
    config: &Config,
    access: &Access,
    now: Timestamp,
    report: &Report,
) -> anyhow::Result<Survey> {
    report.access(access);
    let _progress = report.comparing();
    // A folder that cannot be read is found out while STS and S3 answer.
    let (tell, outlines) = unbounded_channel();
    let folder = read_folder(config, tell.clone());
    let bucket = open(config, access, (tell, outlines), report);
    let (mut tree, Opened { bucket, listed, found, mut reads }) = tokio::try_join!(folder, bucket)?;
    report.folder(&tree);
    report.contents(&tree, config.headers_file_name.as_deref());
    let mut checks = std::mem::take(&mut tree.checks);
    checks.see_objects(listed.iter().map(|object| object.path));
    report.patterns(&checks.unmatched());
    report.header_rules(config.headers_file_name.as_deref(), &config.headers.file, &tree.files);
    let files = tree.files.len() + tree.excluded + tree.skipped.len();
    let deployed = tree.files.iter().filter(|file| is_content(&file.path)).count();
    let none = BTreeMap::new();
    let left = found.record().map_or(&none, |record| &record.left);
    let (away, back) = grace::still_away(left, &tree.files);
    if let Some(shard) = config.shard {
        tree.files.retain(|file| !config.headers.is_page(&file.path));
        let all = tree.files.len();
        tree.files = shard.of(tree.files);
        report.shard(shard, tree.files.len(), all);
    }
    let compares_headers = config.compare == Compare::Content && found.is_readable();
    let unproven = unproven(&tree.files, &listed, found.record(), config.compare);
    let alike;
    (tree.files, alike) = recognise(config.folder.clone(), tree.files, unproven).await?;
    let open = questions(&tree.files, &listed, found.record(), &alike, config.compare, compares_headers);
    let looks = examine(&bucket, &tree.files, open, &config.headers, report).await?;
    reads.head += looks.heads;
    let evidence = cut_alike(looks.evidence, &config.folder, &tree.files).await?;
    let known = Known { record: found.record(), alike, evidence, seen: looks.seen };
    let headers = if compares_headers {
        known.compare(&tree.files, &listed, &config.headers)
    } else {
        Headers::default()
    };
    report.unchanged(&tree.files, &listed, &known, config.compare, &headers.differ);
    // Where the folder is not known whole, no object is known to have lost its file.
    let deletes = config.delete && config.shard.is_none() && tree.skipped.is_empty();
    let scope = Scope { filters: &config.filters, protected: &tree.protected, deletes };
    let Headers { differ, verified } = headers;
    report.wrong_folder(config, &tree.files, &listed, &scope);
    let may_delete = |path: &str| scope.may_delete(path);
    let mut plan =
        Plan::new(tree.files, &listed, &known, &differ, may_delete, &config.headers, config.compare);
    config.delete_grace.spare(&mut plan, &away, now.as_second(), &config.headers);
    let requests = plan.requests(reads, found.is_readable() && config.shard.is_none());
    let is_counted = config.guards.max_delete.is_some() || config.trailing_slash.is_some();
    let objects = if is_counted { scope.count(&listed) } else { 0 };
    let Tree { skipped, secrets, .. } = tree;
    let bucket = Arc::new(bucket);
    Ok(Survey {
        bucket,
        plan,
        files,
        deployed,
        objects,
        secrets,
        skipped,
        listed,
        away,
        back,
        found,
        verified,
        requests,
    })
}

async fn read_folder(config: &Config, tell: UnboundedSender<Outline>) -> anyhow::Result<Tree> {
    let (folder, filters, rules) = (config.folder.clone(), config.filters.clone(), config.headers.clone());
    let follow_links = config.follow_links;
    let prefix_length = config.target.prefix.as_str().len();
    // A listing that has ended, or failed, needs no outline.
    let hear = move |outline| drop(tell.send(outline));
    let scan = move || scan(&folder, prefix_length, &filters, follow_links, &rules, hear);
    let tree: Result<Tree, ScanError> = tokio::task::spawn_blocking(scan).await?;
    tree.with_context(|| format!("cannot deploy {}", config.folder_name))
}

async fn open(
    config: &Config,
    access: &Access,
    (tell, outlines): (UnboundedSender<Outline>, UnboundedReceiver<Outline>),
    report: &Report,
) -> anyhow::Result<Opened> {
    let session = access.connect().await?;
    report.session(&session);
    let addressing = Addressing {
        path_style: config.path_style,
        checksums: config.checksums,
        requester_pays: config.requester_pays,
        customer_key: config.headers.base.customer_key.clone(),
        owner: config.expected_owner.clone(),
        concurrency: config.concurrency,
    };
    let (bucket, news) = Bucket::open(session, config.target.clone(), addressing).await;
    report.region(&config.target, news.as_ref());
    let record = async {
        let found = if config.record { bucket.read_record().await } else { Found::Off };
        if let Some(record) = found.record().filter(|_| !tell.is_closed()) {
            let _ = tell.send(record.entries.outline());
        }
        found
    };
    let (listing, mut found) = tokio::join!(list(&bucket, outlines), record);
    let Listing { objects: listed, pages, news } = match listing {
        Ok(listing) => listing,
        Err(error) => return Err(unlisted(error, config, &bucket, report).await),
    };
    report.region(&config.target, news.as_ref());
    if news.is_some() && config.record {
        // It was asked for in the wrong region.
        found = bucket.read_record().await;
    }
    if let Found::Refused(failure) = &found {
        // If only for the record: nothing that follows can be relied on either.
        if failure.is_about_caller() {
            let what = format!("cannot read the deploy record {}", bucket.target().address(record::PATH));
            return Err(not_seen(what, failure.clone(), &bucket, report));
        }
        report.record_not_read(&bucket, failure);
    }
    let reads = Requests { list: pages, get: u64::from(config.record), ..Requests::default() };
    Ok(Opened { bucket, listed, found, reads })
}

/// What could not be done with one object, why, and what to do about it.
fn not_seen(what: String, failure: Failure, bucket: &Bucket, report: &Report) -> anyhow::Error {
    let hint = report.hint(Asked::Look, &failure, bucket);
    let lines = std::iter::once(what).chain(hint.map(|hint| format!("hint: {hint}")));
    let context = lines.collect::<Vec<_>>().join("\n");
    anyhow::Error::new(failure).context(context)
}

/// The store answers, and its listing cannot be relied on: nothing on the user's side changes that.
const NOT_AS_S3_LISTS: &str = "hint: nothing was written; the store's ListObjectsV2 does not work like that of S3: look for a \
                               newer version of the store, or report it to its maker";

/// Why there is no listing, and what to do about it.
async fn unlisted(error: ListError, config: &Config, bucket: &Bucket, report: &Report) -> anyhow::Error {
    let target = &config.target;
    let mut lines = vec![format!("cannot list {target}")];
    if let ListError::Refused(failure) = &error {
        let is_forbidden = failure.status() == Some(403);
        if is_forbidden && let Some(owner) = bucket.wrong_owner().await {
            return WrongOwner { bucket: target.bucket.to_string(), owner: owner.clone() }.into();
        }
        let hint = report.hint(Asked::List, failure, bucket);
        lines.extend(hint.map(|hint| format!("hint: {hint}")));
        if is_forbidden && config.expected_owner.is_some() {
            lines.push(
                "hint: S3 says the same where EXPECTED_BUCKET_OWNER is not the bucket's owner".to_owned(),
            );
        }
    } else {
        lines.push(NOT_AS_S3_LISTS.to_owned());
    }
    anyhow::Error::new(error).context(lines.join("\n"))
}

/// Reads files again for the ETags of their objects. One that is another by now has none, and counts as unlike.
async fn recognise(
    folder: PathBuf,
    files: Vec<TreeFile>,
    mut unproven: Vec<(usize, ETag)>,
) -> anyhow::Result<(Vec<TreeFile>, Alike)> {
    let read = move || {
        let alike = on_all_processors(&mut unproven, |(index, etag)| {
            let file = &files[*index];
            let own = etag_like(*etag, &folder.join(&*file.path), file.digests);
            own.is_ok_and(|own| own == *etag).then_some(*index)
        });
        (files, alike.into_iter().collect())
    };
    Ok(tokio::task::spawn_blocking(read).await?)
}

/// Reads the files again whose objects were uploaded in other parts than ours, one after the other: they are few and large.
async fn cut_alike(
    mut evidence: BTreeMap<usize, Evidence>,
    folder: &Path,
    files: &[TreeFile],
) -> anyhow::Result<BTreeMap<usize, Evidence>> {
    for (index, evidence) in &mut evidence {
        let Evidence::InParts(part_size) = *evidence else { continue };
        let digests = files[*index].digests;
        let path = folder.join(&*files[*index].path);
        let reading = path.clone();
        let etag = tokio::task::spawn_blocking(move || etag_in_parts(&reading, part_size, digests)).await?;
        *evidence = Evidence::WouldBe(
            etag.with_context(|| format!("cannot read {}", printable(&path.to_string_lossy())))?,
        );
    }
    Ok(evidence)
}

/// What looks at single objects showed, by the indices of their files.
#[derive(Debug, Default)]
struct Looks {
    evidence: BTreeMap<usize, Evidence>,
    /// What would have to change of the headers.
    seen: BTreeMap<usize, Changes>,
    /// How many requests it took.
    heads: u64,
}

/// Looks closer at the objects in question; once the role may not, the rest are not asked.
async fn examine(
    bucket: &Bucket,
    files: &[TreeFile],
    open: Vec<Question>,
    rules: &HeaderRules,
    report: &Report,
) -> anyhow::Result<Looks> {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
    let (refused, heads) = (AtomicBool::new(false), AtomicU64::new(0));
    let looks = open.into_iter().map(|question| {
        let (refused, heads) = (&refused, &heads);
        async move {
            let _permit = bucket.limits().permit(0).await;
            if refused.load(Relaxed) {
                return Ok((question, (Evidence::Refused, None)));
            }
            heads.fetch_add(1, Relaxed);
            let path = &files[question.file].path;
            let look = bucket.evidence(path).await.map_err(|failure| {
                not_seen(format!("cannot look at {}", bucket.target().address(path)), failure, bucket, report)
            })?;
            if look.0 == Evidence::Refused {
                refused.store(true, Relaxed);
            }
            anyhow::Ok((question, look))
        }
    });
    let mut looks = stream::iter(looks).buffer_unordered(bucket.limits().widest());
    let (mut found, mut interned) = (Looks::default(), Interned::default());
    let (mut blind, mut unseen) = (0, 0);
    while let Some((Question { file, of_bytes }, (evidence, seen))) = looks.try_next().await? {
        let is_refused = evidence == Evidence::Refused;
        blind += usize::from(is_refused && of_bytes);
        unseen += usize::from(is_refused && !of_bytes);
        if of_bytes {
            found.evidence.insert(file, evidence);
        }
        let changes = seen.map(|seen| interned.share(seen.changes_to(&rules.of(&files[file].path))));
        found.seen.extend(changes.map(|changes| (file, changes)));
    }
    drop(looks);
    found.heads = heads.into_inner();
    report.blind(bucket, blind, unseen);
    Ok(found)
}

//! From a configuration to a plan: log in, read the folder and the bucket at the same time, compare.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use oidc_auth::Access;

use crate::advice::{Asked, hint};
use crate::bucket::Bucket;
use crate::config::Config;
use crate::list::{ListError, Listing, list};
use crate::plan::{Evidence, Plan, undecided};
use crate::report::Report;
use crate::scan::{ScanError, Tree, scan};

/// HEAD requests in flight: as many as uploads.
const HEADS_IN_FLIGHT: usize = 64;

/// What a deploy has to do, and where.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) plan: Plan,
    /// How many files the folder has.
    pub(crate) files: usize,
}

pub(crate) async fn survey(config: &Config, access: &Access, report: &Report) -> anyhow::Result<Survey> {
    report.access(access);
    // A folder that cannot be read is found out while STS and S3 answer.
    let folder = read_folder(config);
    let bucket = open(config, access, report);
    let (tree, (bucket, listing)) = tokio::try_join!(folder, bucket)?;
    report.left_out(&tree.left_out);
    let evidence = examine(&bucket, undecided(&tree.files, &listing.objects), report).await?;
    let files = tree.files.len();
    let plan = Plan::new(tree.files, &listing.objects, &evidence, config.delete);
    Ok(Survey { bucket: Arc::new(bucket), plan, files })
}

async fn read_folder(config: &Config) -> anyhow::Result<Tree> {
    let folder = config.folder.clone();
    let prefix_length = config.target.prefix.as_str().len();
    let tree: Result<Tree, ScanError> =
        tokio::task::spawn_blocking(move || scan(&folder, prefix_length)).await?;
    tree.with_context(|| format!("cannot deploy {}", config.folder_name))
}

async fn open(config: &Config, access: &Access, report: &Report) -> anyhow::Result<(Bucket, Listing)> {
    let session = access.connect().await?;
    report.session(&session);
    let (bucket, news) =
        Bucket::open(session, config.target.clone(), config.force_path_style, report.log()).await;
    report.region(&config.target, news.as_ref());
    let listing = list(&bucket).await.map_err(|error| {
        let hint = match &error {
            ListError::Refused(failure) => hint(Asked::List, failure, &config.target, bucket.partition()),
            ListError::Loop | ListError::NotUtf8 => None,
        };
        let hint = hint.map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        anyhow::Error::new(error).context(format!("cannot list {}{hint}", config.target))
    })?;
    report.region(&config.target, listing.news.as_ref());
    Ok((bucket, listing))
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

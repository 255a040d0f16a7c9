//! What the bucket holds below the prefix: the first page, then the rest in ranges at the same time where that is sooner.

mod between;
pub(crate) mod outline;
mod page;
mod ranges;
mod reader;

use std::collections::HashSet;

use oidc_auth::{Failure, explain};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use crate::bucket::{Bucket, RegionNews, region_of};
use crate::plan::objects::{Objects, Page};
use outline::Outline;
use page::{Listed, Next, Start, answer, request};
use ranges::{Ranges, Verdict};

/// Pages that are asked for at once: at S3's usual 30 ms, reading the answers is what takes the time then.
const IN_FLIGHT: usize = 32;

/// Ranges at most. Twice as many as are asked for at once, so that larger and smaller ones even out.
const RANGES: usize = 2 * IN_FLIGHT;

/// Objects of a page, S3's limit.
const PAGE: usize = 1000;

/// Why a bucket cannot be listed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    /// S3 refused, or could not be reached.
    #[error(transparent)]
    Refused(#[from] Failure),
    /// The store answers the same pages again and again.
    #[error("the store answers the same pages of its listing again and again")]
    Loop,
    /// The store says that more follows, and gives no token that leads to it.
    #[error(
        "the store cuts its listing short and gives no token for the rest, and a listing after the last key does not go on \
         from there"
    )]
    NoToken,
    /// The store lists a key that is not one.
    #[error("the store lists a key that is not UTF-8")]
    NotUtf8,
}

/// A whole listing, and what it taught about the region.
#[derive(Debug)]
pub(crate) struct Listing {
    /// Folder markers are left out.
    pub objects: Objects,
    /// How many pages were asked for.
    pub pages: u64,
    /// The region was wrong, and which is right.
    pub news: Option<RegionNews>,
}

/// Lists every object below the prefix; goes to the bucket's own region when S3 says that it is elsewhere.
///
/// As soon as one outline is known, of the folder or of the record, what is left is listed in ranges. That takes at most one
/// request more for each of them, and a quarter more for what the outline does not know. A store that refuses that, or does
/// not list in order, is listed from page to page.
pub(crate) async fn list(
    bucket: &Bucket,
    mut outlines: UnboundedReceiver<Outline>,
) -> Result<Listing, ListError> {
    let mut listing = Listing { objects: Objects::default(), pages: 0, news: None };
    let mut pages = Vec::new();
    let mut tokens = HashSet::new();
    let mut start = Start::Beginning;
    let mut last = None;
    loop {
        let Listed { page, ends, is_sorted, next } = match answer(request(bucket, &start)).await {
            Ok(document) => Listed::of(document, bucket.target().prefix.as_str())?,
            Err(error) if listing.news.is_none() => {
                listing.news = bucket.follow(&error, region_of(error.raw_response())).await;
                match listing.news {
                    Some(_) => continue,
                    None => return Err(explain(&error).into()),
                }
            }
            Err(error) => return Err(explain(&error).into()),
        };
        listing.pages += 1;
        let has_keys = ends.is_some();
        // None from the first page that is out of order.
        let in_order =
            ends.filter(|(first, _)| is_sorted && (listing.pages == 1 || last.as_ref() < Some(first)));
        if matches!(start, Start::After(_)) && has_keys && in_order.is_none() {
            return Err(ListError::NoToken);
        }
        pages.push(page);
        if next == Next::End {
            break;
        }
        last = if listing.pages == 1 || last.is_some() { in_order.map(|(_, last)| last) } else { None };
        if let Some(last) = &last
            && let Ok(outline) = outlines.try_recv()
            && let (cuts, pages_each) = outline.cuts(last, RANGES, PAGE)
            && let Some(ranges) = Ranges::new(last, cuts, pages_each)
        {
            // Once: a store that cannot do it with one outline cannot with the other.
            outlines.close();
            while outlines.try_recv().is_ok() {}
            if let Some(rest) = in_ranges(bucket, ranges, &mut listing.pages).await {
                pages.extend(rest);
                break;
            }
        }
        start = match (next, last.clone()) {
            (Next::Token(token), _) if tokens.insert(token.clone()) => Start::Token(token),
            (Next::Token(_), _) => return Err(ListError::Loop),
            // Keys in order are what is left to go by.
            (_, Some(last)) => Start::After(bucket.target().key(&last)),
            (_, None) => return Err(ListError::NoToken),
        };
    }
    listing.objects = Objects::new(pages);
    Ok(listing)
}

/// Lists ranges, many at once; `None` when the store does not do what that takes. Counts its requests.
async fn in_ranges(bucket: &Bucket, mut ranges: Ranges, requests: &mut u64) -> Option<Vec<Page>> {
    let mut pages = Vec::new();
    let mut asked = JoinSet::new();
    let prefix = bucket.target().prefix.as_str();
    loop {
        while asked.len() < IN_FLIGHT
            && let Some(question) = ranges.ask()
        {
            let request = request(bucket, &Start::After(format!("{prefix}{}", question.after)));
            let (prefix, limits) = (prefix.to_owned(), bucket.limits().clone());
            *requests += 1;
            asked.spawn(async move {
                let _permit = limits.permit(0).await;
                let document = answer(request).await.ok()?;
                Some((question.range, Listed::of(document, &prefix).ok()?))
            });
        }
        let Some(answered) = asked.join_next().await else { return Some(pages) };
        let answered = answered.ok().flatten();
        let heard = answered.map(|(range, listed)| (ranges.hear(range, &listed.answer()), listed));
        let mut page = match heard {
            Some((Verdict::Whole, listed)) => listed.page,
            Some((Verdict::UpTo(end), Listed { mut page, .. })) => {
                page.cut_after(&end);
                page
            }
            Some((Verdict::Unusable, _)) | None => {
                // What is on its way is waited for: it counts, and it is in nobody's way then.
                while asked.join_next().await.is_some() {}
                return None;
            }
        };
        page.shrink();
        pages.push(page);
    }
}

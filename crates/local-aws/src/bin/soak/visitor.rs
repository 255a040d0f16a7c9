//! A visitor who never stops looking: fills the edge's cache, and expects every asset that a page refers to.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use local_aws::scenario::{BUCKET, World};
use local_aws::{Origin, Visit};

use crate::address::address;
use crate::names::PAGES;
use crate::site::{is_genuine, references};

/// In front of the bucket, and kept warm.
pub(crate) const DISTRIBUTION: &str = "E1SOAK";

/// In front of it too, and empty before each round of the visitor's.
const COLD: &str = "E2COLD";

/// Between two pages: the machine is there for the pipes.
const PAUSE: Duration = Duration::from_millis(3);

/// A visitor.
#[derive(Debug, Default)]
pub(crate) struct Visitor {
    is_over: AtomicBool,
    seen: AtomicU64,
    missed: Mutex<Vec<String>>,
}

impl Visitor {
    /// Looks at every page until it is told to stop. `expects` is whether a page's assets have to be there: without a
    /// grace, those of a page that was cached may be gone.
    pub(crate) fn crawl(&self, world: &World, expects: bool) {
        while !self.is_over.load(Ordering::Relaxed) {
            world.cloud.create_distribution(COLD, Origin::new(BUCKET, ""));
            for page in PAGES {
                for edge in [DISTRIBUTION, COLD] {
                    self.read(world, edge, page, expects);
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }

    fn read(&self, world: &World, edge: &str, page: &str, expects: bool) {
        let text = match visit(world, edge, page) {
            Some(seen) if seen.status == 200 => seen.text(),
            _ => return,
        };
        self.seen.fetch_add(1, Ordering::Relaxed);
        for asset in references(&text) {
            let Some(found) = visit(world, COLD, asset) else { continue };
            let is_right = found.status == 200 && is_genuine(asset, &found.body);
            if expects && !is_right && !self.is_over.load(Ordering::Relaxed) {
                let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
                missed.push(format!(
                    "the visitor: {page:?}, as {edge} has it, refers to {asset}, which is answered with {} and {} bytes",
                    found.status,
                    found.body.len()
                ));
            }
        }
    }

    /// Tells it to stop.
    pub(crate) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// How many pages it has seen.
    pub(crate) fn pages(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// What it missed so far.
    pub(crate) fn missed(&self) -> Vec<String> {
        std::mem::take(&mut *self.missed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What an edge answers; `None` when this machine has no connection left.
fn visit(world: &World, edge: &str, path: &str) -> Option<Visit> {
    world.cloud.visit_with("GET", edge, &address(path), &[]).ok()
}

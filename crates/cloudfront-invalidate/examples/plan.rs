//! What it costs to plan the invalidation of a large site: seconds, and the most memory that was resident.
//!
//! `cargo run --release -p cloudfront-invalidate --example plan -- --keys 1000000 --changes 100000 --max-paths 30`; with
//! `--query-strings 1`, copies are kept apart by query string.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Instant;

use anyhow::{Context, bail};
use bitbucket_pipe::changes::{Change, Deploy, Difference};
use cloudfront_invalidate::changes::Revision;
use cloudfront_invalidate::changes::cover::Cover;
use cloudfront_invalidate::changes::policy::Policy;
use cloudfront_invalidate::changes::query_strings::QueryStrings;

/// A shop with an index and some pictures for each product: files of a product on average, products of a section, and
/// sections of a country.
const FILES: usize = 10;
const PRODUCTS: usize = 100;
const SECTIONS: usize = 50;

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
fn main() -> anyhow::Result<()> {
    let [keys, changes, max_paths, query_strings] = arguments()?;
    let deploy = site(keys, changes);
    let before = resident()?;
    let policy = Policy {
        max_paths,
        invalidate_new: true,
        query_strings: Some(QueryStrings::everywhere(query_strings > 0)),
        ..Policy::default()
    };
    let start = Instant::now();
    let cover =
        Cover::new(Revision { deploy: &deploy, difference: &deploy.difference, is_earlier: false }, &policy);
    let seconds = start.elapsed().as_secs_f64();
    let wildcards = cover.paths.iter().filter(|chosen| chosen.path.is_wildcard()).count();
    let (cost, chosen) = (cover.cost(), cover.paths.len());
    println!("{keys} keys, {} changed: {} paths to cover", deploy.difference.paths.len(), cost.each);
    println!("{chosen} paths for MAX_PATHS {max_paths}, {wildcards} of them wildcards");
    let (needless, everything) = (cost.needless.unwrap_or_default(), cost.everything.unwrap_or_default());
    println!("{needless} evicted needlessly, of {everything}");
    println!("{seconds:.2} seconds, {} MB resident at most, {} MB before", resident()?, before);
    Ok(())
}

fn arguments() -> anyhow::Result<[usize; 4]> {
    let mut numbers =
        [("--keys", 1_000_000), ("--changes", 100_000), ("--max-paths", 30), ("--query-strings", 0)];
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let Some((_, number)) = numbers.iter_mut().find(|(name, _)| *name == argument) else {
            bail!("{argument} is not known: there are --keys, --changes, --max-paths and --query-strings");
        };
        *number = arguments.next().context("a number is missing")?.parse()?;
    }
    Ok(numbers.map(|(_, number)| number))
}

/// A site in which the changes lie as they do: dense in some directories, sparse in the rest. The same for the same numbers.
fn site(keys: usize, changes: usize) -> Deploy {
    let mut random = Random(1);
    let mut files = BTreeSet::new();
    let products = keys.div_ceil(FILES);
    while files.len() < keys {
        let product = random.below(products);
        let (section, name) = (product / PRODUCTS, product % PRODUCTS);
        let directory =
            format!("country-{}/section-{}/product-{name}", section / SECTIONS, section % SECTIONS);
        let file = random.below(4 * FILES);
        files.insert(match file {
            0 => format!("{directory}/index.html"),
            1 => format!("{directory}.json"),
            _ => format!("{directory}/picture-{file}.jpg"),
        });
    }
    let mut weights = BTreeMap::new();
    let mut paths = BTreeMap::new();
    while paths.len() < changes.min(keys) {
        for file in &files {
            // One in four directories of any level has eight times the changes of the others.
            let directories = file.match_indices('/').map(|(place, _)| &file[..place]);
            let weight: usize = directories
                .map(|directory| {
                    *weights.entry(directory).or_insert_with(|| if random.below(4) == 0 { 8 } else { 1 })
                })
                .product();
            if random.below(keys * 8) < changes * weight && paths.len() < changes {
                paths.insert(file.clone(), Change::Content);
            }
        }
    }
    let mut unchanged: BTreeMap<String, u64> = BTreeMap::new();
    let directories =
        paths.keys().flat_map(|path| path.match_indices('/').map(|(place, _)| path[..place].to_owned()));
    let mut beside: BTreeMap<String, u64> =
        directories.chain(paths.keys().cloned()).map(|directory| (directory, 0)).collect();
    for file in files.iter().filter(|file| !paths.contains_key(*file)) {
        let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
        *unchanged.entry(directory.to_owned()).or_default() += 1;
        if let Some(page) = file.strip_suffix(".json") {
            beside.entry(page.to_owned()).and_modify(|count| *count += 1);
        }
    }
    let difference = Difference { deploy: "large".into(), incomplete: None, paths };
    Deploy {
        bucket: "site".into(),
        prefix: String::new(),
        unchanged,
        beside,
        difference,
        earlier: Vec::new(),
    }
}

/// Numbers that are random enough for this (Knuth's MMIX generator).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }
}

/// Megabytes that were resident at most, as Linux tells.
fn resident() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("memory is told by Linux only")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak is told")?;
    Ok(peak.trim().trim_end_matches("kB").trim().parse::<u64>()? / 1000)
}

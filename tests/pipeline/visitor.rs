//! A visitor who never stops looking: whatever goes wrong in a deploy, no page is seen without its assets.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use local_aws::Origin;
use local_aws::scenario::{BUCKET, Site, Step, World};

use super::both::{DISTRIBUTION, deploy, invalidate, world};

const PAGES: [&str; 3] = ["index.html", "about.html", "guide/index.html"];
const KINDS: [&str; 3] = ["css", "js", "svg"];
/// What a rule of chance starts from; another one is another story.
const SEEDS: [u64; 4] = [1, 2, 3, 4];
const BUILDS: u64 = 5;

/// A generator of numbers that look random and are the same in every run (Knuth's MMIX).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u32) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The upper bits are the good ones.
        let number = u32::try_from(self.0 >> 32).expect("half of the bits");
        usize::try_from(number % limit).expect("it fits")
    }
}

fn asset(page: usize, kind: &str, version: u64) -> String {
    format!("assets/part{page}.1a2b3c{version:02x}.{kind}")
}

/// Every page has other assets in every version, and each version a page of its own.
fn write(site: &Site, version: u64) {
    std::fs::remove_dir_all(site.file("")).expect("it was there");
    for (number, page) in PAGES.iter().enumerate() {
        let assets = KINDS.map(|kind| asset(number, kind, version));
        for asset in &assets {
            site.write(asset, format!("{asset} of version {version}"));
        }
        let [style, script, picture] = assets;
        let references = format!("<a href=\"/{style}\"><a href=\"/{script}\"><a href=\"/{picture}\">");
        site.write(page, format!("<h1>Version {version}</h1>{references}"));
    }
    site.write(&format!("only-{version}.html"), "nothing refers to it");
}

/// The addresses that a page refers to.
fn references(page: &str) -> Vec<&str> {
    page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Looks at every page, as the edge has kept it and as an edge has it that nobody has asked before, and at its assets
/// where nobody has asked for them either.
fn crawl(world: &World, cold: &str) -> Result<(), String> {
    world.cloud.create_distribution(cold, Origin::new(BUCKET, ""));
    let warm = PAGES.map(|page| (DISTRIBUTION, page));
    for (edge, page) in warm.into_iter().chain(PAGES.map(|page| (cold, page))) {
        let seen = world.cloud.visit(edge, &format!("/{page}"));
        let text = seen.text();
        if seen.status != 200 || references(&text).len() != KINDS.len() {
            return Err(format!("{page}: {} {text}", seen.status));
        }
        for asset in references(&text) {
            let found = world.cloud.visit(cold, asset).status;
            if found != 200 {
                return Err(format!("{page} ({text}) refers to {asset}, which is answered with {found}"));
            }
        }
    }
    Ok(())
}

/// One thing or two go wrong, soon or late; and an asset always comes late.
fn trouble(world: &World, chance: &mut Chance, version: u64) {
    let late = asset(chance.below(3), KINDS[chance.below(3)], version);
    for _ in 0..=chance.below(2) {
        let after = chance.below(10);
        match chance.below(8) {
            0 => drop(world.cloud.fail("PutObject").with("AccessDenied").after(after)),
            1 => drop(world.cloud.fail("PutObject").with("SlowDown").after(after).times(1)),
            2 => drop(world.cloud.fail("PutObject").reset().after(after).times(1)),
            3 => drop(world.cloud.fail("PutObject").after_work().after(after).times(1)),
            4 => drop(world.cloud.fail("PutObject").on(&late).with("AccessDenied")),
            5 => drop(world.cloud.fail("PutObject").on(PAGES[1]).with("AccessDenied")),
            6 => drop(world.cloud.fail("DeleteObjects").after_work().times(1)),
            _ => drop(world.cloud.fail("CreateInvalidation").with("AccessDenied")),
        }
    }
    world.cloud.fail("PutObject").on(&late).delay(Duration::from_millis(80));
}

fn succeeds(step: &Step) -> bool {
    step.run().code == Some(0)
}

/// One build: both pipes, and once more without trouble if either failed, as somebody would press the button again.
fn build(world: &World, site: &Site, version: u64) {
    let number = version.to_string();
    let pipes = [deploy(world, site, &number).set("DELETE_GRACE", "7d"), invalidate(world, site, &number)];
    let is_done = pipes.iter().all(succeeds);
    world.cloud.heal();
    if !is_done {
        for pipe in pipes {
            pipe.run().exits(0);
        }
    }
}

#[test]
fn a_visitor_never_sees_a_page_without_its_assets() {
    for seed in SEEDS {
        let (world, site) = (world(), Site::empty());
        let mut chance = Chance(seed);
        write(&site, 0);
        build(&world, &site, 0);
        let (is_over, crawls) = (AtomicBool::new(false), AtomicUsize::new(0));
        let seen = thread::scope(|scope| {
            let visitor = scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let number = crawls.fetch_add(1, Ordering::Relaxed);
                    crawl(&world, &format!("E{number}COLD"))?;
                }
                Ok::<(), String>(())
            });
            for version in 1..=BUILDS {
                write(&site, version);
                trouble(&world, &mut chance, version);
                build(&world, &site, version);
                // Everybody sees the new pages now.
                let page = world.cloud.visit(DISTRIBUTION, "/index.html").text();
                assert!(page.contains(&format!("Version {version}<")), "{seed} {version}: {page}");
            }
            is_over.store(true, Ordering::Relaxed);
            visitor.join().expect("the visitor does not panic")
        });
        assert_eq!(seen, Ok(()), "seed {seed}");
        assert!(crawls.into_inner() > 0);
        // Of old builds, what nobody can be looking at by name is gone; fingerprinted files are not.
        assert!(world.body("only-0.html").is_none() && world.body(&asset(0, "css", 0)).is_some());
    }
}

#[test]
fn without_grace_an_old_page_that_is_still_cached_lacks_its_assets() {
    for (grace, is_whole) in [("0", false), ("7d", true)] {
        let (world, site) = (world(), Site::empty());
        write(&site, 0);
        deploy(&world, &site, "1").run().exits(0);
        assert_eq!(crawl(&world, "E1COLD"), Ok(()));
        write(&site, 1);
        deploy(&world, &site, "2").set("DELETE_GRACE", grace).run().exits(0);
        // The edge still has the old pages: nobody has invalidated them.
        assert_eq!(crawl(&world, "E2COLD").is_ok(), is_whole, "DELETE_GRACE: {grace}");
        invalidate(&world, &site, "2").run().exits(0);
        assert_eq!(crawl(&world, "E3COLD"), Ok(()));
    }
}

//! Signals at random moments of a build: after the next one bucket, edge and folder are equal.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bitbucket_pipe::Environment;
use bitbucket_pipe::changes::ChangeList;
use local_aws::Gate;
use local_aws::scenario::{BUCKET, Ended, Site, World};

use super::both::{assert_fresh, build, deploy, edit, invalidate, site, visit_all, world};
use super::killed::files;

/// Builds that are ended by each signal.
const BUILDS: usize = 20;
/// As many requests as both pipes of a build make together, or a few more.
const REQUESTS: u64 = 18;
/// Builds at once: most of their time is that of processes.
const AT_ONCE: usize = 4;
/// A file that goes in two parts.
const FILM: (&str, usize) = ("assets/film.mp4", (8 << 20) + 1);

/// What differs between the two versions.
const CHANGED: [&str; 6] =
    ["assets/film.mp4", "assets/new.css", "assets/site.css", "gone.html", "index.html", "new.html"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    Kill,
    Terminate,
}

/// How one build ended.
struct Struck {
    /// `None` when the signal came to nobody: both pipes had ended.
    ended: Option<Ended>,
    was_deploy: bool,
}

#[test]
fn a_build_killed_at_a_random_moment_is_made_good_by_the_next() {
    let killed = all(Signal::Kill, |seed, world, struck| {
        if let Some(ended) = &struck.ended {
            assert_eq!(ended.code, None, "seed {seed}: {}", ended.log);
        }
        let _ = world;
    });
    assert!(killed > BUILDS / 2, "{killed} were killed");
}

#[test]
fn a_build_stopped_at_a_random_moment_gives_back_its_parts_says_how_far_it_came_and_is_made_good_by_the_next()
{
    let stopped = all(Signal::Terminate, |seed, world, struck| {
        assert_eq!(world.cloud.store().open_uploads(BUCKET), 0, "seed {seed}");
        let Some(ended) = &struck.ended else { return };
        // What was done before the signal was heard is done.
        if ended.code == Some(0) {
            return;
        }
        assert_eq!(ended.code, Some(143), "seed {seed}: {}", ended.log);
        let stopped = ended.log.lines().find(|line| line.starts_with("WARNING: stopped by SIGTERM: "));
        let stopped =
            stopped.unwrap_or_else(|| panic!("seed {seed} does not say how far it came: {}", ended.log));
        let how_far = if struck.was_deploy {
            stopped.contains(" arrived, ") || stopped.ends_with("nothing was written")
        } else {
            stopped.contains(" accepted, ") || stopped.ends_with("no invalidation was asked for")
        };
        assert!(how_far, "seed {seed}: {stopped}");
    });
    assert!(stopped > BUILDS / 2, "{stopped} were stopped");
}

/// Strikes every seed's build, looks at what is left, and lets the next build make it good. Returns how many were struck.
fn all(signal: Signal, look: impl Fn(usize, &World, &Struck) + Sync) -> usize {
    let (next, struck) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= BUILDS {
                        break;
                    }
                    let was_struck = one(seed, signal, &look);
                    struck.fetch_add(usize::from(was_struck), Ordering::Relaxed);
                }
            });
        }
    });
    struck.into_inner()
}

fn one(seed: usize, signal: Signal, look: impl Fn(usize, &World, &Struck)) -> bool {
    let (world, site) = (world(), site());
    build(&world, &site, "1");
    visit_all(&world);
    edit(&site);
    site.write(FILM.0, vec![9; FILM.1]);
    let result = strike(&world, &site, seed, signal);
    look(seed, &world, &result);
    world.cloud.heal();
    visit_all(&world);
    build(&world, &site, "3");
    let when = format!("after {signal:?} with seed {seed}");
    assert_eq!(world.keys(), files(&site), "{when}");
    for path in files(&site) {
        assert!(world.body(&path) == fs::read(site.file(&path)).ok(), "{path} has other bytes {when}");
    }
    assert_fresh(&world, &site, &when);
    assert_eq!(listed(&site), CHANGED.map(str::to_owned).into(), "{when}");
    result.ended.is_some()
}

/// Runs the build until the request that the seed chooses comes, or was carried out, and sends the signal.
fn strike(world: &World, site: &Site, seed: usize, signal: Signal) -> Struck {
    // The finaliser of SplitMix64.
    let mut random = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    random = (random ^ (random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    random = (random ^ (random >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let passing = usize::try_from((random >> 1) % REQUESTS).expect("few");
    let gate = Gate::default();
    let fault = world.cloud.fail("*");
    let fault = if random & 1 == 0 { fault.held_by(&gate) } else { fault.reply_held_by(&gate) };
    fault.after(passing).times(1);
    for (was_deploy, step) in [(true, deploy(world, site, "2")), (false, invalidate(world, site, "2"))] {
        let mut child = step.command().spawn().expect("the program starts");
        while !gate.is_reached() && child.try_wait().expect("a child").is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        if gate.is_reached() {
            send(signal, &mut child);
            if signal == Signal::Terminate {
                // Whoever is asked answers in the end.
                gate.open();
            }
            let output = child.wait_with_output().expect("it ends");
            let log = String::from_utf8(output.stdout).expect("a log is UTF-8");
            return Struck { ended: Some(Ended { code: output.status.code(), log }), was_deploy };
        }
        assert!(child.wait().expect("a child").success(), "seed {seed} failed without a signal");
    }
    Struck { ended: None, was_deploy: false }
}

fn send(signal: Signal, child: &mut Child) {
    match signal {
        Signal::Kill => child.kill().expect("killable"),
        Signal::Terminate => {
            let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            assert!(sent.expect("kill is there").success());
        }
    }
}

/// Every path that the last build's list of changes names, in its own deploy or in an earlier one.
fn listed(site: &Site) -> BTreeSet<String> {
    let build = [("BITBUCKET_BUILD_NUMBER".into(), "3".into())];
    let file = site.clone_folder().join("changes-3.json");
    let list = ChangeList::read(&file, &Environment::from_pairs(build)).expect("a list");
    let deploy = list.deploys.into_iter().next_back().expect("a deploy");
    assert_eq!(deploy.difference.incomplete, None);
    let all = deploy.earlier.into_iter().chain([deploy.difference]);
    all.flat_map(|difference| difference.paths.into_keys()).collect()
}

//! One cell: a fault is scripted, the real programs run, and what is left of it is looked at.

use std::fmt;
use std::fs;
use std::path::Path;

use local_aws::scenario::{BUCKET, Ended, Site, Step, World};

use super::super::both::{self, DISTRIBUTION, PATHS, visit_all};
use super::super::killed::files;
use super::fault::{Times, Trouble};
use super::request::{Given, Phase, Pipe, Request};
use super::start::{Start, step};

/// What the log of a user must never show: how the programs are made inside.
const INNARDS: [&str; 14] = [
    "panicked",
    "Error {",
    "Error(",
    "Some(",
    "None",
    "Ok(",
    "Err(",
    "hyper",
    "SdkError",
    "DispatchFailure",
    "ServiceError",
    "unhandled",
    "kind:",
    "a defect",
];

/// Why an upload is left behind that holds nothing yet.
const UNNAMED: &str = "the reply that was lost is the only one that names the upload, which has no parts";

/// A request, what happens to it, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<'a> {
    pub(super) request: &'a Request,
    pub(super) fault: &'a Trouble,
    pub(super) times: Times,
}

/// What became of a cell.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The bucket holds the folder and the edge serves it, in spite of the fault.
    Survived,
    /// The run failed, did no harm and said why, and the next run finished.
    Failed,
    /// It did neither.
    Wrong(String),
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = match self.times {
            Times::Once => "once",
            Times::Several => "several times",
            Times::ForEver => "for ever",
        };
        write!(f, "{} / {} / {times}", self.request.name, self.fault.name)
    }
}

impl Cell<'_> {
    /// The later it ends, the greater.
    pub(super) fn slowness(&self) -> (bool, bool, Times) {
        let is_slow = self.fault.is_slow();
        (is_slow && self.times == Times::ForEver, self.request.pipe == Pipe::DeployFilm, self.times)
    }

    pub(super) fn run(&self, start: &Start) -> Verdict {
        let Self { request, .. } = self;
        let (world, site) = (start.world(request), start.site(request.pipe));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let stage = Stage { world: &world, site, given: request.given, changes: folder.path() };
        let verdict = if request.pipe == Pipe::Invalidate {
            fs::write(stage.changes_file("2"), start.changes()).expect("a file");
            self.play(&stage, &stage.invalidate("2"))
        } else {
            self.play(&stage, &self.fault.patient(stage.deploy("2"), request))
        };
        verdict.unwrap_or_else(Verdict::Wrong)
    }

    fn play(&self, stage: &Stage, faulty: &Step) -> Result<Verdict, String> {
        let world = stage.world;
        self.fault.script(&world.cloud, self.request, self.times);
        if self.request.given == Given::OnePart {
            world.cloud.fail("UploadPart").with("AccessDenied").after(1);
        }
        let ended = faulty.run();
        if world.cloud.struck() == 0 || world.cloud.count(self.request.operation) == 0 {
            return Err(format!("no request was struck:\n{}", ended.log));
        }
        let traffic = Self::traffic(world);
        let store = world.cloud.store();
        let (open, parts) = (store.open_uploads(BUCKET), store.open_parts(BUCKET));
        world.cloud.heal();
        let told = |why: String| format!("{why}; the log says:\n{}", ended.log);
        conceals(world, faulty, &ended).map_err(told)?;
        traffic.map_err(told)?;
        if open > 0 && self.is_left_behind().is_none() {
            return Err(told(format!("{open} uploads in parts were left behind")));
        }
        if parts > 0 && !ended.log.contains("still in the bucket, unseen and paid for") {
            return Err(told(format!("nothing was said of the {parts} parts that were left behind")));
        }
        if parts > 0 && self.is_left_behind() == Some(UNNAMED) {
            return Err(told(format!("{parts} parts were left behind")));
        }
        match ended.code {
            Some(0) if self.fault.is_about_caller() && self.request.is_decisive() => {
                Err(told("it succeeded without credentials".to_owned()))
            }
            Some(0) => {
                if self.request.pipe != Pipe::Invalidate {
                    stage.finish("2").map_err(told)?;
                }
                stage.is_whole(&ended).map_err(told)?;
                Ok(Verdict::Survived)
            }
            Some(1) => {
                self.explains(&ended).map_err(told)?;
                self.is_harmless(stage).map_err(told)?;
                visit_all(world);
                self.again(stage).map_err(told)?;
                Ok(Verdict::Failed)
            }
            code => Err(told(format!("it ended with {code:?}"))),
        }
    }

    /// Why uploads in parts may be left behind, if they may.
    pub(super) fn is_left_behind(&self) -> Option<&'static str> {
        if self.request.pipe != Pipe::DeployFilm {
            None
        } else if self.fault.is_outage() && self.times == Times::ForEver {
            Some("giving an upload back is a request too, and there is no connection for it")
        } else if self.request.operation == "CreateMultipartUpload" && self.fault.hides_the_reply() {
            Some(UNNAMED)
        } else if self.request.operation == "AbortMultipartUpload"
            && self.fault.prevents_the_work()
            && (self.fault.is_verdict() || self.times == Times::ForEver)
        {
            Some("giving it back was refused, or broken off as often as it was asked for")
        } else {
            None
        }
    }

    /// The next build, without a fault.
    fn again(&self, stage: &Stage) -> Result<(), String> {
        if self.request.pipe == Pipe::Invalidate {
            succeeds(&stage.invalidate("2"))?;
        } else {
            succeeds(&stage.deploy("3"))?;
            stage.finish("3")?;
        }
        stage.is_whole(&Ended { code: Some(0), log: String::new() })
    }

    /// One cause, in words that name what was asked for, and a way out.
    fn explains(&self, ended: &Ended) -> Result<(), String> {
        let errors = ended.log.lines().filter(|line| line.starts_with("ERROR: ")).count();
        let closings = ended.log.lines().filter(|line| line.starts_with("✖ ")).count();
        if (errors, closings) != (1, 1) {
            return Err(format!("it has {errors} causes and {closings} closing lines"));
        }
        let (_, cause) = ended.log.split_once("ERROR: ").unwrap_or_default();
        // Where nothing listens any more, it is whatever was asked for next that had no answer.
        let is_named = self.request.cause.iter().any(|words| cause.contains(words));
        let is_about_all = self.fault.is_outage() && cause.contains("no answer");
        if !is_named && !is_about_all {
            return Err(format!("the cause names none of {:?}", self.request.cause));
        }
        if !cause.contains("\nhint: ") {
            return Err("there is no hint".to_owned());
        }
        Ok(())
    }

    /// Nothing was published or deleted that a failure before it should have held back.
    fn is_harmless(&self, stage: &Stage) -> Result<(), String> {
        let holds = |key: &str, text: &str| stage.world.body(key).as_deref() == Some(text.as_bytes());
        let is_new = |key: &str| stage.world.body(key) == fs::read(stage.site.file(key)).ok();
        let pages = is_new("index.html") || is_new("new.html");
        let assets =
            files(stage.site).iter().filter(|path| path.starts_with("assets/")).all(|path| is_new(path));
        if pages && !assets {
            return Err("a page was published before its assets".to_owned());
        }
        if self.request.phase < Phase::Deletions && !holds("gone.html", "gone 1") {
            return Err("something was deleted after a failure".to_owned());
        }
        Ok(())
    }

    /// When the first page was sent, every asset had arrived.
    fn traffic(world: &World) -> Result<(), String> {
        let requests = world.cloud.requests();
        let is_write =
            |operation: &str| matches!(operation, "PutObject" | "CopyObject" | "CompleteMultipartUpload");
        let writes = requests.iter().filter(|request| is_write(&request.operation));
        let (assets, pages): (Vec<_>, Vec<_>) = writes
            .filter(|request| request.key.as_deref().is_some_and(|key| !key.starts_with('.')))
            .partition(|request| request.key.as_deref().is_some_and(|key| key.starts_with("assets/")));
        let Some(first) = pages.iter().map(|page| page.arrived).min() else { return Ok(()) };
        match assets.iter().find(|asset| asset.arrived > first) {
            Some(late) => Err(format!("{late} came after a page")),
            None => Ok(()),
        }
    }
}

/// The world of a cell, the site, and where its lists of changes are.
struct Stage<'a> {
    world: &'a World,
    site: &'a Site,
    given: Given,
    changes: &'a Path,
}

impl Stage<'_> {
    fn changes_file(&self, build: &str) -> String {
        self.changes.join(format!("{build}.json")).display().to_string()
    }

    fn deploy(&self, build: &str) -> Step {
        let step = step(both::deploy(self.world, self.site, build));
        let step = step.set("CHANGES_FILE", &self.changes_file(build));
        if self.given == Given::NoRegion { step.unset("AWS_DEFAULT_REGION") } else { step }
    }

    fn invalidate(&self, build: &str) -> Step {
        both::invalidate(self.world, self.site, build)
            .set("CHANGES_FILE", &self.changes_file(build))
            .set("WAIT", "true")
            .set("WAIT_TIMEOUT", "3")
    }

    /// The second pipe of a build whose deploy ended well.
    fn finish(&self, build: &str) -> Result<(), String> {
        succeeds(&self.invalidate(build).unset("WAIT"))
    }

    /// Bucket, edge and folder are equal, but for headers that the log says are not compared.
    fn is_whole(&self, after: &Ended) -> Result<(), String> {
        let local = files(self.site);
        if self.world.keys() != local {
            return Err(format!("the bucket has {:?}, not {local:?}", self.world.keys()));
        }
        if let Some(path) =
            local.iter().find(|path| self.world.body(path) != fs::read(self.site.file(path)).ok())
        {
            return Err(format!("{path} has other bytes"));
        }
        let logo =
            self.world.cloud.store().object(BUCKET, "assets/logo.svg").and_then(|logo| logo.cache_control);
        let is_blind = after.log.contains("headers of unchanged files are not compared");
        if logo.as_deref() != Some("max-age=120") && !is_blind {
            return Err(format!("the logo's headers are {logo:?}"));
        }
        for path in PATHS {
            let visit = self.world.cloud.visit(DISTRIBUTION, path);
            let name = if path == "/" { "index.html" } else { &path[1..] };
            let is_fresh = match fs::read_to_string(self.site.file(name)) {
                Ok(expected) => (visit.status, visit.text()) == (200, expected),
                Err(_) => visit.status >= 400,
            };
            if !is_fresh {
                return Err(format!("the edge is stale at {path}: {} {}", visit.status, visit.text()));
            }
        }
        Ok(())
    }
}

fn succeeds(step: &Step) -> Result<(), String> {
    let ended = step.run();
    if ended.code == Some(0) { Ok(()) } else { Err(format!("without a fault it ends with:\n{}", ended.log)) }
}

/// No secret is in the log, nor how the programs are made inside.
fn conceals(world: &World, step: &Step, ended: &Ended) -> Result<(), String> {
    let issued = world.cloud.issued_credentials();
    let keys = issued.iter().flat_map(|issued| [issued.secret.clone(), issued.session_token.clone()]);
    let token = step.variable("BITBUCKET_STEP_OIDC_TOKEN").map(str::to_owned);
    if keys.chain(token).any(|secret| ended.log.contains(&secret)) {
        return Err("a secret is in the log".to_owned());
    }
    match INNARDS.iter().find(|word| ended.log.contains(*word)) {
        Some(innards) => Err(format!("`{innards}` is in the log")),
        None => Ok(()),
    }
}

//! One round: the folder changes, both pipes run until both have ended well, and what is there then is compared.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bitbucket_pipe::Environment;
use bitbucket_pipe::changes::{ChangeList, Difference};
use local_aws::Origin;
use local_aws::pipeline::PIPE_ARGUMENT;
use local_aws::scenario::{BUCKET, REGION, Step, World};

use crate::arguments::Arguments;
use crate::attempt::{self, Ending};
use crate::chance::Chance;
use crate::comparison::{self, Objects, RECORD, objects};
use crate::mutation::{Settings, found, mutate};
use crate::report::{self, Differences, Tally};
use crate::tree::{Files, HEADERS_FILE, Tree};
use crate::trouble::{Pipe, Signal, Trouble, brew};
use crate::visitor::{DISTRIBUTION, Visitor};

/// Where each version is deployed for the first time, to see what it should look like.
const REFERENCE: &str = "reference-bucket";

/// From this attempt on nothing goes wrong.
const CALM_FROM: usize = 3;

/// So many deploys may wait to be invalidated: the record knows three.
const MOST_PENDING: usize = 2;

/// So many former versions may come back.
const REMEMBERED: usize = 8;

/// S3 tells times in seconds, so what is written, undone and done again within two is not told apart by anybody.
const TELLING: Duration = Duration::from_millis(2100);

/// Longer than any request is delayed.
const SETTLING: Duration = Duration::from_millis(300);

/// A site and everything around it.
#[derive(Debug)]
pub(crate) struct Soak {
    pub(crate) world: Arc<World>,
    /// Whether fingerprinted assets of former builds are kept.
    pub(crate) has_grace: bool,
    pub(crate) tally: Tally,
    seed: u64,
    is_verbose: bool,
    program: String,
    tree: Tree,
    settings: Settings,
    former: Vec<Files>,
    /// Every path that was ever one of the site.
    ever: BTreeSet<String>,
    /// What the bucket held when the record was written.
    base: Option<Objects>,
    record: Option<String>,
    /// Something was written or deleted since then.
    is_dirty: bool,
    /// The deploys that are in the record and were not invalidated yet.
    pending: usize,
    build: u64,
    /// The multipart uploads of killed runs.
    orphans: usize,
    story: Vec<String>,
    log: String,
}

impl Soak {
    /// An empty bucket, and no site yet.
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let world = World::permissive();
        let origin = Origin::new(BUCKET, "").default_root_object("index.html");
        // Longer than a soak: only an invalidation ends what is cached.
        let origin = origin.error_caching(Duration::from_hours(24));
        world.cloud.create_distribution(DISTRIBUTION, origin);
        world.cloud.store().create_bucket(REFERENCE, REGION);
        let program = std::env::current_exe().expect("this program is somewhere");
        Self {
            world: Arc::new(world),
            has_grace: !Chance::new(arguments.seed, 0, 0).once_in(4),
            tally: Tally::default(),
            seed: arguments.seed,
            is_verbose: arguments.verbose,
            program: program.to_str().expect("a path in UTF-8").to_owned(),
            tree: Tree::new(),
            settings: Settings::default(),
            former: Vec::new(),
            ever: BTreeSet::new(),
            base: None,
            record: None,
            is_dirty: false,
            pending: 0,
            build: 0,
            orphans: 0,
            story: Vec::new(),
            log: String::new(),
        }
    }

    /// Plays one round; the error is what differed.
    pub(crate) fn round(&mut self, number: u64, visitor: &Visitor) -> Result<(), Differences> {
        self.story.clear();
        if self.is_verbose {
            report::round(number);
        }
        let differences = self.play(number).into_iter().chain(visitor.missed()).collect::<Vec<_>>();
        self.tally.rounds += 1;
        if differences.is_empty() {
            return Ok(());
        }
        let (story, log) = (std::mem::take(&mut self.story), std::mem::take(&mut self.log));
        Err(Differences { round: number, story, log, found: differences })
    }

    fn play(&mut self, number: u64) -> Vec<String> {
        let mut changes = Chance::new(self.seed, number, 1);
        let mut chance = Chance::new(self.seed, number, 2);
        self.build += 1;
        self.change(number, &mut changes);
        for attempt in 0.. {
            let is_calm = attempt >= CALM_FROM || self.pending >= MOST_PENDING;
            let (is_deployed, differences) = self.deploy(is_calm, &mut chance);
            if !differences.is_empty() {
                return differences;
            }
            if is_deployed {
                let (is_invalidated, differences) = self.invalidate(is_calm, &mut chance);
                let is_left = !is_invalidated && self.pending < MOST_PENDING && chance.once_in(4);
                if is_invalidated || is_left || !differences.is_empty() {
                    return differences;
                }
            } else if chance.once_in(4) {
                // Somebody pushes another commit instead.
                std::thread::sleep(TELLING);
                self.build += 1;
                self.change(number, &mut changes);
            }
            if chance.once_in(3) {
                self.build += 1;
                self.tell(format!("the step is repeated as build {}", self.build));
            }
        }
        Vec::new()
    }

    fn change(&mut self, number: u64, chance: &mut Chance) {
        if number == 1 && self.former.is_empty() {
            found(&self.tree, chance);
            self.tell("the first version".to_owned());
        } else {
            let changes = mutate(&self.tree, &mut self.settings, &self.former, chance);
            for change in changes {
                self.tell(change);
            }
        }
        self.former.push(self.tree.files());
        if self.former.len() > REMEMBERED {
            self.former.remove(0);
        }
    }

    /// Deploys once; says whether it ended well, and what is not as it should be.
    fn deploy(&mut self, is_calm: bool, chance: &mut Chance) -> (bool, Vec<String>) {
        let lists = self.lists();
        let (ending, trouble) = self.run(Pipe::Deploy, is_calm, chance);
        let mut differences: Vec<String> = ending.fault(&trouble).into_iter().collect();
        let (files, now) = (self.tree.files(), objects(&self.world, BUCKET));
        self.ever.extend(files.keys().chain(now.keys()).cloned());
        differences.extend(self.uploads_left(&ending));
        let is_success = ending.is_success();
        let new = self.lists().split_off(lists.len());
        if let Some(list) = new.last() {
            let is_direct = is_success && !self.is_dirty;
            differences.extend(comparison::of_list(
                list,
                &files,
                (self.base.as_ref(), &now),
                trouble.is_none(),
                is_direct,
            ));
        }
        if is_success {
            if new.is_empty() {
                differences.push("list: none was written".to_owned());
            }
            // A run that may not read its record leaves headers as they are, and says so.
            let is_blind = ending.log.contains("headers of unchanged files are not compared")
                || ending.log.contains("cannot be looked at");
            let first = if is_blind { now.clone() } else { self.first() };
            differences.extend(comparison::of_bucket(&files, &now, &first, self.has_grace));
        }
        self.remember(now, &ending);
        (is_success, differences)
    }

    fn invalidate(&mut self, is_calm: bool, chance: &mut Chance) -> (bool, Vec<String>) {
        let (ending, trouble) = self.run(Pipe::Invalidate, is_calm, chance);
        let mut differences: Vec<String> = ending.fault(&trouble).into_iter().collect();
        if ending.is_success() {
            self.pending = 0;
            let now = objects(&self.world, BUCKET);
            differences.extend(comparison::of_edge(&self.world, &now, &self.ever));
        }
        // CloudFront completes them in its own time; here that is now.
        self.world.cloud.complete_invalidations();
        (ending.is_success(), differences)
    }

    fn run(&mut self, pipe: Pipe, is_calm: bool, chance: &mut Chance) -> (Ending, Trouble) {
        let trouble = if is_calm { Trouble::default() } else { brew(&self.world.cloud, pipe, chance) };
        let ending = attempt::run(&self.step(pipe), &self.world.cloud, &trouble);
        self.world.cloud.heal();
        if ending.died.is_some() {
            self.settle();
        }
        self.tally.runs += 1;
        self.tally.failures += u64::from(!ending.is_success());
        self.tally.deaths += u64::from(!ending.is_success() && ending.died.is_some());
        self.tell(report::run(&format!("build {}: {pipe:?}", self.build), &trouble.words, &ending));
        let warnings = ending.log.lines().filter(|line| line.starts_with("WARNING: "));
        warnings.for_each(|line| self.tell(format!("  {line}")));
        self.log.clone_from(&ending.log);
        (ending, trouble)
    }

    /// What was on its way when a run died still arrives.
    fn settle(&self) {
        let mut before = self.world.cloud.store().objects(BUCKET);
        loop {
            std::thread::sleep(SETTLING);
            let now = self.world.cloud.store().objects(BUCKET);
            if now == before {
                break;
            }
            before = now;
        }
    }

    /// Only a run that was killed may leave parts behind.
    fn uploads_left(&mut self, ending: &Ending) -> Option<String> {
        let open = self.world.cloud.store().open_uploads(BUCKET);
        let is_excused = ending.died == Some(Signal::Kill);
        let left = open.saturating_sub(self.orphans);
        self.orphans = open;
        (left > 0 && !is_excused).then(|| format!("bucket: {left} multipart uploads are left behind"))
    }

    /// What the bucket held when the record was written, if it was.
    fn remember(&mut self, now: Objects, ending: &Ending) {
        let record = self.world.cloud.store().object(BUCKET, RECORD).map(|record| record.etag);
        let is_new = record != self.record;
        self.record = record;
        let is_advanced =
            if ending.is_success() { !ending.log.contains("cannot be written") } else { self.has_closed() };
        if is_new && is_advanced {
            self.base = Some(now);
            self.is_dirty = false;
            self.pending += 1;
        } else if !ending.is_success() || self.base.as_ref() != Some(&now) {
            self.is_dirty = true;
        }
    }

    /// Whether the run that was stopped came to its record: before anything is written, a run may note in the last one what
    /// it is about to do.
    fn has_closed(&self) -> bool {
        const WRITING: [&str; 5] =
            ["PutObject", "CompleteMultipartUpload", "CopyObject", "DeleteObjects", "DeleteObject"];
        let requests = self.world.cloud.requests();
        let writes = requests.iter().filter(|request| WRITING.contains(&request.operation.as_str()));
        let mut is_record = writes.map(|request| request.key.as_deref() == Some(RECORD));
        is_record.by_ref().any(|is_record| !is_record) && is_record.any(|is_record| is_record)
    }

    /// What a first deploy of this version makes of an empty bucket.
    fn first(&self) -> Objects {
        let store = self.world.cloud.store();
        for key in store.objects(REFERENCE).keys() {
            store.remove(REFERENCE, key);
        }
        let step = self.step(Pipe::Deploy).set("S3_BUCKET", REFERENCE).set("RECORD", "off");
        let ending = step.unset("CHANGES_FILE").unset("DELETE_GRACE").run();
        assert_eq!(ending.code, Some(0), "a first deploy without trouble: {}", ending.log);
        objects(&self.world, REFERENCE)
    }

    fn step(&self, pipe: Pipe) -> Step {
        let name = match pipe {
            Pipe::Deploy => "s3-deploy",
            Pipe::Invalidate => "cloudfront-invalidate",
        };
        let step = self
            .world
            .step(&self.program, self.tree.clone_folder())
            .argument(PIPE_ARGUMENT)
            .argument(name)
            .set("BITBUCKET_BUILD_NUMBER", &self.build.to_string())
            .set("CHANGES_FILE", &self.changes_file());
        let step = match pipe {
            Pipe::Invalidate => step.set("DISTRIBUTION_ID", DISTRIBUTION).set("PATHS", "changed"),
            Pipe::Deploy => step
                .set("S3_BUCKET", BUCKET)
                .set("LOCAL_PATH", "build")
                .set("DELETE_FLAG", "true")
                .set("DELETE_GRACE", if self.has_grace { "7d" } else { "0" })
                .set("HEADERS_FILE", &format!("build/{HEADERS_FILE}")),
        };
        match self.settings.cache_control {
            Some(control) if pipe == Pipe::Deploy => step.set("CACHE_CONTROL", control),
            _ => step,
        }
    }

    fn changes_file(&self) -> String {
        format!("changes-{}.json", self.build)
    }

    /// What the deploys of this build listed.
    fn lists(&self) -> Vec<Difference> {
        let build = ("BITBUCKET_BUILD_NUMBER".into(), self.build.to_string().into());
        let file = self.tree.clone_folder().join(self.changes_file());
        let list = ChangeList::read(&file, &Environment::from_pairs([build]));
        list.map(|list| list.deploys.into_iter().map(|deploy| deploy.difference).collect())
            .unwrap_or_default()
    }

    fn tell(&mut self, words: String) {
        if self.is_verbose {
            report::event(&words);
        }
        self.story.push(words);
    }
}

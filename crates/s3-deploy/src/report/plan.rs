//! The plan to read: as counts, by folders where it is large, line by line when it is not carried out.

use bitbucket_pipe::Failure;
use bitbucket_pipe::text::{bytes, plural, printable};

use super::closing::{deployment_failed, incomplete};
use super::{LINES_SHOWN, Report};
use crate::extra_args::Silence;
use crate::guard::Refusal;
use crate::headers::rules::HeaderRules;
use crate::outcome::Outcome;
use crate::plan::{Plan, Upload};
use crate::result::planned::Planned;
use crate::survey::Survey;

/// The closing line of a dry run.
const REHEARSED: &str = "Dry run: nothing was written.";

impl Report {
    /// What is to be done and what it takes, whether it will be done or not.
    pub(crate) fn plan(&self, survey: &Survey, rules: &HeaderRules) {
        let Survey { plan, files, requests, .. } = survey;
        self.departed(&plan.departed, &survey.found);
        // The first plan is the only one.
        let _ = self.planned.set(Planned::new(plan, *requests));
        if self.log.is_debug() {
            self.uploads(plan, rules);
        }
        if *files == 0 {
            self.log.warning("LOCAL_PATH has no files: did the build run, and is this its output?");
        } else if plan.unchanged == 0
            && plan.uploads().next().is_none()
            && survey.skipped.len() < *files
            && !self.is_share
        {
            self.log
                .warning("EXTRA_ARGS excludes every file of LOCAL_PATH: are the filters in the right order?");
        }
        if plan.is_empty() {
            self.log.info(format_args!(
                "Nothing to do at {}: {} unchanged",
                self.target,
                plural(plan.unchanged, "file")
            ));
            return;
        }
        let copies = plan.uploads().filter(|upload| upload.is_copy()).count();
        self.log.info(format_args!(
            "To upload to {}: {} ({}), pages last;{} to delete: {}; unchanged: {}",
            self.target,
            plural((plan.uploads().count() - copies) as u64, "file"),
            bytes(plan.bytes()),
            if copies > 0 { format!(" other headers: {copies};") } else { String::new() },
            plan.deletions.len(),
            plan.unchanged
        ));
        self.log.info(format_args!(
            "Requests: {} PUT, {} COPY, {} LIST, {} GET and HEAD, {} DELETE; {} at the list prices of S3 Standard in us-east-1",
            requests.put,
            requests.copy,
            requests.list,
            requests.get + requests.head,
            requests.delete,
            requests.dollars(),
        ));
        if is_large(plan) && self.silence < Silence::Lines {
            self.folders(plan);
        }
    }

    /// Each of them, with what it is.
    fn uploads(&self, plan: &Plan, rules: &HeaderRules) {
        for (phase, uploads) in [("asset", &plan.assets), ("page", &plan.pages)] {
            for upload in uploads {
                let media_type = rules.of(&upload.file.path).content_type;
                let media_type = media_type.as_deref().unwrap_or("no content type");
                let path = printable(&upload.file.path);
                self.log.debug(format_args!("{path}: {phase}, {media_type}, {}", upload.reason));
            }
        }
    }

    fn folders(&self, plan: &Plan) {
        let folders = plan.folders();
        for (folder, counts) in &folders.shown {
            let address =
                self.target.address(&if folder.is_empty() { String::new() } else { format!("{folder}/") });
            self.log.plain(printable(&format!("{address}: {counts}")));
        }
        if folders.more > 0 {
            self.log.plain(format_args!(
                "\u{2026} and {} in {}",
                plural(folders.changes_in_more, "change"),
                plural(folders.more as u64, "more folder")
            ));
        }
        if let Some(file) = &self.settings.result_file {
            self.log.info(format_args!("Each of them with its reason is in {}", file.display()));
        }
    }

    /// Each line of a plan that is not carried out, if they are few.
    pub(crate) fn rehearse(&self, plan: &Plan) {
        if self.silence >= Silence::Plan || (is_large(plan) && !self.log.is_debug()) {
            return;
        }
        for upload in plan.uploads() {
            self.log.plain(format_args!("(dryrun) {}", self.upload_line(upload, upload.is_copy())));
        }
        for path in &plan.deletions {
            let address = self.target.address(path);
            self.log.plain(printable(&format!("(dryrun) delete: {address} (not in {})", self.folder_name)));
        }
        for object in &plan.departed {
            self.log.plain(format_args!("(dryrun) {}", self.departed_line(object)));
        }
    }

    /// How a dry run ends: as the deploy would.
    pub(crate) fn rehearsed(&self, survey: &Survey) -> Result<String, Failure> {
        self.leave(&untouched(survey), Some(&survey.bucket.region()), None);
        match survey.skipped.len() {
            0 => Ok(REHEARSED.to_owned()),
            skipped => Err(incomplete(skipped)),
        }
    }

    /// How a deploy ends whose plan is refused.
    pub(crate) fn refused(&self, refusal: Refusal, survey: &Survey) -> Failure {
        self.leave(&untouched(survey), Some(&survey.bucket.region()), Some(refusal.to_string()));
        deployment_failed(refusal.into())
    }

    /// The `upload: … to …` line of `aws s3 sync`, with the reason; a `headers: …` line for one that is only copied.
    pub(super) fn upload_line(&self, upload: &Upload, is_copied: bool) -> String {
        let address = self.target.address(&upload.file.path);
        let reason = upload.reason.to_string();
        if is_copied {
            let changes = reason.strip_prefix("headers: ").unwrap_or(&reason);
            return printable(&format!("headers: {address} ({changes})")).into_owned();
        }
        let (path, folder) = (&upload.file.path, self.folder_name.trim_end_matches('/'));
        printable(&format!("upload: {folder}/{path} to {address} ({reason})")).into_owned()
    }
}

/// What became of a plan that is not carried out.
fn untouched(survey: &Survey) -> Outcome {
    Outcome {
        unchanged: survey.plan.unchanged,
        departed: survey.plan.departed.clone(),
        skipped: survey.skipped.clone(),
        ..Outcome::default()
    }
}

/// Whether it has more lines than are read.
fn is_large(plan: &Plan) -> bool {
    plan.uploads().count() + plan.deletions.len() + plan.departed.len() > LINES_SHOWN
}

//! The columns: everything that can happen to a request, and how often it does.

use std::time::Duration;

use local_aws::scenario::Step;
use local_aws::{Cloud, Fault, ScriptedFault};

use super::request::{Pipe, Reply, Request};

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Times {
    Once,
    Several,
    ForEver,
}

pub(super) const TIMES: [Times; 3] = [Times::Once, Times::Several, Times::ForEver];

/// What happens to a request.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) name: &'static str,
    pub(super) effect: Effect,
}

/// What a fault does, in the embedded cloud's words.
#[derive(Debug)]
pub(super) enum Effect {
    Refused,
    Reset,
    TornInBody,
    LostReply,
    Trickle,
    Stall,
    StallBefore,
    Status(u16, &'static str),
    ErrorInSuccess,
    ErrorOfEachKey,
    CutDocument,
    WrongChecksum,
    Elsewhere,
    ChecksumHeaderRefused,
    UnreadableReply,
    ListingWithoutToken,
}

const fn trouble(name: &'static str, effect: Effect) -> Trouble {
    Trouble { name, effect }
}

pub(super) const FAULTS: [Trouble; 29] = [
    trouble("connection refused", Effect::Refused),
    trouble("reset before the reply", Effect::Reset),
    trouble("reset in the middle of the reply", Effect::TornInBody),
    trouble("reply lost after the work was done", Effect::LostReply),
    trouble("slow trickle", Effect::Trickle),
    trouble("stall before the reply", Effect::StallBefore),
    trouble("stall in the middle of the reply", Effect::Stall),
    trouble("400", Effect::Status(400, "InvalidRequest")),
    trouble("403", Effect::Status(403, "AccessDenied")),
    trouble("404", Effect::Status(404, "NoSuchBucket")),
    trouble("409", Effect::Status(409, "OperationAborted")),
    trouble("412", Effect::Status(412, "PreconditionFailed")),
    trouble("429", Effect::Status(429, "TooManyRequestsException")),
    trouble("500", Effect::Status(500, "InternalError")),
    trouble("503 SlowDown", Effect::Status(503, "SlowDown")),
    trouble("200 with an error", Effect::ErrorInSuccess),
    trouble("200 with an error for each key", Effect::ErrorOfEachKey),
    trouble("torn XML", Effect::CutDocument),
    trouble("wrong checksum", Effect::WrongChecksum),
    trouble("RequestTimeTooSkewed", Effect::Status(403, "RequestTimeTooSkewed")),
    trouble("ExpiredToken", Effect::Status(400, "ExpiredToken")),
    trouble("redirect to another region", Effect::Elsewhere),
    trouble("429 with a store's own code", Effect::Status(429, "TooManyRequests")),
    trouble("520 of a proxy", Effect::Status(520, "WebServerReturnsUnknownError")),
    trouble("400 BadDigest", Effect::Status(400, "BadDigest")),
    trouble("400 MissingContentMD5", Effect::Status(400, "MissingContentMD5")),
    trouble("checksum header refused", Effect::ChecksumHeaderRefused),
    trouble("200 that nobody understands", Effect::UnreadableReply),
    trouble("listing without a token", Effect::ListingWithoutToken),
];

impl Trouble {
    /// Why a cell of this column cannot be, if it cannot.
    pub(super) fn is_impossible(&self, request: &Request, times: Times) -> Option<&'static str> {
        let is_one_of = |operations: &[&str]| operations.contains(&request.operation);
        match self.effect {
            _ if self.is_verdict() && times == Times::Several => Some(
                "a verdict is not asked for again: the first is the last, as in the cells of once and for ever",
            ),
            _ if self.is_like_another() && times != Times::Once => {
                Some("it is waited out as 429, 500 and 503 are, which have these cells")
            }
            Effect::Status(_, "MissingContentMD5") if !is_one_of(&["DeleteObjects"]) => {
                Some("only a batch of deletions needs a digest")
            }
            Effect::ChecksumHeaderRefused
                if !is_one_of(&[
                    "PutObject",
                    "CopyObject",
                    "CreateMultipartUpload",
                    "CompleteMultipartUpload",
                    "HeadObject",
                ]) =>
            {
                Some("the request has no checksum header, or one of a store that has taken those before it")
            }
            Effect::ListingWithoutToken if !is_one_of(&["ListObjectsV2"]) => {
                Some("only listings have tokens")
            }
            Effect::UnreadableReply if !request.is_of_s3() => Some("only S3-compatible stores answer so"),
            Effect::ErrorInSuccess if !is_one_of(&["CopyObject", "CompleteMultipartUpload"]) => {
                Some("only copies and completions answer before they are done")
            }
            Effect::ErrorOfEachKey if !is_one_of(&["DeleteObjects"]) => {
                Some("only a batch of deletions has errors of single keys")
            }
            Effect::CutDocument if request.reply == Reply::Head => Some("the reply has no document"),
            Effect::Stall if request.reply == Reply::Head => Some("the reply has no middle: it is a head"),
            Effect::WrongChecksum if !request.is_of_s3() => Some("only S3 sends checksums"),
            Effect::WrongChecksum
                if is_one_of(&[
                    "ListObjectsV2",
                    "DeleteObject",
                    "DeleteObjects",
                    "CreateMultipartUpload",
                    "AbortMultipartUpload",
                    "HeadBucket",
                ]) =>
            {
                Some("the reply has no checksum")
            }
            Effect::Elsewhere if !request.is_of_s3() => Some("only buckets are in a region"),
            _ => None,
        }
    }

    /// Scripts it for this kind of request.
    pub(super) fn script(&self, cloud: &Cloud, request: &Request, times: Times) {
        let begun = cloud.fail(request.operation);
        let begun = match request.about {
            Some(key) => begun.on(key),
            None => begun,
        };
        let scripted = self.inflict(begun, times);
        match (times, &self.effect) {
            // An outage is long, not frequent.
            (_, Effect::Refused) | (Times::Once, _) => drop(scripted.times(1)),
            (Times::Several, _) => drop(scripted.times(3)),
            (Times::ForEver, _) => {}
        }
    }

    fn inflict<'a>(&self, begun: Fault<'a>, times: Times) -> ScriptedFault<'a> {
        match &self.effect {
            Effect::Refused => begun.outage(match times {
                Times::Once => Some(Duration::from_millis(100)),
                Times::Several => Some(Duration::from_millis(700)),
                Times::ForEver => None,
            }),
            Effect::Reset => begun.reset(),
            Effect::TornInBody => begun.torn(),
            Effect::LostReply => begun.after_work(),
            Effect::Trickle => begun.trickle(),
            Effect::Stall => begun.stall(),
            Effect::StallBefore => begun.delay(Duration::from_hours(1)),
            Effect::Status(status, code) => begun.with_error(*status, code, "As the matrix has it."),
            Effect::ErrorInSuccess => begun.in_success("InternalError"),
            Effect::ErrorOfEachKey => begun.each_key("InternalError"),
            Effect::CutDocument => begun.cut(),
            Effect::WrongChecksum => begun.mistaken(),
            Effect::Elsewhere => begun.moved_to("ap-southeast-2"),
            Effect::ChecksumHeaderRefused => {
                let words = "The header x-amz-checksum-crc64nvme is not implemented";
                begun.carrying("x-amz-checksum-").with_error(501, "NotImplemented", words)
            }
            Effect::UnreadableReply => begun.unreadable(),
            Effect::ListingWithoutToken => begun.without_token(),
        }
    }

    /// With little patience for silence, where there will be some: a part of a film takes a while to send.
    pub(super) fn patient(&self, step: Step, request: &Request) -> Step {
        match (&self.effect, request.pipe) {
            (Effect::Stall | Effect::StallBefore, Pipe::Deploy) => {
                step.set("EXTRA_ARGS", "--cli-read-timeout 1")
            }
            (Effect::Stall | Effect::StallBefore, Pipe::DeployFilm) => {
                step.set("EXTRA_ARGS", "--cli-read-timeout 6")
            }
            _ => step,
        }
    }

    /// Whether it is about connections and so about every request.
    pub(super) fn is_outage(&self) -> bool {
        matches!(self.effect, Effect::Refused)
    }

    /// Whether it says that nobody's credentials are good any more.
    pub(super) fn is_about_caller(&self) -> bool {
        matches!(self.effect, Effect::Status(_, "RequestTimeTooSkewed" | "ExpiredToken"))
    }

    /// Whether the work is not done, for as long as it lasts, however often it is asked for.
    pub(super) fn prevents_the_work(&self) -> bool {
        matches!(
            self.effect,
            Effect::Refused | Effect::Reset | Effect::StallBefore | Effect::Status(..) | Effect::Elsewhere
        )
    }

    /// Whether it is not asked for again after it.
    pub(super) fn is_verdict(&self) -> bool {
        matches!(self.effect, Effect::Status(400..=428, _) | Effect::Elsewhere) && !self.is_like_another()
    }

    /// Whether it is asked for again just as another fault is, so that one cell shows that it is.
    fn is_like_another(&self) -> bool {
        matches!(
            self.effect,
            Effect::Status(_, "OperationAborted" | "TooManyRequests" | "BadDigest")
                | Effect::Status(520, _)
                | Effect::UnreadableReply
        )
    }

    /// Whether the work is done and the reply is not read.
    pub(super) fn hides_the_reply(&self) -> bool {
        matches!(
            self.effect,
            Effect::LostReply
                | Effect::TornInBody
                | Effect::Stall
                | Effect::CutDocument
                | Effect::UnreadableReply
        )
    }

    /// Whether it is waited for again and again.
    pub(super) fn is_slow(&self) -> bool {
        matches!(
            self.effect,
            Effect::Refused
                | Effect::Reset
                | Effect::TornInBody
                | Effect::LostReply
                | Effect::Stall
                | Effect::StallBefore
                | Effect::Status(429..=599, _)
                | Effect::ErrorInSuccess
        )
    }
}

//! The flags of `aws s3 sync`, with the AWS CLI's own names, choices and optional values (awscli 1.46).

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, value_parser};

use crate::headers::{CANNED_ACLS, STORAGE_CLASSES};

/// One flag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flag {
    /// Without its hyphens.
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) fate: Fate,
}

/// What follows a flag.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    Nothing,
    Text,
    Number,
    OneOf(&'static [&'static str]),
    /// One of these; the first, when nothing follows.
    Perhaps(&'static [&'static str]),
    /// One text or more.
    Texts,
    /// One text each time; every time counts.
    TextEachTime,
    /// A key and a value each time; every time counts.
    PairEachTime,
}

/// What becomes of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It takes effect.
    Effective,
    /// It has none here, which is said.
    Meaningless,
    /// It is a mistake: why, and what to do instead.
    Refused(&'static str, &'static str),
}

const COPIES: Fate =
    Fate::Refused("is for copies from bucket to bucket", "a deploy has no such source: leave it out");

/// All of them: those of `sync`, then those of every `aws` command.
pub(super) const FLAGS: &[Flag] = &[
    flag("dryrun", Takes::Nothing, Fate::Effective),
    flag("quiet", Takes::Nothing, Fate::Effective),
    flag("include", Takes::TextEachTime, Fate::Effective),
    flag("exclude", Takes::TextEachTime, Fate::Effective),
    flag("acl", Takes::OneOf(&CANNED_ACLS), Fate::Effective),
    flag("follow-symlinks", Takes::Nothing, Fate::Effective),
    flag("no-follow-symlinks", Takes::Nothing, Fate::Effective),
    flag("no-guess-mime-type", Takes::Nothing, Fate::Effective),
    flag("sse", Takes::Perhaps(&["AES256", "aws:kms"]), Fate::Effective),
    flag("sse-c", Takes::Perhaps(&["AES256"]), Fate::Effective),
    flag("sse-c-key", Takes::Text, Fate::Effective),
    flag("sse-kms-key-id", Takes::Text, Fate::Effective),
    flag("sse-c-copy-source", Takes::Perhaps(&["AES256"]), COPIES),
    flag("sse-c-copy-source-key", Takes::Text, COPIES),
    flag("storage-class", Takes::OneOf(&STORAGE_CLASSES), Fate::Effective),
    flag("grants", Takes::Texts, Fate::Effective),
    flag("website-redirect", Takes::Text, Fate::Effective),
    flag("content-type", Takes::Text, Fate::Effective),
    flag("cache-control", Takes::Text, Fate::Effective),
    flag("content-disposition", Takes::Text, Fate::Effective),
    flag("content-encoding", Takes::Text, Fate::Effective),
    flag("content-language", Takes::Text, Fate::Effective),
    flag("expires", Takes::Text, Fate::Effective),
    // Where the source of a copy is.
    flag("source-region", Takes::Text, Fate::Meaningless),
    flag("only-show-errors", Takes::Nothing, Fate::Effective),
    flag("no-progress", Takes::Nothing, Fate::Effective),
    flag("page-size", Takes::Number, Fate::Meaningless),
    // Archived objects only matter to copies and downloads.
    flag("ignore-glacier-warnings", Takes::Nothing, Fate::Meaningless),
    flag("force-glacier-transfer", Takes::Nothing, Fate::Meaningless),
    flag("request-payer", Takes::Perhaps(&["requester"]), Fate::Effective),
    flag(
        "checksum-mode",
        Takes::OneOf(&["ENABLED"]),
        Fate::Refused("is for downloads", "--checksum-algorithm says which checksums are sent: leave it out"),
    ),
    flag("checksum-algorithm", Takes::OneOf(&CHECKSUM_ALGORITHMS), Fate::Effective),
    flag("metadata", Takes::Text, Fate::Effective),
    // Of copies.
    flag("metadata-directive", Takes::OneOf(&["COPY", "REPLACE"]), Fate::Meaningless),
    // Of downloads.
    flag("case-conflict", Takes::OneOf(&["ignore", "skip", "warn", "error"]), Fate::Meaningless),
    flag("delete", Takes::Nothing, Fate::Effective),
    flag("size-only", Takes::Nothing, Fate::Effective),
    // Of downloads.
    flag("exact-timestamps", Takes::Nothing, Fate::Meaningless),
    flag("debug", Takes::Nothing, Fate::Effective),
    flag("endpoint-url", Takes::Text, Fate::Effective),
    flag(
        "no-verify-ssl",
        Takes::Nothing,
        Fate::Refused(
            "would deploy to whoever answers",
            "AWS_CA_BUNDLE names a PEM file with the certificate authority to trust",
        ),
    ),
    flag("no-paginate", Takes::Nothing, Fate::Refused("would see a part of the bucket only", "leave it out")),
    flag("output", Takes::OneOf(&["json", "text", "table", "yaml", "yaml-stream", "off"]), Fate::Meaningless),
    flag("query", Takes::Text, Fate::Meaningless),
    flag("profile", Takes::Text, Fate::Meaningless),
    flag("region", Takes::Text, Fate::Effective),
    flag(
        "version",
        Takes::Nothing,
        Fate::Refused("would print a version and deploy nothing", "the image's tag is the pipe's version"),
    ),
    flag("color", Takes::OneOf(&["on", "off", "auto"]), Fate::Meaningless),
    flag(
        "no-sign-request",
        Takes::Nothing,
        Fate::Refused(
            "would write to the bucket as nobody",
            "AWS_OIDC_ROLE_ARN, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, say who deploys",
        ),
    ),
    flag("ca-bundle", Takes::Text, Fate::Effective),
    flag("cli-read-timeout", Takes::Number, Fate::Effective),
    flag("cli-connect-timeout", Takes::Number, Fate::Effective),
    flag("v2-debug", Takes::Nothing, Fate::Meaningless),
    // Of version 2 of the AWS CLI.
    flag(
        "no-overwrite",
        Takes::Nothing,
        Fate::Refused(
            "would leave changed files as they are in the bucket",
            "leave it out, and --exclude what is to stay",
        ),
    ),
    flag("tags", Takes::PairEachTime, Fate::Effective),
    flag("copy-props", Takes::OneOf(&["none", "metadata-directive", "default"]), Fate::Meaningless),
    flag("no-cli-pager", Takes::Nothing, Fate::Meaningless),
    flag("cli-auto-prompt", Takes::Nothing, Fate::Meaningless),
    flag("no-cli-auto-prompt", Takes::Nothing, Fate::Meaningless),
    flag("cli-binary-format", Takes::OneOf(&["base64", "raw-in-base64-out"]), Fate::Meaningless),
];

const CHECKSUM_ALGORITHMS: [&str; 9] =
    ["CRC64NVME", "CRC32", "SHA256", "SHA1", "CRC32C", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"];

const fn flag(name: &'static str, takes: Takes, fate: Fate) -> Flag {
    Flag { name, takes, fate }
}

/// The parser: unambiguous prefixes are taken, and the last of several counts, as in the AWS CLI.
pub(super) fn command() -> Command {
    Command::new("aws s3 sync")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .infer_long_args(true)
        .args_override_self(true)
        .args(FLAGS.iter().map(argument))
}

fn argument(flag: &Flag) -> Arg {
    let argument = Arg::new(flag.name).long(flag.name);
    match flag.takes {
        Takes::Nothing => {
            let opposite = match flag.name {
                "follow-symlinks" => Some("no-follow-symlinks"),
                "no-follow-symlinks" => Some("follow-symlinks"),
                _ => None,
            };
            argument.action(ArgAction::SetTrue).overrides_with_all(opposite)
        }
        // A negative number is a value; whatever else begins with a hyphen is a flag.
        Takes::Text => argument.allow_negative_numbers(true),
        Takes::Number => argument.allow_negative_numbers(true).value_parser(value_parser!(i64)),
        Takes::OneOf(words) => argument.value_parser(PossibleValuesParser::new(words)),
        Takes::Perhaps(words) => argument
            .num_args(0..=1)
            .default_missing_value(words[0])
            .value_parser(PossibleValuesParser::new(words)),
        Takes::Texts => argument.num_args(1..),
        Takes::PairEachTime => argument.num_args(2).allow_negative_numbers(true).action(ArgAction::Append),
        Takes::TextEachTime => argument.allow_negative_numbers(true).action(ArgAction::Append),
    }
}

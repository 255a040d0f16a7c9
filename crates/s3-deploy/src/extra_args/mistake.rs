//! Why arguments are refused, in the words of somebody who has to fix them.

use bitbucket_pipe::spelling::nearest;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::flags::{FLAGS, Flag};

/// What editors and chat programs make of two hyphens: em dash, en dash, horizontal bar and minus sign.
const LONG_DASHES: [char; 4] = ['\u{2014}', '\u{2013}', '\u{2015}', '\u{2212}'];

/// A mistake. The message reads on from `EXTRA_ARGS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) message: String,
    pub(super) hint: String,
}

impl Mistake {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }

    /// A flag that would do harm.
    pub(super) fn refused(flag: &Flag, why: &str, hint: &str) -> Self {
        Self::new(format!("has --{}, which {why}", flag.name), hint)
    }

    /// A quote that is not closed.
    pub(super) fn open_quote() -> Self {
        Self::new(
            "has a quote that is not closed",
            "words are split as a shell would: put a value with an apostrophe into double quotes",
        )
    }

    /// A key among the words must not be shown, wherever a slip put it.
    pub(super) fn parsing(error: &clap::Error, words: &[String]) -> Self {
        let text = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => text.as_str(),
            _ => "",
        };
        let argument = text(ContextKind::InvalidArg);
        let flag = argument.split([' ', '=', '[']).next().unwrap_or_default();
        let value = text(ContextKind::InvalidValue);
        let has_key = words.iter().any(|word| word.starts_with("--sse-c"));
        let quoted = |word: &str| if has_key { "a word".to_owned() } else { format!("`{word}`") };
        match error.kind() {
            ErrorKind::UnknownArgument if argument.starts_with(LONG_DASHES) => Self::new(
                format!("has {}, which begins with a long dash", quoted(argument)),
                "a flag begins with two hyphens; some editors turn them into one dash: write `--exclude`, for example",
            ),
            ErrorKind::UnknownArgument if argument == "--recursive" => Self::new(
                "has --recursive, a flag of `aws s3 cp`",
                "a deploy always takes the whole folder, as `aws s3 sync` does: leave it out",
            ),
            ErrorKind::UnknownArgument if !argument.starts_with("--") => Self::new(
                format!("has {}, which belongs to no flag", quoted(argument)),
                "a value with blanks needs quotes, and one that begins with a hyphen stands behind an equals sign; what is \
                 deployed where is said by LOCAL_PATH and S3_BUCKET",
            ),
            ErrorKind::UnknownArgument => unknown(argument),
            ErrorKind::TooManyValues => Self::new(
                format!("has a value for {flag}, which takes none"),
                "leave out what follows the equals sign",
            ),
            // The one flag with several values, of which all are needed.
            ErrorKind::WrongNumberOfValues => Self::new(
                format!("has one word for {flag}, which takes a key and a value"),
                "write `--tags KEY VALUE`, each in quotes if it has spaces",
            ),
            ErrorKind::InvalidValue if value.is_empty() => Self::new(
                format!("has no value for {flag}"),
                values(error, "write one after it, in quotes if it has blanks"),
            ),
            ErrorKind::InvalidValue => Self::new(
                format!("has {} for {flag}, which does not take it", quoted(value)),
                values(error, "write another value"),
            ),
            ErrorKind::ValueValidation => Self::new(
                format!("has {} for {flag}, which takes a number", quoted(value)),
                "write a whole number",
            ),
            _ => Self::new(
                "cannot be understood as flags of `aws s3 sync`",
                "the README of the pipe lists them",
            ),
        }
    }
}

fn values(error: &clap::Error, otherwise: &str) -> String {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(words)) if !words.is_empty() => format!("it takes {}", words.join(", ")),
        _ => otherwise.to_owned(),
    }
}

fn unknown(argument: &str) -> Mistake {
    let name = argument.trim_start_matches('-');
    let candidates: Vec<String> = FLAGS
        .iter()
        .filter(|flag| flag.name.starts_with(name))
        .map(|flag| format!("--{}", flag.name))
        .collect();
    if !candidates.is_empty() {
        return Mistake::new(
            format!("has the flag {argument}, which may be {}", candidates.join(" or ")),
            "write the flag out",
        );
    }
    let hint = match nearest(name, FLAGS.iter().map(|flag| flag.name)) {
        None => "the flags are those of `aws s3 sync`; the README of the pipe lists them".to_owned(),
        Some(flag) => format!("the nearest flag of `aws s3 sync` is --{flag}"),
    };
    Mistake::new(format!("has the unknown flag {argument}"), hint)
}

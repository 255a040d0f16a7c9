//! `EXTRA_ARGS`: the flags of `aws s3 sync` that a deploy understands.

mod flags;
mod headers;
mod map;
mod mistake;
mod paramfile;
mod parse;
mod seconds;
mod words;

use std::path::Path;

use bitbucket_pipe::{Environment, Faults};
use clap::ArgMatches;
use clap::parser::ValueSource;
use oidc_auth::Patience;

use crate::filters::Rule;
use crate::headers::{Headers, timestamp};
use flags::{FLAGS, Fate};
use mistake::Mistake;
use paramfile::Files;
use parse::Parsed;
use words::Words;

/// The variable's name.
const NAME: &str = "EXTRA_ARGS";

/// How much is not said of the work. Warnings, errors and the pipe's own lines are always said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Silence {
    #[default]
    Nothing,
    /// Progress.
    Progress,
    /// Progress, and the line of each file and object.
    Lines,
    /// Those, and the plan of a dry run.
    Plan,
}

/// What the flags ask for. A flag wins over the variable of the same meaning: the official pipe puts it last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the user's, and none depends on another"
)]
pub(crate) struct ExtraArgs {
    /// What objects are stored with; an empty text takes a variable's away. Its `expires` is [`Self::expires`].
    pub(crate) headers: Headers,
    /// A point in time; an empty text takes the variable's away.
    pub(crate) expires: Option<String>,
    /// `--exclude` and `--include`, in their order.
    pub(crate) filters: Vec<Rule>,
    /// `--delete`.
    pub(crate) delete: bool,
    /// `--debug`.
    pub(crate) debug: bool,
    /// `--dryrun`.
    pub(crate) dry_run: bool,
    /// `--no-follow-symlinks`.
    pub(crate) no_links: bool,
    /// `--size-only`.
    pub(crate) size_only: bool,
    /// `--request-payer`.
    pub(crate) requester_pays: bool,
    /// `--checksum-algorithm`.
    pub(crate) checksum_given: bool,
    /// `--quiet`, `--only-show-errors` and `--no-progress`.
    pub(crate) silence: Silence,
    region: Option<String>,
    endpoint_url: Option<String>,
    ca_bundle: Option<String>,
    /// `--cli-connect-timeout` and `--cli-read-timeout`.
    pub(crate) patience: Patience,
    /// Flags that have no meaning here, with their hyphens.
    pub(crate) meaningless: Vec<String>,
}

impl ExtraArgs {
    /// Reads the variable, given as one text or as a list, and the files in `directory` that it names. Each mistake is a
    /// fault; the flags without one are read all the same, so that mistakes in their values are found too.
    pub(crate) fn read(environment: &Environment, directory: &Path, faults: &mut Faults) -> Self {
        let words = match (environment.items(NAME), environment.get(NAME)) {
            (Some(items), _) => words::of_items(items),
            (None, Some(text)) => words::split(text),
            (None, None) => return Self::default(),
        };
        let (extra, mistakes) = Self::parse(&words, Files { directory, environment });
        for Mistake { message, hint } in mistakes {
            faults.add_with_hint(NAME, message, hint);
        }
        extra
    }

    fn parse(words: &Words, files: Files) -> (Self, Vec<Mistake>) {
        let Parsed { matches, mut mistakes, unread } = parse::parse(words);
        mistakes.extend(words.open.first().map(|_| Mistake::open_quote()));
        let mut meaningless = Vec::new();
        for flag in FLAGS.iter().filter(|flag| is_given(&matches, flag.name)) {
            match flag.fate {
                Fate::Effective => {}
                Fate::Meaningless => meaningless.push(format!("--{}", flag.name)),
                Fate::Refused(why, hint) => {
                    mistakes.push(Mistake::refused(flag, why, hint));
                }
            }
        }
        let headers = headers::read(&matches, &unread, files, &mut mistakes);
        let expires = headers::value(&matches, "expires", files, &mut mistakes);
        if let Some(text) = expires.as_deref().filter(|text| !text.is_empty() && timestamp(text).is_none()) {
            let message = format!("has `{text}` for --expires, which is no point in time");
            mistakes.push(Mistake::new(message, "write it as `2030-01-31T12:00:00Z`"));
        }
        let patience = Patience {
            connect: seconds::read(&matches, "cli-connect-timeout", &mut mistakes),
            read: seconds::read(&matches, "cli-read-timeout", &mut mistakes),
        };
        let extra = Self {
            headers,
            expires,
            filters: rules(&matches),
            delete: matches.get_flag("delete"),
            debug: matches.get_flag("debug"),
            dry_run: matches.get_flag("dryrun"),
            no_links: matches.get_flag("no-follow-symlinks"),
            requester_pays: is_given(&matches, "request-payer"),
            checksum_given: is_given(&matches, "checksum-algorithm"),
            size_only: matches.get_flag("size-only"),
            silence: silence(&matches),
            region: text(&matches, "region"),
            endpoint_url: text(&matches, "endpoint-url"),
            ca_bundle: text(&matches, "ca-bundle"),
            patience,
            meaningless,
        };
        (extra, mistakes)
    }

    /// Puts `--region`, `--endpoint-url` and `--ca-bundle` into the place of their variables.
    pub(crate) fn direct(&self, access: &mut oidc_auth::Variables) {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let Self { region, endpoint_url, ca_bundle, .. } = self;
        access.aws_default_region = given(region).or(access.aws_default_region.take());
        // The CLI's flag is for the service of the command.
        access.aws_endpoint_url_s3 = given(endpoint_url).or(access.aws_endpoint_url_s3.take());
        access.aws_ca_bundle = given(ca_bundle).or(access.aws_ca_bundle.take());
    }

    /// The flag that stands in the place of a variable of [`direct`](Self::direct).
    pub(crate) fn in_place_of(&self, variable: &str) -> Option<&'static str> {
        match variable {
            "AWS_DEFAULT_REGION" => self.region.as_ref().map(|_| "EXTRA_ARGS: --region"),
            "AWS_ENDPOINT_URL_S3" => self.endpoint_url.as_ref().map(|_| "EXTRA_ARGS: --endpoint-url"),
            "AWS_CA_BUNDLE" => self.ca_bundle.as_ref().map(|_| "EXTRA_ARGS: --ca-bundle"),
            _ => None,
        }
    }
}

/// The rules in the order in which they were written, whichever flag they came by.
fn rules(matches: &ArgMatches) -> Vec<Rule> {
    let of = |name, includes| {
        let places = matches.indices_of(name).into_iter().flatten();
        let patterns = matches.get_many::<String>(name).into_iter().flatten();
        places.zip(patterns.map(move |pattern| Rule::new(pattern, includes)))
    };
    let mut rules: Vec<(usize, Rule)> = of("exclude", false).chain(of("include", true)).collect();
    rules.sort_by_key(|(place, _)| *place);
    rules.into_iter().map(|(_, rule)| rule).collect()
}

fn silence(matches: &ArgMatches) -> Silence {
    let flags =
        [("quiet", Silence::Plan), ("only-show-errors", Silence::Lines), ("no-progress", Silence::Progress)];
    flags.into_iter().find(|(flag, _)| matches.get_flag(flag)).map(|(_, silence)| silence).unwrap_or_default()
}

fn is_given(matches: &ArgMatches, name: &str) -> bool {
    matches.value_source(name) == Some(ValueSource::CommandLine)
}

fn text(matches: &ArgMatches, name: &str) -> Option<String> {
    matches.get_one::<String>(name).cloned()
}

#[cfg(test)]
mod hostile_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::customer_key::CustomerKey;
    use crate::headers::grants::Grants;
    use crate::headers::tags::Tags;

    fn read(text: &str) -> Result<ExtraArgs, String> {
        let pairs = [(NAME, text)].map(|(name, value)| (name.into(), value.into()));
        let mut faults = Faults::default();
        let extra = ExtraArgs::read(&Environment::from_pairs(pairs), Path::new("/"), &mut faults);
        if faults.is_empty() { Ok(extra) } else { Err(faults.to_string()) }
    }

    #[test]
    fn flags_as_the_aws_cli_takes_them() {
        let with = |headers| ExtraArgs { headers, ..ExtraArgs::default() };
        let acl = |acl: &str| with(Headers { acl: Some(acl.into()), ..Headers::default() });
        let cached = |text: &str| with(Headers { cache_control: Some(text.into()), ..Headers::default() });
        let sse = |text: &str| with(Headers { encryption: Some(text.into()), ..Headers::default() });
        let metadata = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            with(Headers { metadata: pairs.collect(), ..Headers::default() })
        };
        let grants =
            Grants { read: Some("id=a,id=b".into()), full: Some("id=c".into()), ..Grants::default() };
        let granted = with(Headers { grants, ..Headers::default() });
        let tagged =
            with(Headers { tags: Tags::parse("team=web&a+b=c=d").expect("valid"), ..Headers::default() });
        for (text, extra) in vec![
            ("--acl private", acl("private")),
            ("--acl=private", acl("private")),
            ("--ac private", acl("private")),
            ("--acl private --acl public-read", acl("public-read")),
            ("--cache-control 'public, max-age=60'", cached("public, max-age=60")),
            ("--cache-c \"public, max-age=60\"", cached("public, max-age=60")),
            ("--cache-control=a=b", cached("a=b")),
            ("--cache-control ''", cached("")),
            ("--cache-control -1", cached("-1")),
            ("--expires -1", ExtraArgs { expires: Some("-1".into()), ..ExtraArgs::default() }),
            ("--sse", sse("AES256")),
            ("--sse aws:kms", sse("aws:kms")),
            ("--sse=aws:kms --sse", sse("AES256")),
            ("--metadata a=b,c=d", metadata(&[("a", "b"), ("c", "d")])),
            ("--metadata '{\"a\": \"b c\"}'", metadata(&[("a", "b c")])),
            ("--metadata a=b --metadata c=d", metadata(&[("c", "d")])),
            ("--grants read=id=a,id=b full=id=c", granted.clone()),
            ("--grants=read=id=x --grants read=id=a,id=b full=id=c", granted),
            (
                "--sse-c --sse-c-key 0123456789abcdef0123456789abcdef",
                with(Headers {
                    customer_key: CustomerKey::new(b"0123456789abcdef0123456789abcdef"),
                    ..Headers::default()
                }),
            ),
            ("--tags team web --tags 'a b' c=d", tagged),
            ("--request-payer", ExtraArgs { requester_pays: true, ..ExtraArgs::default() }),
            ("--request-payer=requester", ExtraArgs { requester_pays: true, ..ExtraArgs::default() }),
            ("--delete", ExtraArgs { delete: true, ..ExtraArgs::default() }),
            ("--del\n  --delete", ExtraArgs { delete: true, ..ExtraArgs::default() }),
            ("--no-follow-symlinks --follow-symlinks", ExtraArgs::default()),
            ("--follow-symlinks --no-follow-symlinks", ExtraArgs { no_links: true, ..ExtraArgs::default() }),
            ("--dry --size-only", ExtraArgs { dry_run: true, size_only: true, ..ExtraArgs::default() }),
            ("--no-progress --quiet", ExtraArgs { silence: Silence::Plan, ..ExtraArgs::default() }),
            ("--only-show-errors", ExtraArgs { silence: Silence::Lines, ..ExtraArgs::default() }),
        ] {
            assert_eq!(read(text), Ok(extra), "{text}");
        }
    }

    #[test]
    fn filters_keep_their_order() {
        let extra = read("--exclude * --include=*.html --exclude 'draft/*' --incl a").expect("known");
        let expected = [("*", false), ("*.html", true), ("draft/*", false), ("a", true)];
        assert_eq!(extra.filters, expected.map(|(pattern, includes)| Rule::new(pattern, includes)));
    }

    #[test]
    fn mistakes_are_told_with_the_way_out() {
        for (text, words) in [
            (
                "--dryrum",
                "has the unknown flag --dryrum\nhint: the nearest flag of `aws s3 sync` is --dryrun",
            ),
            ("--zzz", "has the unknown flag --zzz\nhint: the flags are those"),
            ("--ex a", "has the flag --ex, which may be --exclude or --expires or --exact-timestamps"),
            ("-v", "has `-v`, which belongs to no flag"),
            (
                "\u{2014}exclude *.map",
                "has `\u{2014}exclude`, which begins with a long dash\nhint: a flag begins with two hyphens",
            ),
            ("\u{2013}delete", "has `\u{2013}delete`, which begins with a long dash"),
            (
                "--recursive",
                "has --recursive, a flag of `aws s3 cp`\nhint: a deploy always takes the whole folder",
            ),
            ("--delete true", "has `true`, which belongs to no flag"),
            ("--delete=true", "has a value for --delete, which takes none"),
            ("--acl", "has no value for --acl\nhint: it takes private, public-read,"),
            ("--acl public", "has `public` for --acl, which does not take it\nhint: it takes private,"),
            ("--page-size many", "has `many` for --page-size, which takes a number"),
            ("--cache-control --delete", "has no value for --cache-control\nhint: write one"),
            (
                "--cache-control \u{e9}",
                "has a value for --cache-control with characters that a header cannot carry",
            ),
            (
                "--content-type file://no-such",
                "that names a file which cannot be read: no-such: No such file",
            ),
            ("--cache-control file://proc/self/status", "characters that a header cannot carry"),
            ("--content-language https://de", "has a value for --content-language that is a web address"),
            ("--sse rot13", "has `rot13` for --sse, which does not take it\nhint: it takes AES256, aws:kms"),
            ("--sse --sse-kms-key-id k", "has --sse-kms-key-id without --sse aws:kms"),
            ("--checksum-algorithm XXHASH3", "which this pipe cannot compute"),
            ("--checksum-algorithm MD5", "has `MD5` for --checksum-algorithm, which does not take it"),
            ("--grants read", "has `read` for --grants, which is no grant"),
            ("--grants write=id=a", "has `write=id=a` for --grants, which is no grant"),
            ("--tags team", "has one word for --tags, which takes a key and a value"),
            (
                "--tags aws:x y",
                "has the key `aws:x`, which begins with `aws:`, and AWS reserves such keys (--tags)",
            ),
            ("--tags a 1 --tags a 2", "has the key `a` twice (--tags)"),
            ("--metadata a", "has --metadata, which has `a` where `name=value` should be"),
            ("--metadata file://m.json", "that names a file"),
            ("--sse-c", "has --sse-c without --sse-c-key"),
            ("--sse-c-key k", "has --sse-c-key without --sse-c\n"),
            ("--sse-c --sse-c-key short", "has a key of 5 bytes for --sse-c-key, and AES256 takes 32"),
            ("--sse-c AES128", "it takes AES256"),
            ("--sse --sse-c --sse-c-key 0123456789abcdef0123456789abcdef", "has both --sse and --sse-c"),
            ("--request-payer owner", "it takes requester"),
            ("--metadata '{\"a b\": \"c\"}'", "has `a b` in --metadata"),
            ("--expires soon", "has `soon` for --expires, which is no point in time"),
            ("--cache-control 'a", "has a quote that is not closed"),
            (
                "--no-verify-ssl",
                "has --no-verify-ssl, which would deploy to whoever answers\nhint: AWS_CA_BUNDLE",
            ),
            ("--no-sign-request", "has --no-sign-request, which would write to the bucket as nobody"),
            ("--sse-c-copy-source", "is for copies from bucket to bucket"),
            ("--no-overwrite", "has --no-overwrite, which would leave changed files as they are"),
            ("--exclude -x", "one that begins with a hyphen stands behind an equals sign"),
            ("--checksum-mode ENABLED", "is for downloads"),
        ] {
            let fault = read(text).expect_err(text);
            assert!(fault.starts_with("EXTRA_ARGS has ") && fault.contains(words), "{text}: {fault}");
        }
    }

    #[test]
    fn quotes_are_no_part_of_a_value_and_where_they_are_missed_the_way_out_is_told() {
        let disposition = |text| read(text).map(|extra| extra.headers.content_disposition);
        let given = disposition("--content-disposition 'attachment; filename=\"a b\"'");
        assert_eq!(given, Ok(Some("attachment; filename=\"a b\"".into())));
        for text in ["--metadata {\"a\":\"b\"}", "--metadata title=Bob's"] {
            let fault = read(text).expect_err(text);
            assert!(fault.contains("\nhint: ") && fault.contains("quotes"), "{text}: {fault}");
        }
    }

    #[test]
    fn all_refused_flags_are_named_at_once() {
        let faults = read("--no-verify-ssl --no-sign-request").expect_err("both are refused");
        assert_eq!(faults.matches("EXTRA_ARGS has").count(), 2, "{faults}");
    }

    #[test]
    fn a_key_is_not_shown_in_a_mistake() {
        let fault = read("--sse-c --sse-c-key first second-half-of-the-key").expect_err("a word too many");
        assert!(!fault.contains("second-half"), "{fault}");
        let fault = read("--sse-c --sse-c-key a-key-that-is-too-short").expect_err("not 32 bytes");
        assert!(!fault.contains("a-key"), "{fault}");
    }

    #[test]
    fn flags_without_meaning_are_named() {
        let extra = read("--page-size 100 --exact-timestamps --color=off --profile x").expect("known");
        assert_eq!(extra.meaningless, ["--page-size", "--exact-timestamps", "--profile", "--color"]);
    }

    #[test]
    fn flags_take_the_place_of_the_variables_of_access() {
        let extra = read("--region eu-west-1 --endpoint-url http://s3 --ca-bundle ca.pem").expect("known");
        let mut access = oidc_auth::Variables {
            aws_default_region: Some("us-east-1".into()),
            aws_endpoint_url: Some("http://all".into()),
            ..oidc_auth::Variables::default()
        };
        extra.direct(&mut access);
        assert_eq!(access.aws_default_region.as_deref(), Some("eu-west-1"));
        assert_eq!(access.aws_endpoint_url.as_deref(), Some("http://all"));
        assert_eq!(access.aws_endpoint_url_s3.as_deref(), Some("http://s3"));
        assert_eq!(access.aws_ca_bundle.as_deref(), Some("ca.pem"));
        assert_eq!(extra.in_place_of("AWS_CA_BUNDLE"), Some("EXTRA_ARGS: --ca-bundle"));
        assert_eq!(extra.in_place_of("AWS_REGION"), None);
    }
}

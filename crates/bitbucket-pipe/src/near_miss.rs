//! Names in the environment that are nearly those of the pipe's variables: a misspelt guard guards nothing.

use crate::environment::Environment;
use crate::log::Log;
use crate::spelling::nearest;

/// What other tools call these variables. No edit leads from one to the other.
const SYNONYMS: [(&str, &str); 3] =
    [("BUCKET", "S3_BUCKET"), ("DELETE", "DELETE_FLAG"), ("REGION", "AWS_DEFAULT_REGION")];

/// Variables of shells, networks and other tools that are near one of ours by chance.
pub const NEIGHBOURS: &[&str] = &[
    "ACLOCAL_PATH",
    "EXTRA_VARS",
    "FTPS_PROXY",
    "GOPROXY",
    "HTTP_PROXY",
    "NDEBUG",
    "ORIGINAL_PATH",
    "ORIG_PATH",
    "PAGER",
    "PATH",
    "WS_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Behind two letters, the name of another bucket: of another service, as `R2_BUCKET`, or of a part of the site. Without
/// `S3_BUCKET` there is no deploy, so nobody misses it in silence.
const BUCKET: &str = "_BUCKET";

/// The AWS tools read the endpoint of every service from such a variable.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_";
/// The ids of services of up to so many letters are near `S3` and `STS`, and far from `CLOUDFRONT`.
const SHORT_SERVICE: usize = 5;

/// A name in the environment, and the variable that is probably meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NearMiss<'a> {
    /// As it is in the environment.
    pub name: &'a str,
    /// The variable.
    pub meant: &'a str,
}

/// The near misses among the names of the environment, each once, in alphabetical order. `known` are the variables that
/// the pipe reads.
#[must_use]
pub fn near_misses<'a>(environment: &'a Environment, known: &[&[&'a str]]) -> Vec<NearMiss<'a>> {
    let known: Vec<&str> = known.concat();
    let misses =
        environment.names().filter_map(|name| meant(name, &known).map(|meant| NearMiss { name, meant }));
    misses.collect()
}

/// Prints a WARNING for each near miss. It names variables and never shows a value.
pub fn warn(environment: &Environment, known: &[&[&str]], log: &Log) {
    for NearMiss { name, meant } in near_misses(environment, known) {
        log.warning(format_args!(
            "{name} is not a variable of this pipe and has no effect. Did you mean {meant}?"
        ));
    }
}

fn meant<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if known.contains(&name) || is_bitbucket(name) || is_numbered(name) || is_of_other_tools(name) {
        return None;
    }
    let known = || known.iter().copied().filter(|variable| !is_bitbucket(variable));
    let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == name).map(|(_, variable)| *variable);
    let same = |variable: &&str| Some(*variable) == synonym || variable.eq_ignore_ascii_case(name);
    known().find(same).or_else(|| nearest(name, known()))
}

/// Bitbucket sets these, so nobody misspells them.
fn is_bitbucket(name: &str) -> bool {
    name.starts_with("BITBUCKET_")
}

/// `NAME_0` and `NAME_COUNT`: an item of a list, which is known by the name of the list, or one of several of a kind.
fn is_numbered(name: &str) -> bool {
    let last = name.rsplit_once('_').map(|(_, last)| last);
    last.is_some_and(|last| {
        last == "COUNT" || (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn is_of_other_tools(name: &str) -> bool {
    let service = name.strip_prefix(ENDPOINT);
    NEIGHBOURS.contains(&name)
        || name.strip_suffix(BUCKET).is_some_and(|of| of.len() == 2)
        || service.is_some_and(|service| service.len() <= SHORT_SERVICE)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;

    use super::*;

    const KNOWN: &[&[&str]] = &[
        &["AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_CLOUDFRONT", "AWS_ENDPOINT_URL_STS", "HTTPS_PROXY"],
        &[
            "ACL",
            "BITBUCKET_WORKSPACE",
            "DELETE_FLAG",
            "EXTRA_ARGS",
            "MAX_DELETE",
            "LOCAL_PATH",
            "PAGES",
            "PATHS",
            "S3_BUCKET",
        ],
    ];

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_pairs(pairs.iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn meant(name: &str) -> Option<String> {
        let environment = environment(&[(name, "x")]);
        near_misses(&environment, KNOWN).first().map(|miss| miss.meant.to_owned())
    }

    #[test]
    fn names_and_what_is_meant() {
        for (name, variable) in [
            ("MAX_DELETES", Some("MAX_DELETE")),
            ("MAXDELETE", Some("MAX_DELETE")),
            ("max_delete", Some("MAX_DELETE")),
            ("Acl", Some("ACL")),
            ("PAGE", Some("PAGES")),
            ("BUCKET", Some("S3_BUCKET")),
            ("DELETE", Some("DELETE_FLAG")),
            ("REGION", Some("AWS_DEFAULT_REGION")),
            ("AWS_DEFUALT_REGION", Some("AWS_DEFAULT_REGION")),
            ("AWS_ENDPOINT_URL_CLOUDFORNT", Some("AWS_ENDPOINT_URL_CLOUDFRONT")),
            ("AWS_ENDPOINT_URL_SNS", None),
            ("MAX_DELETE", None),
            ("DELETED", None),
            ("ACLS", None),
            ("S3_BUCKET_2", None),
            ("S3_BUKCET", Some("S3_BUCKET")),
            ("UI_BUCKET", None),
            ("R2_BUCKET", None),
            ("ACLOCAL_PATH", None),
            ("BITBUCKET_WORKSPACES", None),
            ("ITBUCKET_WORKSPACE", None),
            ("PATH", None),
            ("HTTP_PROXY", None),
            ("https_proxy", None),
        ] {
            assert_eq!(meant(name).as_deref(), variable, "{name}");
        }
    }

    #[test]
    fn a_synonym_counts_only_where_its_variable_is_read() {
        let environment = environment(&[("DELETE", "true")]);
        assert_eq!(near_misses(&environment, &[&["PATHS"]]), []);
    }

    #[test]
    fn a_misspelt_list_is_one_near_miss() {
        let list = [("EXTRA_ARG_COUNT", "2"), ("EXTRA_ARG_0", "--delete"), ("EXTRA_ARG_1", "--quiet")];
        let found = environment(&list);
        assert_eq!(near_misses(&found, KNOWN), [NearMiss { name: "EXTRA_ARG", meant: "EXTRA_ARGS" }]);
        let right = list.map(|(name, value)| (name.replace("ARG_", "ARGS_"), value));
        let right: Vec<(&str, &str)> = right.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(near_misses(&environment(&right), KNOWN), []);
    }

    #[test]
    fn a_variable_without_a_value_is_not_given() {
        assert_eq!(near_misses(&environment(&[("MAX_DELETES", " ")]), KNOWN), []);
    }

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_warning_names_both_and_shows_no_value() {
        let written = Written::default();
        let log = Log::to(Box::new(written.clone()), false);
        warn(&environment(&[("MAX_DELETES", "hunter2")]), KNOWN, &log);
        let text = String::from_utf8(written.0.lock().expect("not poisoned").clone()).expect("UTF-8");
        let expected = "WARNING: MAX_DELETES is not a variable of this pipe and has no effect. Did you mean MAX_DELETE?\n";
        assert_eq!(text, expected);
    }

    proptest! {
        /// One edit of a long name is found; the name itself is not a miss.
        #[test]
        fn any_edit_is_found(place in 0..10_usize, letter in "[A-Z]", kind in 0..3) {
            let mut name = "MAX_DELETE".to_owned();
            match kind {
                0 => drop(name.remove(place)),
                1 => name.insert_str(place, &letter),
                _ => name.replace_range(place..=place, &letter),
            }
            let expected = (name != "MAX_DELETE").then_some("MAX_DELETE");
            prop_assert_eq!(meant(&name), expected.map(str::to_owned));
        }
    }
}

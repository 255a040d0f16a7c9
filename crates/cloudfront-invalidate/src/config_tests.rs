//! Every variable typed, every mistake told.

use std::fs;

use super::*;

const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret-of-the-example-key")];

fn read(pairs: &[(&str, &str)]) -> Result<Config, String> {
    let pairs = KEYS.iter().chain(pairs).map(|(name, value)| (name.into(), value.into()));
    Config::read(&Environment::from_pairs(pairs), Path::new("/"), Faults::default())
        .map_err(|faults| faults.to_string())
}

fn paths(config: Config) -> Vec<String> {
    match config.paths {
        Paths::Given(paths) => texts(&paths),
        Paths::Changed(changes) => panic!("{changes:?}"),
    }
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

#[test]
fn lists_come_apart_at_any_white_space_and_lose_what_is_there_twice() {
    for (given, expected) in [
        ("/a /b", vec!["/a", "/b"]),
        ("/b\n/a\t\r\n  /b", vec!["/b", "/a"]),
        ("a /a /%61", vec!["/a", "/%61"]),
        ("/été /%C3%A9t%C3%A9", vec!["/%C3%A9t%C3%A9"]),
        ("/* /a/* /a/b", vec!["/*", "/a/*", "/a/b"]),
        ("/changed", vec!["/changed"]),
    ] {
        let config = read(&[("DISTRIBUTION_ID", "E1"), ("PATHS", given)]).expect(given);
        assert_eq!(paths(config), expected, "{given}");
    }
    let config = read(&[
        ("DISTRIBUTION_ID_COUNT", "3"),
        ("DISTRIBUTION_ID_0", "E1"),
        ("DISTRIBUTION_ID_1", "123xyz"),
        ("DISTRIBUTION_ID_2", "E1"),
        ("PATHS_COUNT", "2"),
        ("PATHS_0", "/a"),
        ("PATHS_1", "/b"),
    ])
    .expect("YAML lists");
    assert_eq!(texts(&config.distributions), ["E1", "123xyz"]);
    assert_eq!(paths(config), ["/a", "/b"]);
}

#[test]
fn govcloud_has_no_cloudfront_and_china_has_its_own() {
    let role = |partition: &str| {
        let arn = format!("arn:{partition}:iam::123456789012:role/Deploy");
        vec![
            ("DISTRIBUTION_ID", "E1".to_owned()),
            ("AWS_OIDC_ROLE_ARN", arn),
            ("BITBUCKET_STEP_OIDC_TOKEN", "e30.e30.token".to_owned()),
        ]
    };
    let region =
        |region: &str| vec![("DISTRIBUTION_ID", "E1".to_owned()), ("AWS_DEFAULT_REGION", region.to_owned())];
    let mut own = role("aws-us-gov");
    own.push(("AWS_ENDPOINT_URL_CLOUDFRONT", "http://127.0.0.1:9".to_owned()));
    for (variables, variable) in [
        (role("aws-us-gov"), Some("AWS_OIDC_ROLE_ARN")),
        (region("us-gov-west-1"), Some("AWS_DEFAULT_REGION")),
        (role("aws-cn"), None),
        (role("aws"), None),
        (region("cn-north-1"), None),
        (own, None),
    ] {
        let pairs: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let faults = read(&pairs).err();
        let expected = variable
            .map(|variable| format!("{variable} is of GovCloud (aws-us-gov), which has no CloudFront"));
        match (&faults, &expected) {
            (None, None) => {}
            (Some(faults), Some(expected)) => assert!(faults.starts_with(expected.as_str()), "{faults}"),
            _ => panic!("{variables:?}: {faults:?}"),
        }
    }
}

#[test]
fn everything_is_invalidated_unless_paths_are_given() {
    for variables in [&[][..], &[("PATHS", "")], &[("PATHS", " \n")]] {
        let config = read(&[&[("DISTRIBUTION_ID", "E1")], variables].concat()).expect("valid");
        assert_eq!(paths(config), ["/*"]);
    }
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let error =
        read(&[("PATHS", "/a*b \"/c\" changed"), ("AWS_REGION", "Ireland")]).expect_err("four mistakes");
    for part in [
        "AWS_REGION must be",
        "DISTRIBUTION_ID variable missing.",
        "PATHS `/a*b`: `*` is a wildcard only",
        "PATHS `\"/c\"`: begins with a quote",
        "PATHS `changed`: `changed` stands alone",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn the_word_changed_is_never_taken_for_a_path() {
    for (given, expected) in [
        ("Changed", "is written `changed`\nhint: "),
        ("/a changed", "`changed` stands alone, because"),
        ("changed /a", "`changed` stands alone, because"),
        ("CHANGED /a", "`CHANGED`: `changed` stands alone, because"),
    ] {
        let error = read(&[("DISTRIBUTION_ID", "E1"), ("PATHS", given)]).expect_err(given);
        assert!(error.contains(expected) && error.contains("is written `/"), "{error}");
    }
}

#[test]
fn what_changed_comes_from_the_list_with_limits() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("changes.json");
    let difference = r#"{"deploy":"d","incomplete":null,"paths":{}}"#;
    let deploy =
        format!(r#"{{"bucket":"site","prefix":"","unchanged":{{}},"difference":{difference},"earlier":[]}}"#);
    fs::write(&file, format!(r#"{{"version":1,"build":null,"step":null,"deploys":[{deploy}]}}"#))
        .expect("written");
    let file = file.to_str().expect("UTF-8");
    let base = [("DISTRIBUTION_ID", "E1"), ("PATHS", "changed"), ("CHANGES_FILE", file)];
    for (more, max_paths, invalidate_new, origin_path) in [
        (&[][..], 30, true, None),
        (
            &[("MAX_PATHS", "3000"), ("INVALIDATE_NEW", "no"), ("ORIGIN_PATH", "/a/"), ("S3_BUCKET", "site")],
            3000,
            false,
            Some("/a"),
        ),
    ] {
        let config = read(&[&base[..], more].concat()).expect("valid");
        let Paths::Changed(Changes { deploys, policy, .. }) = config.paths else { panic!("{config:?}") };
        assert_eq!(deploys.len(), 1);
        assert_eq!((policy.max_paths, policy.invalidate_new), (max_paths, invalidate_new));
        assert_eq!(policy.origin_paths.map(|path| path.to_string()).as_deref(), origin_path);
        assert!(config.idle.is_empty());
    }
}

/// A list of changes of two deploys, and where it is.
fn list(folder: &Path) -> String {
    let deploy = |prefix: &str| {
        let difference = format!(r#"{{"deploy":"d{prefix}","incomplete":null,"paths":{{}}}}"#);
        format!(
            r#"{{"bucket":"site","prefix":"{prefix}","unchanged":{{}},"difference":{difference},"earlier":[]}}"#
        )
    };
    let deploys = [deploy(""), deploy("blog/")].join(",");
    let file = folder.join("changes.json");
    fs::write(&file, format!(r#"{{"version":1,"build":null,"step":null,"deploys":[{deploys}]}}"#))
        .expect("written");
    file.to_str().expect("UTF-8").to_owned()
}

#[test]
fn how_viewers_reach_a_page_is_said_or_left_to_the_distribution() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = list(folder.path());
    let base = [("DISTRIBUTION_ID", "E1"), ("PATHS", "changed"), ("CHANGES_FILE", &file)];
    let policy = |more: &[(&str, &str)]| -> Result<Policy, String> {
        match read(&[&base[..], more].concat())?.paths {
            Paths::Changed(changes) => Ok(changes.policy),
            Paths::Given(paths) => panic!("{paths:?}"),
        }
    };
    let pages = |pages: &[&str]| Some(pages.iter().map(|page| (*page).to_owned()).collect::<BTreeSet<_>>());
    for (given, fallback_pages) in [
        (&[][..], None),
        (&[("FALLBACK_PAGES", " ")], None),
        (&[("FALLBACK_PAGES", "none")], pages(&[])),
        (&[("FALLBACK_PAGES", "/index.html 404.html")], pages(&["404.html", "index.html"])),
        (&[("FALLBACK_PAGES_COUNT", "1"), ("FALLBACK_PAGES_0", "a b.html")], pages(&["a b.html"])),
        (&[("FALLBACK_PAGES", "/none")], pages(&["none"])),
    ] {
        let policy = policy(given).expect("valid");
        assert_eq!(policy.fallback_pages, fallback_pages, "{given:?}");
        assert_eq!((policy.clean_urls, policy.query_strings, policy.root_page), (false, None, None));
    }
    let said = policy(&[("CLEAN_URLS", "on"), ("QUERY_STRINGS", "no"), ("ORIGIN_PATH", "/")]).expect("valid");
    assert_eq!((said.clean_urls, said.query_strings.clone()), (true, Some(QueryStrings::everywhere(false))));
    assert!(said.is_open() && !Policy { fallback_pages: pages(&[]), ..said }.is_open());
    for (name, value, expected) in [
        ("FALLBACK_PAGES", "none a.html", "FALLBACK_PAGES `none`: stands alone"),
        ("FALLBACK_PAGES", "https://a/b.html", "FALLBACK_PAGES `https://a/b.html`: is an address"),
        ("FALLBACK_PAGES", "/*", "FALLBACK_PAGES `/*`: must be a page as it is asked for"),
        ("FALLBACK_PAGES", "/", "FALLBACK_PAGES `/`: must be a page as it is asked for"),
        ("QUERY_STRINGS", "some", "QUERY_STRINGS must be true or false, not `some`"),
        ("CLEAN_URLS", "some", "CLEAN_URLS must be true or false, not `some`"),
    ] {
        let error = policy(&[(name, value)]).expect_err(value);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn deploys_that_are_left_out_are_known() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = list(folder.path());
    let base = [("DISTRIBUTION_ID", "E1"), ("PATHS", "changed"), ("CHANGES_FILE", &file)];
    for (more, passed_over) in [
        (&[][..], &[][..]),
        (&[("S3_BUCKET", "site")], &["site/blog"]),
        (&[("S3_BUCKET", "site/blog")], &["site"]),
    ] {
        let config = read(&[&base[..], more].concat()).expect("valid");
        let Paths::Changed(changes) = config.paths else { panic!("{config:?}") };
        assert_eq!(changes.passed_over, passed_over);
    }
}

#[test]
fn what_is_given_for_nothing_is_known() {
    let config = read(&[
        ("DISTRIBUTION_ID", "E1"),
        ("CLEAN_URLS", "yes"),
        ("FALLBACK_PAGES", "none"),
        ("MAX_PATHS", "5"),
        ("QUERY_STRINGS", "yes"),
        ("S3_BUCKET", "site"),
        ("WAIT", "off"),
        ("WAIT_TIMEOUT", "5"),
    ])
    .expect("valid");
    let names: Vec<_> = config.idle.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["S3_BUCKET", "MAX_PATHS", "CLEAN_URLS", "FALLBACK_PAGES", "QUERY_STRINGS"]);
    assert_eq!((config.wait, config.patience), (false, Duration::from_secs(5)));
}

#[test]
fn waiting_has_a_limit() {
    for (timeout, seconds) in [("", 600), ("1", 1), ("86400", 86_400)] {
        let config =
            read(&[("DISTRIBUTION_ID", "E1"), ("WAIT", "True"), ("WAIT_TIMEOUT", timeout)]).expect("valid");
        assert_eq!((config.wait, config.patience), (true, Duration::from_secs(seconds)));
    }
}

#[test]
fn words_and_numbers_have_their_bounds() {
    let error = read(&[
        ("DISTRIBUTION_ID", "E1"),
        ("MAX_PATHS", "3001"),
        ("WAIT_TIMEOUT", "0"),
        ("WAIT", "long"),
        ("INVALIDATE_NEW", "some"),
        ("ORIGIN_PATH", "https://a"),
    ])
    .expect_err("five mistakes");
    for part in [
        "MAX_PATHS must be a whole number from 1 to 3000, not `3001`",
        "WAIT_TIMEOUT must be a whole number from 1 to 86400, not `0`",
        "WAIT must be true or false, not `long`",
        "INVALIDATE_NEW must be true or false, not `some`",
        "ORIGIN_PATH must be the path",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn a_distribution_that_is_none_is_a_fault_of_its_own() {
    let error = read(&[("DISTRIBUTION_ID", "E1 E-2 d1.cloudfront.net")]).expect_err("two mistakes");
    assert_eq!(
        error.lines().filter(|line| line.starts_with("DISTRIBUTION_ID must be")).count(),
        2,
        "{error}"
    );
}

#[test]
fn debug_shows_no_secret() {
    let config = read(&[("DISTRIBUTION_ID", "E1")]).expect("valid");
    assert!(!format!("{config:?}").contains("secret-of-the-example-key"));
}

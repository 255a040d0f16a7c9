//! Requests to an edge, without a connection: what is served, from where, and how long.

use std::time::Duration;

use http::header::IF_NONE_MATCH;
use http::{HeaderValue, Request};

use super::*;
use crate::cloudfront::{CachePolicy, Origin, QueryStrings};
use crate::requests::Service;
use crate::s3::Object;

const HOME: &str = "\"106a6c241b8797f52e1e77317b96a201\"";

struct Site {
    cloudfront: CloudFront,
    store: Store,
}

impl Site {
    fn new() -> Self {
        let (cloudfront, store) = (CloudFront::default(), Store::new());
        store.create_bucket("site", "eu-west-1");
        let site = Self { cloudfront, store };
        for (key, body) in [
            ("web/index.html", "home"),
            ("web/trips/index.html", "trips"),
            ("web/a b+é.txt", "odd"),
            ("web/404.html", "lost"),
            ("index.html", "outside"),
        ] {
            site.put(key, body, None);
        }
        let origin = Origin::new("site", "/web").default_root_object("index.html");
        site.create("E1ABC", origin.clone().error_page("/404.html"));
        site.create("E2", origin.clone().index_document("index.html"));
        site.create("SPA", origin.clone().without_listing().error_response(403, "index.html", 200));
        site.create("QUERY", origin.by_query_string());
        site.create("BARE", Origin::new("site", ""));
        site
    }

    fn create(&self, id: &str, origin: Origin) {
        self.cloudfront.create_distribution(None, id, origin, Timestamp::UNIX_EPOCH);
    }

    fn put(&self, key: &str, body: &'static str, cache_control: Option<&str>) {
        let mut object = Object::new(body, Timestamp::UNIX_EPOCH);
        object.content_type = key.contains(".html").then(|| "text/html".to_owned());
        object.cache_control = cache_control.map(str::to_owned);
        object.metadata.insert("colour".into(), "blue".into());
        self.store.put("site", key, object);
    }

    fn ask(&self, method: &str, id: &str, path: &str, headers: &[(&str, &str)], second: i64) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let target = Target { distribution: Some(id.into()), ..Target::new(Service::Site, method) };
        let head = request.body(()).expect("a request").into_parts().0;
        let now = Timestamp::from_second(second).expect("a time");
        answer(&self.cloudfront, &self.store, &target, &head, now)
    }

    /// Body and first word of `X-Cache` at this second.
    fn see(&self, id: &str, path: &str, second: i64) -> String {
        let reply = self.ask("GET", id, path, &[], second);
        let cache = reply.headers()["x-cache"].to_str().expect("text").to_owned();
        let body = String::from_utf8_lossy(reply.body()).into_owned();
        let body = body.split_once("<Code>").map_or(body.as_str(), |(_, rest)| rest);
        let body = body.split('<').next().unwrap_or_default();
        let age = reply.headers().get("age").map_or_else(String::new, |age| format!(" {age:?}"));
        format!("{} {body}, {}{age}", reply.status().as_u16(), cache.split(' ').next().unwrap_or_default())
    }

    fn invalidate(&self, id: &str, paths: &[&str]) {
        let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
        self.cloudfront.with_distribution(id, Timestamp::UNIX_EPOCH, |distribution, _| {
            distribution.evict(&paths);
        });
    }
}

#[test]
fn paths_lead_to_objects() {
    let site = Site::new();
    for (id, path, expected) in [
        ("E1ABC", "/", "200 home, Miss"),
        ("E1ABC", "/index.html", "200 home, Miss"),
        ("E1ABC", "/a%20b%2B%C3%A9.txt", "200 odd, Miss"),
        // S3 reads a plus sign in a path as a blank.
        ("E1ABC", "/a+b%2B%C3%A9.txt", "200 odd, Miss"),
        ("E1ABC", "/a%20b+%C3%A9.txt", "404 lost, Error"),
        ("E1ABC", "/trips/", "404 lost, Error"),
        ("E1ABC", "/absent", "404 lost, Error"),
        ("E2", "/", "200 home, Miss"),
        ("E2", "/trips/", "200 trips, Miss"),
        ("E2", "/trips", "404 NoSuchKey, Error"),
        ("E2", "/trips/index.html", "200 trips, Miss"),
        ("SPA", "/any/route", "200 home, Error"),
        ("BARE", "/", "403 AccessDenied, Error"),
        ("BARE", "/index.html", "200 outside, Miss"),
        ("E3", "/", "403 NoSuchDistribution, Error"),
    ] {
        assert_eq!(site.see(id, path, 0), expected, "{id} {path}");
    }
    let post = site.ask("POST", "E2", "/", &[], 0);
    assert_eq!(post.status().as_u16(), 403);
    assert!(String::from_utf8_lossy(post.body()).contains("<Code>MethodNotAllowed</Code>"));
}

#[test]
fn an_edge_serves_what_it_has_until_its_time_ends() {
    const DAY: i64 = 24 * 60 * 60;
    let site = Site::new();
    site.put("web/minute.html", "old", Some("max-age=60"));
    site.put("web/page.html", "old", Some("no-cache"));
    site.put("web/secret.html", "old", Some("private"));
    let all = ["/", "/minute.html", "/page.html", "/secret.html"];
    let see = |second| all.map(|path| site.see("E1ABC", path, second));
    assert_eq!(see(0), ["200 home, Miss", "200 old, Miss", "200 old, Miss", "200 old, Miss"]);
    assert_eq!(
        see(59),
        ["200 home, Hit \"59\"", "200 old, Hit \"59\"", "200 old, RefreshHit", "200 old, Miss"]
    );
    for (key, control) in [
        ("web/index.html", None),
        ("web/minute.html", Some("max-age=60")),
        ("web/page.html", Some("no-cache")),
        ("web/secret.html", Some("private")),
    ] {
        site.put(key, "new", control);
    }
    assert_eq!(see(59), ["200 home, Hit \"59\"", "200 old, Hit \"59\"", "200 new, Miss", "200 new, Miss"]);
    assert_eq!(site.see("E1ABC", "/minute.html", 60), "200 new, Miss");
    assert_eq!(site.see("E1ABC", "/", DAY - 1), format!("200 home, Hit \"{}\"", DAY - 1));
    assert_eq!(site.see("E1ABC", "/", DAY), "200 new, Miss");
}

#[test]
fn errors_are_cached_for_ten_seconds() {
    let site = Site::new();
    assert_eq!(site.see("E1ABC", "/new.html", 0), "404 lost, Error");
    site.put("web/new.html", "new", None);
    assert_eq!(site.see("E1ABC", "/new.html", 9), "404 lost, Error \"9\"");
    assert_eq!(site.see("E1ABC", "/new.html", 10), "200 new, Miss");
    assert_eq!(site.see("E2", "/other.html", 0), "404 NoSuchKey, Error");
    site.put("web/other.html", "other", None);
    site.invalidate("E2", &["/other.html"]);
    assert_eq!(site.see("E2", "/other.html", 1), "200 other, Miss");
}

#[test]
fn an_invalidation_evicts_in_its_own_distribution_only() {
    let site = Site::new();
    let see = |id| ["/", "/index.html", "/trips/index.html"].map(|path| site.see(id, path, 1));
    for id in ["E1ABC", "E2"] {
        see(id);
    }
    site.put("web/index.html", "new", None);
    site.put("web/trips/index.html", "new", None);
    site.invalidate("E1ABC", &["/index.html"]);
    assert_eq!(see("E1ABC"), ["200 new, Miss", "200 new, Miss", "200 trips, Hit \"0\""]);
    assert_eq!(see("E2"), ["200 home, Hit \"0\"", "200 home, Hit \"0\"", "200 trips, Hit \"0\""]);
    site.invalidate("E2", &["/"]);
    assert_eq!(see("E2"), ["200 new, Miss", "200 home, Hit \"0\"", "200 trips, Hit \"0\""]);
}

#[test]
fn query_strings_count_only_where_configured() {
    let site = Site::new();
    for (id, path, expected) in [
        ("E2", "/index.html", "200 home, Miss"),
        ("E2", "/index.html?v=2", "200 home, Hit \"0\""),
        ("QUERY", "/index.html", "200 home, Miss"),
        ("QUERY", "/index.html?v=2", "200 home, Miss"),
        ("QUERY", "/index.html?v=2", "200 home, Hit \"0\""),
    ] {
        assert_eq!(site.see(id, path, 0), expected, "{id} {path}");
    }
    site.invalidate("QUERY", &["/index.html"]);
    assert_eq!(site.see("QUERY", "/index.html?v=2", 0), "200 home, Hit \"0\"");
    site.invalidate("QUERY", &["/index.html*"]);
    assert_eq!(site.see("QUERY", "/index.html?v=2", 0), "200 home, Miss");
}

#[test]
fn a_cache_policy_says_which_query_strings_count_and_for_which_paths() {
    let site = Site::new();
    let page = CachePolicy::new("by-page", QueryStrings::Whitelist(vec!["page".into()]));
    let optimised = CachePolicy::managed("Managed-CachingOptimized").expect("it is known");
    let origin = Origin::new("site", "web").by_query_string().cache_policy(optimised);
    site.create("POLICY", origin.behaviour("trips/*", page));
    for (path, expected) in [
        ("/index.html?page=1", "200 home, Miss"),
        ("/index.html?page=2", "200 home, Hit \"0\""),
        ("/trips/index.html?page=1", "200 trips, Miss"),
        ("/trips/index.html?page=2&utm=x", "200 trips, Miss"),
        ("/trips/index.html?utm=y&page=2", "200 trips, Hit \"0\""),
        ("/trips/index.html?utm=y", "200 trips, Miss"),
        ("/trips/index.html", "200 trips, Hit \"0\""),
    ] {
        assert_eq!(site.see("POLICY", path, 0), expected, "{path}");
    }
    site.invalidate("POLICY", &["/trips/index.html", "/trips/index.html?page=2*"]);
    assert_eq!(site.see("POLICY", "/trips/index.html?page=1", 0), "200 trips, Hit \"0\"");
    assert_eq!(site.see("POLICY", "/trips/index.html?page=2", 0), "200 trips, Miss");
}

#[test]
fn a_function_behind_the_cache_adds_the_ending() {
    let site = Site::new();
    site.create("CLEAN", Origin::new("site", "web").clean_urls());
    site.put("web/about.html", "about", None);
    assert_eq!(site.see("CLEAN", "/about", 0), "200 about, Miss");
    assert_eq!(site.see("CLEAN", "/about.html", 0), "200 about, Miss");
    site.invalidate("CLEAN", &["/about.html"]);
    assert_eq!(site.see("CLEAN", "/about", 0), "200 about, Hit \"0\"");
    assert_eq!(site.see("CLEAN", "/about/", 0), "404 NoSuchKey, Error");
}

#[test]
fn limits_bind_what_objects_say() {
    let site = Site::new();
    let (minimum, default, maximum) = (5, 20, 30);
    let origin = Origin::new("site", "web").ttl(
        Duration::from_secs(minimum),
        Duration::from_secs(default),
        Duration::from_secs(maximum),
    );
    site.create("TTL", origin.error_caching(Duration::from_secs(3)));
    site.put("web/never.html", "a", Some("no-store"));
    site.put("web/ever.html", "a", Some("max-age=1000"));
    for (path, time) in [("/never.html", 5), ("/index.html", 20), ("/ever.html", 30), ("/absent", 3)] {
        site.see("TTL", path, 0);
        assert!(site.see("TTL", path, time - 1).contains(&format!("\"{}\"", time - 1)), "{path}");
        assert!(!site.see("TTL", path, time).contains('"'), "{path}");
    }
}

#[test]
fn objects_keep_their_headers() {
    let site = Site::new();
    site.put("web/index.html", "home", Some("no-cache"));
    let reply = site.ask("GET", "E2", "/index.html", &[], 0);
    for (name, expected) in [
        ("content-type", "text/html"),
        ("cache-control", "no-cache"),
        ("x-amz-meta-colour", "blue"),
        ("last-modified", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("etag", HOME),
    ] {
        assert_eq!(reply.headers()[name], expected, "{name}");
    }
    let untyped = site.ask("GET", "E2", "/a%20b%2B%C3%A9.txt", &[], 0);
    assert_eq!(untyped.headers()["content-type"], "binary/octet-stream");
}

#[test]
fn only_what_is_asked_for_is_sent() {
    type Row<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);
    let site = Site::new();
    let other = format!("\"x\", W/{HOME}");
    let table: [Row<'_>; 9] = [
        (&[("if-none-match", HOME)], 304, ""),
        (&[("if-none-match", &other)], 304, ""),
        (&[("if-none-match", "\"x\"")], 200, "home"),
        (&[("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT")], 304, ""),
        (&[("if-modified-since", "Wed, 31 Dec 1969 00:00:00 GMT")], 200, "home"),
        (&[("range", "bytes=1-2")], 206, "om"),
        (&[("range", "bytes=1-2"), ("if-range", "\"x\"")], 200, "home"),
        (&[("range", "bytes=1-2"), ("if-range", HOME)], 206, "om"),
        (&[("range", "bytes=9-")], 416, ""),
    ];
    for (headers, status, body) in table {
        let reply = site.ask("GET", "E2", "/", headers, 0);
        let found = (reply.status().as_u16(), String::from_utf8_lossy(reply.body()).into_owned());
        assert_eq!(found, (status, body.to_owned()), "{headers:?}");
    }
    assert_eq!(
        site.ask("GET", "E2", "/", &[("range", "bytes=1-2")], 0).headers()["content-range"],
        "bytes 1-2/4"
    );
    let head = site.ask("HEAD", "E2", "/trips/", &[], 0);
    assert_eq!((head.body().len(), &head.headers()["content-length"]), (0, &HeaderValue::from_static("5")));
    assert_eq!(site.see("E2", "/trips/", 0), "200 trips, Hit \"0\"");
    let lost = site.ask("GET", "E2", "/absent", &[(IF_NONE_MATCH.as_str(), "*")], 0);
    assert_eq!(lost.status().as_u16(), 404);
}

#[test]
fn a_website_endpoint_redirects() {
    let site = Site::new();
    let mut object = Object::new("", Timestamp::UNIX_EPOCH);
    object.website_redirect_location = Some("/trips/".into());
    site.store.put("site", "web/old.html", object);
    let reply = site.ask("GET", "E2", "/old.html", &[], 0);
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["location"]),
        (301, &HeaderValue::from_static("/trips/"))
    );
    assert_eq!(site.ask("GET", "E1ABC", "/old.html", &[], 0).status().as_u16(), 200);
}

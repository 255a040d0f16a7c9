//! `PATHS: changed` and how viewers reach a page: what the variables say of it, and what the distribution tells.

use bitbucket_pipe::changes::{Change, Difference};
use jiff::Timestamp;
use local_aws::s3::Object;
use local_aws::scenario::{BUCKET, Site, Step, World};
use local_aws::{CachePolicy, Origin, QueryStrings};

use super::step::{
    DISTRIBUTION, deploy, deploy_beside, deployed, difference, invalidate_changed, invalidated, needed,
    needed_to_look, only,
};

/// A world whose role may look at the distribution, and a step in it.
fn informed(origin: Origin) -> (World, Site, Step) {
    let world = World::with_permissions(needed_to_look(&[DISTRIBUTION]));
    world.cloud.create_distribution(DISTRIBUTION, origin);
    let site = Site::empty();
    let step = invalidate_changed(&world, &site);
    (world, site, step)
}

/// One whose role may not.
fn uninformed(origin: Origin) -> (World, Site, Step) {
    let world = World::with_permissions(needed(&[DISTRIBUTION]));
    world.cloud.create_distribution(DISTRIBUTION, origin);
    let site = Site::empty();
    let step = invalidate_changed(&world, &site);
    (world, site, step)
}

/// Objects of this content, and visitors who have seen these addresses.
fn seen(world: &World, keys: &[&str], content: &'static str, addresses: &[&str]) {
    for key in keys {
        world.cloud.store().put(BUCKET, key, Object::new(content, Timestamp::UNIX_EPOCH));
    }
    for address in addresses {
        let _ = world.cloud.visit(DISTRIBUTION, address);
    }
}

/// The addresses at which the edge still answers from its cache.
fn still_cached<'a>(world: &World, addresses: &[&'a str]) -> Vec<&'a str> {
    let is_cached = |address: &&&str| world.cloud.visit(DISTRIBUTION, address).from_cache;
    addresses.iter().filter(is_cached).copied().collect()
}

#[track_caller]
fn assert_fresh(world: &World, addresses: &[&str]) {
    for address in addresses {
        assert_eq!(world.cloud.visit(DISTRIBUTION, address).text(), "new", "{address}");
    }
}

fn single_page_app() -> Origin {
    let origin = Origin::new(BUCKET, "").default_root_object("index.html").without_listing();
    origin.error_response(403, "/index.html", 200).error_caching(std::time::Duration::from_hours(1))
}

const ROUTES: [&str; 3] = ["/", "/timetable", "/a/deep/route"];

#[test]
fn the_page_of_a_single_page_app_is_forgotten_at_every_address() {
    let (world, site, step) = informed(single_page_app());
    seen(&world, &["index.html", "app.js"], "old", &ROUTES);
    seen(&world, &["index.html"], "new", &[]);
    assert_eq!(still_cached(&world, &ROUTES), ROUTES);
    deployed(&site, deploy("", difference("d1", [("index.html", Change::Content)])));
    step.set("DEBUG", "true")
        .run()
        .exits(0)
        .says("INFO: Deploy d1 to s3://site-bucket/: index.html is also served under other addresses; invalidating /* for 1 changed key\n")
        .says("DEBUG: E2EXAMPLE51ABC: root page index.html; fallback pages index.html; origins site-bucket.s3.amazonaws.com; query strings not looked at\n")
        .never_says("The root page changed");
    assert_eq!(only(&world).paths, ["/*"]);
    assert_fresh(&world, &ROUTES);
}

#[test]
fn any_other_file_of_a_single_page_app_is_forgotten_alone() {
    let (world, site, step) = informed(single_page_app());
    seen(&world, &["index.html", "logo.svg"], "old", &["/", "/timetable", "/logo.svg"]);
    seen(&world, &["logo.svg"], "new", &[]);
    deployed(&site, deploy("", difference("d1", [("logo.svg", Change::Content)])));
    step.run().exits(0);
    assert_eq!(only(&world).paths, ["/logo.svg"]);
    assert_eq!(still_cached(&world, &["/", "/timetable"]), ["/", "/timetable"]);
    assert_fresh(&world, &["/logo.svg"]);
}

#[test]
fn a_page_that_stays_an_error_is_forgotten_alone() {
    let (world, site, step) = informed(Origin::new(BUCKET, "").error_page("404.html"));
    deployed(&site, deploy("", difference("d1", [("404.html", Change::Content)])));
    step.run().exits(0);
    assert_eq!(only(&world).paths, ["/404.html"]);
}

#[test]
fn without_the_permission_one_line_tells_of_it_and_only_when_the_root_page_changed() {
    let told = "The root page changed. Whether it is also served under other addresses";
    let pages = |page| difference("d1", [(page, Change::Content), ("b.html", Change::Content)]);
    let (world, site, step) = uninformed(single_page_app());
    deployed(&site, deploy("", pages("a.html")));
    step.run().exits(0).never_says(told);
    deployed(&site, deploy("", Difference { deploy: "d2".into(), ..pages("index.html") }));
    let ended = step.run().exits(0).says("cannot be read (AccessDenied: ").says(
        "If it is, say FALLBACK_PAGES: 'index.html'; if not, FALLBACK_PAGES: 'none'; or allow cloudfront:GetDistributionConfig\n",
    );
    assert_eq!(ended.log.matches(told).count(), 1);
    ended.never_says("keeps copies apart");
    assert_eq!(invalidated(&world), [vec!["/a.html", "/b.html"], vec!["/", "/b.html", "/index.html"]]);
    step.clone().set("FALLBACK_PAGES", "none").run().exits(0).never_says(told);
    step.set("FALLBACK_PAGES", "/index.html").run().exits(0).never_says(told);
    assert_eq!(invalidated(&world)[2], ["/*"]);
}

#[test]
fn what_the_variables_say_is_not_asked_for() {
    let (world, site, step) = uninformed(Origin::new(BUCKET, ""));
    deployed(&site, deploy("", difference("d1", [("index.html", Change::Content)])));
    let step = step.set("FALLBACK_PAGES", "none").set("QUERY_STRINGS", "false").set("ORIGIN_PATH", "/");
    step.run().exits(0).never_says("cannot be read");
    assert_eq!(world.cloud.count("GetDistributionConfig"), 0);
}

#[test]
fn the_distribution_tells_its_root_page_and_its_origin_path() {
    let (world, site, step) = informed(Origin::new(BUCKET, "/web").default_root_object("home.html"));
    seen(&world, &["web/home.html", "web/index.html"], "old", &["/", "/home.html", "/index.html"]);
    seen(&world, &["web/home.html"], "new", &[]);
    deployed(&site, deploy("web/", difference("d1", [("home.html", Change::Content)])));
    step.run().exits(0).never_says("WARNING");
    assert_eq!(only(&world).paths, ["/", "/home.html"]);
    assert_fresh(&world, &["/", "/home.html"]);
    assert_eq!(still_cached(&world, &["/index.html"]), ["/index.html"]);
}

/// Not by the bucket's own name: a website behind a proxy, an access point.
#[test]
fn an_origin_that_may_be_the_bucket_tells_its_path_too() {
    let (world, site, step) = informed(Origin::new(BUCKET, "/web").host("static.example.com"));
    seen(&world, &["web/a.html", "b.html"], "old", &["/a.html"]);
    seen(&world, &["web/a.html"], "new", &[]);
    let changes = ["web/a.html", "b.html"].map(|key| (key, Change::Content));
    deployed(&site, deploy("", difference("d1", changes)));
    step.run().exits(0).never_says("WARNING");
    assert_eq!(only(&world).paths, ["/a.html", "/b.html", "/web/a.html"]);
    assert_fresh(&world, &["/a.html"]);
}

/// What an operation tells is known in the end, although it fails more often than the SDK itself asks.
fn is_asked_again(operation: &str) {
    let policy = CachePolicy::new("p1", QueryStrings::All);
    let (world, site, step) = informed(single_page_app().cache_policy(policy));
    world.cloud.fail(operation).with("ServiceUnavailable").times(6);
    seen(&world, &["index.html", "a.js"], "old", &["/a.js?v=1"]);
    seen(&world, &["a.js"], "new", &[]);
    deployed(&site, deploy("", difference("d1", [("a.js", Change::Content)])));
    step.run().exits(0).says("has to wait: CloudFront has trouble of its own").never_says("WARNING");
    assert_fresh(&world, &["/a.js?v=1"]);
}

#[test]
fn a_configuration_that_is_in_trouble_is_asked_for_again() {
    is_asked_again("GetDistributionConfig");
}

#[test]
fn a_cache_policy_that_is_in_trouble_is_asked_for_again() {
    is_asked_again("GetCachePolicy");
}

#[test]
fn trouble_that_does_not_pass_is_no_lack_of_permission() {
    let (world, site, step) = informed(single_page_app());
    world.cloud.fail("GetDistributionConfig").with("ServiceUnavailable");
    deployed(&site, deploy("", difference("d1", [("a.js", Change::Content)])));
    step.set("WAIT_TIMEOUT", "1").run().exits(0).says(
        "WARNING: E2EXAMPLE51ABC: how it is set up is not known, and only what the variables say is invalidated: \
         ServiceUnavailable: ",
    );
    assert_eq!(only(&world).paths, ["/a.js"]);
}

#[test]
fn the_variable_wins_over_the_origin_path_of_the_distribution() {
    let (world, site, step) = informed(Origin::new(BUCKET, "/web"));
    deployed(&site, deploy("web/", difference("d1", [("a.html", Change::Content)])));
    step.set("ORIGIN_PATH", "/").run().exits(0).says(
        "WARNING: ORIGIN_PATH is /, but the origin path of E2EXAMPLE51ABC for site-bucket is /web: leave ORIGIN_PATH out\n",
    );
    assert_eq!(only(&world).paths, ["/web/a.html"]);
}

#[test]
fn clean_addresses_are_forgotten_where_they_are_said_to_be() {
    let (world, site, step) = uninformed(Origin::new(BUCKET, "").clean_urls());
    let addresses = ["/about", "/about.html", "/about-us", "/contact", "/contact.html"];
    let changed = ["about.html", "contact.html"];
    seen(&world, &["about.html", "about-us.html", "contact.html"], "old", &addresses);
    seen(&world, &changed, "new", &[]);
    let pages = difference("d1", changed.map(|key| (key, Change::Content)));
    deployed(&site, deploy_beside(&[("", 1)], &[("about", 1), ("contact", 0)], pages));
    step.set("CLEAN_URLS", "true").run().exits(0);
    assert_eq!(only(&world).paths, ["/about", "/about.html", "/contact*"]);
    assert_eq!(still_cached(&world, &addresses), ["/about-us"]);
    assert_fresh(&world, &["/about", "/about.html", "/contact", "/contact.html"]);
}

const COPIES: [&str; 5] = ["/about.html", "/about.html?page=1", "/about.html?page=2", "/?page=1", "/"];
const NEIGHBOURS: [&str; 3] = ["/other.html", "/other.html?page=1", "/blog/a.html?page=1"];

/// The copies of two pages are stale, those of their neighbours are not.
fn by_query_string(world: &World, site: &Site) {
    let keys = ["about.html", "index.html", "other.html", "blog/a.html"];
    seen(world, &keys, "old", &[&COPIES[..], &NEIGHBOURS].concat());
    seen(world, &["about.html", "index.html"], "new", &[]);
    let changed = ["about.html", "index.html"].map(|key| (key, Change::Content));
    deployed(site, deploy("", difference("d1", changed)));
}

#[test]
fn copies_by_query_string_are_forgotten_and_those_of_neighbours_are_not() {
    let origin = || Origin::new(BUCKET, "").default_root_object("index.html");
    let managed = || CachePolicy::managed("UseOriginCacheControlHeaders-QueryStrings").expect("it is known");
    let day = |policy: CachePolicy| policy.kept_for(std::time::Duration::from_hours(24));
    let own = CachePolicy::new("by-page", QueryStrings::Whitelist(vec!["page".into()]));
    for (name, origin, variable) in [
        ("its own rule", origin().by_query_string(), None),
        ("a policy of its own", origin().cache_policy(own), None),
        ("a managed policy", origin().cache_policy(day(managed())), None),
        ("the variable", origin().by_query_string(), Some("true")),
    ] {
        let (world, site, step) = if variable.is_some() { uninformed(origin) } else { informed(origin) };
        by_query_string(&world, &site);
        let step = variable.into_iter().fold(step, |step, value| step.set("QUERY_STRINGS", value));
        step.run().exits(0);
        assert_eq!(only(&world).paths, ["/", "/?*", "/about.html*", "/index.html*"], "{name}");
        assert_eq!(still_cached(&world, &NEIGHBOURS), NEIGHBOURS, "{name}");
        assert_fresh(&world, &COPIES);
    }
}

#[test]
fn a_cache_behaviour_decides_for_its_paths_alone() {
    let policy = CachePolicy::new("by-page", QueryStrings::All);
    let (world, site, step) = informed(Origin::new(BUCKET, "").behaviour("blog/*", policy));
    deployed(
        &site,
        deploy("", difference("d1", ["a.html", "blog/a.html"].map(|key| (key, Change::Content)))),
    );
    step.run().exits(0);
    assert_eq!(only(&world).paths, ["/a.html", "/blog/a.html*"]);
}

#[test]
fn more_copies_than_cloudfront_takes_wildcards_give_way_to_their_folder() {
    let (world, site, step) = informed(Origin::new(BUCKET, "").by_query_string());
    let keys: Vec<String> = (0..16).map(|number| format!("blog/{number}.html")).collect();
    let changed = keys.iter().map(|key| (key.as_str(), Change::Content)).chain([("a.html", Change::Content)]);
    deployed(&site, deploy("", difference("d1", changed)));
    step.run().exits(0).says("what changed needs 17 wildcards, for query strings or for keys that hold");
    assert_eq!(only(&world).paths, ["/a.html*", "/blog/*"]);
}

#[test]
fn a_cache_policy_that_cannot_be_read_is_told_of() {
    let origin = Origin::new(BUCKET, "").cache_policy(CachePolicy::new("p1", QueryStrings::All));
    let (world, site, step) = informed(origin);
    world.cloud.fail("GetCachePolicy").with("AccessDenied");
    deployed(&site, deploy("", difference("d1", [("a.html", Change::Content)])));
    step.run().exits(0).says(
        "INFO: Whether E2EXAMPLE51ABC keeps copies apart by query string is not known, because its cache policy p1 cannot be read (AccessDenied: ",
    );
    assert_eq!(only(&world).paths, ["/a.html"]);
    step.set("QUERY_STRINGS", "true").run().exits(0).never_says("is not known");
    assert_eq!(invalidated(&world)[1], ["/a.html*"]);
}

#[test]
fn each_distribution_gets_what_its_own_viewers_need() {
    let world = World::with_permissions(needed_to_look(&["E1", "E2", "E3"]));
    let plain = || Origin::new(BUCKET, "").default_root_object("index.html");
    world.cloud.create_distribution("E1", plain());
    world.cloud.create_distribution("E2", single_page_app());
    world.cloud.create_distribution("E3", plain());
    let site = Site::empty();
    deployed(&site, deploy("", difference("d1", [("index.html", Change::Content)])));
    invalidate_changed(&world, &site)
        .set("DISTRIBUTION_ID", "E1 E2 E3")
        .run()
        .exits(0)
        .says("INFO: Deploy d1 to s3://site-bucket/ on E1, E3: 1 changed key, 2 paths to invalidate\n")
        .says("INFO: Deploy d1 to s3://site-bucket/ on E2: index.html is also served under other addresses");
    for (id, paths) in [("E1", &["/", "/index.html"][..]), ("E2", &["/*"]), ("E3", &["/", "/index.html"])] {
        assert_eq!(world.cloud.invalidations(id)[0].paths, paths, "{id}");
    }
}

#[test]
fn what_s3_bucket_leaves_out_is_told() {
    let (world, site, step) = uninformed(Origin::new(BUCKET, ""));
    deployed(&site, deploy("", difference("d1", [("a.html", Change::Content)])));
    deployed(&site, deploy("blog/", difference("d2", [("b.html", Change::Content)])));
    step.set("S3_BUCKET", BUCKET).run().exits(0).says(
        "INFO: S3_BUCKET leaves out what was deployed to site-bucket/blog: it needs an invalidation of its own\n",
    );
    assert_eq!(only(&world).paths, ["/a.html"]);
}

#[test]
fn a_fingerprinted_file_that_is_gone_costs_nothing() {
    let (world, site, step) = uninformed(Origin::new(BUCKET, ""));
    let changes = [("app.1a2b3c4d.js", Change::DeletedFingerprinted), ("old.html", Change::Deleted)];
    deployed(&site, deploy("", difference("d1", changes)));
    step.set("DEBUG", "true")
        .run()
        .exits(0)
        .says("app.1a2b3c4d.js is deleted and fingerprinted: no page asks for it any more\n");
    assert_eq!(only(&world).paths, ["/old.html"]);
}

#[test]
fn a_path_that_is_too_long_for_cloudfront_is_covered_by_a_wildcard() {
    let (world, site, step) = uninformed(Origin::new(BUCKET, ""));
    let [long, neighbour] = ["a", "b"].map(|name| format!("/{name}{}", "\u{e9}".repeat(700)));
    seen(&world, &[&long[1..], &neighbour[1..]], "old", &[&long, &neighbour]);
    seen(&world, &[&long[1..]], "new", &[]);
    deployed(&site, deploy("", difference("d1", [(&long[1..], Change::Content)])));
    step.run().exits(0);
    let paths = only(&world).paths;
    assert!(paths[0].len() > 3990 && paths[0].len() <= 4000 && paths[0].ends_with('*'), "{paths:?}");
    assert_fresh(&world, &[&long]);
    assert_eq!(still_cached(&world, &[&neighbour]), [&neighbour]);
}

#[test]
fn four_thousand_characters_are_sent_as_they_are() {
    let (world, _site, step) = uninformed(Origin::new(BUCKET, ""));
    let path = format!("/{}", "a".repeat(3999));
    step.set("PATHS", &path).run().exits(0).says(
        "INFO: Cost on E2EXAMPLE51ABC: 1 path billed, 0.005 USD after the account's 1000 free paths of the month\n",
    );
    assert_eq!(only(&world).paths, [path]);
}

//! A bucket that lists what it likes, files that change under the reader, and names that are nearly the same.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use local_aws::impostor::{Impostor, reply};
use local_aws::scenario::{Site, World};

use super::step::deploy;

/// A page of a listing: a key, and what comes next.
fn page(key: &str, next: &str) -> Vec<u8> {
    let etag = "&quot;9a0364b9e99bb480dd25e1f0284c8555&quot;";
    let next = match next {
        "" => "<IsTruncated>false</IsTruncated>".to_owned(),
        next => {
            format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>")
        }
    };
    let contents = format!("<Contents><Key>{key}</Key><Size>7</Size><ETag>{etag}</ETag></Contents>");
    reply(200, &[], format!("<ListBucketResult>{next}{contents}</ListBucketResult>").as_bytes())
}

/// Pages after which a listing that runs in circles is refused, so that nobody waits for its end.
const ENOUGH: usize = 50;

/// Lists a dry run, whose plan tells what was listed; each page is the answer to the token of the one before.
fn listed(pages: &'static [(&str, &str)]) -> local_aws::scenario::Ended {
    let (world, site) = (World::permissive(), Site::empty().with("index.html", "x"));
    let answered = AtomicUsize::new(0);
    let impostor = Impostor::answering(move |asked| {
        if answered.fetch_add(1, Ordering::Relaxed) >= ENOUGH {
            return reply(400, &[], b"");
        }
        let first = !asked.line.contains("continuation-token");
        let place = (0..pages.len()).find(|place| {
            let token = place.checked_sub(1).map(|before| pages[before].1);
            token.map_or(first, |token| asked.line.contains(&format!("continuation-token={token}")))
        });
        place.map_or_else(|| reply(400, &[], b""), |place| page(pages[place].0, pages[place].1))
    });
    deploy(&world, &site)
        .unset("AWS_OIDC_ROLE_ARN")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "secretsecret")
        .set("AWS_ENDPOINT_URL", &impostor.endpoint())
        .set("RECORD", "off")
        .set("DELETE_FLAG", "true")
        .set("DRY_RUN", "true")
        .run()
}

#[test]
fn a_listing_that_leads_back_to_a_page_before_is_an_error() {
    for pages in [&[("a", "t1"), ("b", "t1")][..], &[("a", "t1"), ("b", "t2"), ("c", "t1")]] {
        listed(pages).exits(1).says("cannot list s3://site-bucket/").says("again and again");
    }
}

#[test]
fn a_listing_in_no_order_is_read_like_any_other() {
    listed(&[("z.css", "t1"), ("a.css", "t2"), ("index.html", "")])
        .exits(0)
        .says("(dryrun) delete: s3://site-bucket/a.css")
        .says("(dryrun) delete: s3://site-bucket/z.css")
        .never_says("delete: s3://site-bucket/index.html");
}

#[test]
fn a_file_that_grows_shrinks_or_vanishes_before_it_is_sent_is_not_published() {
    for (what, content) in
        [("grows", Some("a page, and more of it")), ("shrinks", Some("a")), ("vanishes", None)]
    {
        let site = Site::empty().with("index.html", "a page").with("site.css", "a style");
        let world = World::permissive();
        deploy(&world, &site).run().exits(0);
        site.write("index.html", "b page");
        site.write("site.css", "b style");
        world.cloud.clear_requests();
        // While the style is on its way, the page is known and not sent yet.
        world.cloud.fail("PutObject").on("site.css").delay(Duration::from_secs(2)).times(1);
        let child = deploy(&world, &site).command().spawn().expect("the program starts");
        while world.cloud.count("PutObject") == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        match content {
            Some(content) => site.write("index.html", content),
            None => fs::remove_file(site.file("index.html")).expect("it was there"),
        }
        let output = child.wait_with_output().expect("it ends");
        let log = String::from_utf8(output.stdout).expect("a log is UTF-8");
        assert_eq!(output.status.code(), Some(1), "{what}: {log}");
        assert!(log.contains("ERROR: ") && log.contains("index.html"), "{what}: {log}");
        assert_eq!(world.body("index.html").as_deref(), Some(&b"a page"[..]), "{what}: {log}");
        if content.is_none() {
            site.write("index.html", "back");
        }
        deploy(&world, &site).run().exits(0);
        let page = fs::read(site.file("index.html")).expect("readable");
        assert_eq!(world.body("index.html"), Some(page), "{what}");
    }
}

/// It is read twice, for its checksum and for the object's ETag: the record must not take the two for one file's.
#[test]
fn a_file_that_changes_between_two_readings_is_not_recorded_as_what_it_was() {
    let (world, site) = (World::permissive(), Site::empty().with("index.html", "a page"));
    world.cloud.store().put(local_aws::scenario::BUCKET, "index.html", super::step::object("b page"));
    world.cloud.fail("ListObjectsV2").delay(Duration::from_secs(2)).times(1);
    let mut child = deploy(&world, &site).command().spawn().expect("the program starts");
    while world.cloud.count("ListObjectsV2") == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    // By now it has been read once.
    std::thread::sleep(Duration::from_secs(1));
    site.write("index.html", "b page");
    child.wait().expect("it ends");
    site.write("index.html", "a page");
    deploy(&world, &site).run().exits(0);
    assert_eq!(world.body("index.html").as_deref(), Some(&b"a page"[..]));
}

#[test]
fn names_that_differ_in_case_or_normal_form_alone_are_objects_of_their_own() {
    const NAMES: [&str; 6] =
        ["About.html", "about.html", "ABOUT.HTML", "caf\u{e9}.html", "cafe\u{301}.html", "\u{212b}.html"];
    let (world, site) = (World::permissive(), Site::empty());
    for name in NAMES {
        site.write(name, name);
    }
    let step = deploy(&world, &site).set("DELETE_FLAG", "true");
    step.run().exits(0).says("uploaded 6");
    step.run().exits(0).says("6 files unchanged");
    site.remove("caf\u{e9}.html");
    site.remove("ABOUT.HTML");
    step.run().exits(0).says("unchanged 4, deleted 2");
    for name in NAMES {
        let is_gone = ["caf\u{e9}.html", "ABOUT.HTML"].contains(&name);
        assert_eq!(world.body(name), (!is_gone).then(|| name.as_bytes().to_vec()), "{name}");
    }
}

#[test]
fn what_a_service_says_forges_no_line_and_steers_no_terminal() {
    // U+009B begins a sequence of a terminal, as ESC [ does, and is allowed in XML.
    const WORDS: &str = "no\n✔ Deployment successful.\r\u{9b}2K\u{202e}";
    // A batch that is refused is tried key by key.
    for operations in [
        &["AssumeRoleWithWebIdentity"][..],
        &["ListObjectsV2"],
        &["PutObject"],
        &["DeleteObjects", "DeleteObject"],
    ] {
        let (world, site) = (World::permissive(), Site::small());
        world.cloud.store().put(local_aws::scenario::BUCKET, "old.html", super::step::object("old"));
        for operation in operations {
            world.cloud.fail(operation).with_error(403, "AccessDenied", WORDS);
        }
        let step = deploy(&world, &site).set("DELETE_FLAG", "true").set("DEBUG", "true");
        step.run()
            .exits(1)
            .says("no\u{fffd}✔ Deployment")
            .never_says("\n✔")
            .never_says("\u{9b}")
            .never_says("\u{202e}");
    }
}

//! Where every cell starts: a site in two versions, and what a deploy of each has left.

use std::collections::BTreeMap;
use std::fs;

use jiff::Timestamp;
use local_aws::s3::Object;
use local_aws::scenario::{BUCKET, Site, Step, World};
use local_aws::{CachePolicy, Origin, QueryStrings};

use super::super::both::{self, DISTRIBUTION, deploy, edit, site, visit_all};
use super::request::{Given, Pipe, Request};

/// Part of the second version: it goes in two parts.
const FILM_LENGTH: usize = (8 << 20) + 1;
/// What another hand put there: nobody knows its headers without a look.
const FOREIGN: &str = "assets/foreign.css";
/// A key that no list of a batch can carry.
const ODD: &str = "odd\nname.css";

/// Everything that cells share; none of them changes it.
pub(super) struct Start {
    /// The second version.
    site: Site,
    /// The same with a film.
    film: Site,
    /// The bucket of the first version.
    before: BTreeMap<String, Object>,
    /// The bucket of the second.
    after: BTreeMap<String, Object>,
    /// What the deploy of the second left for the second pipe.
    changes: Vec<u8>,
}

impl Start {
    pub(super) fn make() -> Self {
        let world = both::world();
        let first = with_rules(site(), "max-age=60");
        step(deploy(&world, &first, "1")).run().exits(0);
        let store = world.cloud.store();
        store.put(BUCKET, FOREIGN, Object::new("foreign", Timestamp::now()));
        store.put(BUCKET, ODD, Object::new("odd", Timestamp::now()));
        let before = store.objects(BUCKET);
        let [site, film] = [0, FILM_LENGTH].map(second);
        step(deploy(&world, &site, "2")).run().exits(0);
        let changes = fs::read(site.clone_folder().join("changes-2.json")).expect("the deploy left a list");
        Self { site, film, before, after: store.objects(BUCKET), changes: alone(&changes) }
    }

    /// A world in which the first version was deployed and seen by visitors; for the second pipe, the second was deployed
    /// since.
    pub(super) fn world(&self, request: &Request) -> World {
        let world = both::world();
        if request.given == Given::CachePolicy {
            let by_page = CachePolicy::new("by-page", QueryStrings::Whitelist(vec!["page".into()]));
            let origin = Origin::new(BUCKET, "").default_root_object("index.html").cache_policy(by_page);
            world.cloud.create_distribution(DISTRIBUTION, origin);
        }
        let store = world.cloud.store();
        for (key, object) in &self.before {
            store.put(BUCKET, key, object.clone());
        }
        visit_all(&world);
        if request.pipe == Pipe::Invalidate {
            for key in self.before.keys().filter(|key| !self.after.contains_key(*key)) {
                store.remove(BUCKET, key);
            }
            for (key, object) in &self.after {
                store.put(BUCKET, key, object.clone());
            }
        }
        world.cloud.clear_requests();
        world
    }

    /// The version that the cells of this pipe deploy.
    pub(super) fn site(&self, pipe: Pipe) -> &Site {
        if pipe == Pipe::DeployFilm { &self.film } else { &self.site }
    }

    /// What the deploy of the second version left for the second pipe.
    pub(super) fn changes(&self) -> &[u8] {
        &self.changes
    }
}

/// A deploy as every cell has it: with rules for headers.
pub(super) fn step(deploy: Step) -> Step {
    deploy.set("HEADERS_FILE", "rules")
}

/// Without the deploy before: whether its invalidation was made good is not what cells are about.
fn alone(list: &[u8]) -> Vec<u8> {
    let mut list: serde_json::Value = serde_json::from_slice(list).expect("JSON");
    list["deploys"][0]["earlier"] = serde_json::json!([]);
    serde_json::to_vec(&list).expect("JSON")
}

fn second(film: usize) -> Site {
    let site = with_rules(site(), "max-age=120");
    edit(&site);
    site.write(FOREIGN, "foreign");
    if film > 0 {
        site.write("assets/film.mp4", vec![7; film]);
    }
    site
}

/// The logo's headers, which alone differ between the versions.
fn with_rules(site: Site, cache_control: &str) -> Site {
    let rules = format!("/assets/logo.svg\n  Cache-Control: {cache_control}\n");
    fs::write(site.clone_folder().join("rules"), rules).expect("a file");
    site
}

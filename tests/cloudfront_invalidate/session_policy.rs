//! A role that may do everything, and a session that may do only what its run calls.

use bitbucket_pipe::changes::Change;
use local_aws::iam::SessionCredentials;
use local_aws::scenario::{BUCKET, Site, Step, World};
use local_aws::{CachePolicy, Origin, QueryStrings};

use super::step::{
    DISTRIBUTION, deploy, deployed, difference, invalidate, invalidate_changed, invalidated, with_keys,
};

const OTHER: &str = "E9OTHER";

fn permissive() -> World {
    let world = World::permissive();
    for distribution in [DISTRIBUTION, OTHER] {
        world.cloud.create_distribution(distribution, Origin::new(BUCKET, ""));
    }
    world
}

/// A run with the credentials of another run's session.
fn as_session(step: Step, credentials: &SessionCredentials) -> Step {
    let key = local_aws::iam::AccessKey { id: credentials.id.clone(), secret: credentials.secret.clone() };
    with_keys(step, &key).set("AWS_SESSION_TOKEN", &credentials.session_token)
}

#[test]
fn every_feature_works_within_its_own_policy_which_allows_nothing_else() {
    for (variables, waits) in [(&[][..], false), (&[("WAIT", "true")], true), (&[("PATHS", "/a /b*")], false)]
    {
        let (world, site) = (permissive(), Site::small());
        let step =
            variables.iter().fold(invalidate(&world, &site), |step, (name, value)| step.set(name, value));
        step.run().exits(0).never_says("session policy").never_says("all permissions");
        assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 1);
        let issued = world.cloud.issued_credentials();
        let probe = as_session(invalidate(&world, &site), &issued[0]);
        probe.run().exits(0);
        probe
            .clone()
            .set("DISTRIBUTION_ID", OTHER)
            .run()
            .exits(1)
            .says("because no session policy allows the cloudfront:CreateInvalidation action");
        let waiting = probe.set("WAIT", "true").run();
        if waits {
            waiting.exits(0);
        } else {
            waiting.exits(1).says("no session policy allows the cloudfront:GetInvalidation action");
        }
    }
}

#[test]
fn how_a_distribution_is_set_up_may_be_read_only_where_the_variables_leave_it_open() {
    let variables = [("FALLBACK_PAGES", "none"), ("QUERY_STRINGS", "false"), ("ORIGIN_PATH", "/")];
    for (is_open, path) in [(true, "/index.html*"), (false, "/index.html")] {
        let (world, site) = (World::permissive(), Site::small());
        let policy = CachePolicy::new("p1", QueryStrings::All);
        world.cloud.create_distribution(DISTRIBUTION, Origin::new(BUCKET, "").cache_policy(policy));
        deployed(&site, deploy("", difference("d1", [("index.html", Change::Content)])));
        let open = invalidate_changed(&world, &site);
        let told = variables.iter().fold(open.clone(), |step, (name, value)| step.set(name, value));
        let step = if is_open { &open } else { &told };
        step.run().exits(0).never_says("session policy").never_says("cannot be read");
        assert!(invalidated(&world)[0].iter().any(|made| made == path), "{:?}", invalidated(&world));
        assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 1);
        let asked = usize::from(is_open);
        assert_eq!(
            (world.cloud.count("GetDistributionConfig"), world.cloud.count("GetCachePolicy")),
            (asked, asked)
        );
        let issued = world.cloud.issued_credentials();
        let probe = as_session(open, &issued[0]).run().exits(0);
        if is_open {
            probe.never_says("cannot be read");
        } else {
            probe.says("cannot be read (AccessDenied: ");
        }
    }
}

#[test]
fn several_distributions_are_allowed_and_too_many_for_a_policy_are_warned_of() {
    let (world, site) = (permissive(), Site::small());
    let both = format!("{DISTRIBUTION} {OTHER}");
    invalidate(&world, &site).set("DISTRIBUTION_ID", &both).run().exits(0).never_says("session");
    let many: Vec<String> = (0..40).map(|number| format!("E{number}MANY")).collect();
    for id in &many {
        world.cloud.create_distribution(id, Origin::new(BUCKET, ""));
    }
    invalidate(&world, &site)
        .set("DISTRIBUTION_ID", &many.join(" "))
        .run()
        .exits(0)
        .says("WARNING: The session has all permissions of the role: a policy for this run has ");
}

/// As it would be if a policy left out something that a run calls.
#[test]
fn a_request_that_only_the_policy_refuses_is_sent_again_without_it_and_a_warning_says_so() {
    let (world, site) = (permissive(), Site::small());
    let refusal = "User: arn:aws:sts::123456789012:assumed-role/Deploy/acme-website-42 is not authorized to perform: \
                   cloudfront:CreateInvalidation on resource: arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE51ABC \
                   because no session policy allows the cloudfront:CreateInvalidation action";
    world.cloud.fail("CreateInvalidation").with_error(403, "AccessDenied", refusal).times(1);
    invalidate(&world, &site)
        .run()
        .exits(0)
        .says("WARNING: This run's session policy does not allow cloudfront:CreateInvalidation");
    assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 2, "one exchange without the policy");
    assert_eq!(world.cloud.invalidations(DISTRIBUTION).len(), 1);
}

//! However a run of either pipe ends, no secret is printed or written, and nothing is written but what was asked for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use local_aws::issuer::StepToken;
use local_aws::scenario::{ACCOUNT, BUCKET, Ended, REPOSITORY, Site, Step, World};

use super::both::{self, DISTRIBUTION};

const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLEstaticSessionToken==";
const PROXY_PASSWORD: &str = "pr0xy-passw0rd";
const EXCHANGE: &str = "AssumeRoleWithWebIdentity";
/// What stands around the signature of a request, in a header or in an address.
const SIGNED: [&str; 5] =
    ["AWS4-HMAC-SHA256", "Credential=", "Signature=", "X-Amz-Security-Token=", "Proxy-Authorization"];
/// The files that a run may leave.
const LEFT: [&str; 2] = ["result.json", "changes.json"];

/// What is different from a run that goes well, and the exit code; the token is the step's own.
type Scenario = (&'static str, i32, fn(&World, Step, &str) -> Step);

/// One way to fail each, for both pipes.
const SCENARIOS: &[Scenario] = &[
    ("nothing fails", 0, |_, step, _| step),
    ("another repository", 1, |world, step, _| {
        let other = "{00000000-2222-3333-4444-555555555555}";
        step.set(TOKEN, &StepToken::for_repository(&world.workspace, other).sign())
    }),
    ("another audience", 1, |world, step, _| step.set(TOKEN, &world.token().audience("a").sign())),
    ("a broken signature", 1, |world, step, _| {
        step.set(TOKEN, &world.token().with_broken_signature().sign())
    }),
    ("an expired token", 1, |world, step, _| step.set(TOKEN, &world.token().expired().sign())),
    ("a token of tomorrow", 1, |world, step, _| step.set(TOKEN, &world.token().not_yet_valid().sign())),
    ("a token cut off", 2, |_, step, token| step.set(TOKEN, &token[..token.len() - 9])),
    ("a token in quotes", 2, |_, step, token| step.set(TOKEN, &format!("\"{token}\""))),
    ("a token without its claims", 2, |_, step, token| {
        step.set(TOKEN, token.rsplit_once('.').expect("three parts").1)
    }),
    ("the token in the place of the role", 2, |_, step, token| step.set("AWS_OIDC_ROLE_ARN", token)),
    ("a trust policy beside it", 1, |world, step, _| {
        let other = "{00000000-2222-3333-4444-555555555555}";
        let token = StepToken::for_repository(&world.workspace, other).sign();
        step.set(TOKEN, &token).set("AWS_TRUST_POLICY_FILE", "trust.json")
    }),
    ("STS quotes the token", 1, |world, step, token| {
        let words = format!("1 validation error detected: Value '{token}' at 'webIdentityToken' failed");
        world.cloud.fail(EXCHANGE).with_error(400, "ValidationError", &words);
        step
    }),
    ("STS quotes a piece of the token", 1, |world, step, token| {
        let (claims, signature) = (&token[40..120], &token[token.len() - 60..]);
        let words = format!("Invalid base64url near {claims}... and ({signature})");
        world.cloud.fail(EXCHANGE).with_error(400, "InvalidIdentityToken", &words);
        step
    }),
    ("STS is in trouble", 1, |world, step, token| {
        world.cloud.fail(EXCHANGE).with_error(503, "ServiceUnavailable", token);
        step
    }),
    ("STS hangs up", 1, |world, step, _| {
        world.cloud.fail(EXCHANGE).reset();
        step
    }),
    ("keys that nobody has", 1, |_, step, _| with_keys(step)),
    ("keys that a service quotes", 1, |world, step, _| {
        let words = format!("The provided token {SESSION_TOKEN} or secret {SECRET_KEY} is bad");
        for operation in OPERATIONS {
            world.cloud.fail(operation).with_error(400, "InvalidToken", &words);
        }
        with_keys(step)
    }),
    ("a role without permissions", 1, |world, step, _| {
        for operation in OPERATIONS {
            world.cloud.fail(operation).with("AccessDenied");
        }
        step
    }),
    ("a service that hangs up in the middle", 1, |world, step, _| {
        for operation in ["PutObject", "CreateInvalidation"] {
            world.cloud.fail(operation).reset();
        }
        step
    }),
    ("a service that quotes a token of renewed credentials", 1, |world, step, _| {
        // Shorter than the time by which they are renewed ahead, so that every request has its own.
        world.cloud.credential_lifetime(Duration::from_secs(30));
        for operation in ["PutObject", "CreateInvalidation"] {
            world.cloud.fail(operation).quoting_the_token(400, "InvalidToken");
        }
        step
    }),
    ("a proxy that is not there", 1, |_, step, _| {
        let proxy = format!("http://me:{PROXY_PASSWORD}@127.0.0.1:9");
        step.unset("AWS_ENDPOINT_URL").set("HTTPS_PROXY", &proxy)
    }),
    ("a proxy of another kind", 2, |_, step, _| {
        step.set("HTTPS_PROXY", &format!("socks5://me:{PROXY_PASSWORD}@proxy.example"))
    }),
    ("half of the keys", 2, |_, step, _| {
        with_keys(step).unset("AWS_ACCESS_KEY_ID").set("AWS_DEFAULT_REGION", "?")
    }),
];

const TOKEN: &str = "BITBUCKET_STEP_OIDC_TOKEN";
/// The first request of each pipe to its service, and those that follow.
const OPERATIONS: [&str; 3] = ["HeadBucket", "ListObjectsV2", "CreateInvalidation"];

fn with_keys(step: Step) -> Step {
    step.unset("AWS_OIDC_ROLE_ARN").unset(TOKEN)
}

/// A step of one of the pipes in which every secret there is has a place.
fn step(world: &World, site: &Site, pipe: &str, token: &str) -> Step {
    let folder = |name: &str| {
        let folder = site.clone_folder().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        folder.to_str().expect("UTF-8").to_owned()
    };
    both::step(world, site, pipe, "7")
        .set("S3_BUCKET", BUCKET)
        .set("LOCAL_PATH", "build")
        .set("DISTRIBUTION_ID", DISTRIBUTION)
        .set("CHANGES_FILE", "changes.json")
        .set("RESULT_FILE", "result.json")
        .set("BITBUCKET_PIPE_SHARED_STORAGE_DIR", &folder("shared"))
        .set("BITBUCKET_PIPE_STORAGE_DIR", &folder("own"))
        .set("HOME", &folder("home"))
        .set("TMPDIR", &folder("tmp"))
        .set("AWS_ACCESS_KEY_ID", KEY_ID)
        .set("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .set("AWS_SESSION_TOKEN", SESSION_TOKEN)
        .set(TOKEN, token)
        .set("DEBUG", "true")
        .set("RUST_LOG", "trace")
}

/// Every file below a folder with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("readable"));
        }
    }
    found
}

/// The token whole and in its pieces, the keys given and those that STS handed out. Short pieces are words of any log.
fn secrets(world: &World, token: &str) -> Vec<String> {
    let mut secrets = vec![SECRET_KEY.to_owned(), SESSION_TOKEN.to_owned(), PROXY_PASSWORD.to_owned()];
    for issued in world.cloud.issued_credentials() {
        secrets.extend([issued.secret, issued.session_token]);
    }
    let characters: Vec<char> = token.chars().filter(|character| *character != '"').collect();
    secrets
        .extend(characters.chunks(24).filter(|piece| piece.len() > 12).map(|piece| piece.iter().collect()));
    secrets.extend(SIGNED.map(str::to_owned));
    secrets
}

/// What the run showed and left, searched.
fn search(
    name: &str,
    world: &World,
    site: &Site,
    before: &BTreeMap<PathBuf, Vec<u8>>,
    ended: &Ended,
    token: &str,
) {
    let after = files(site.clone_folder());
    let secrets = secrets(world, token);
    for (path, content) in after.iter().filter(|(path, content)| before.get(*path) != Some(*content)) {
        let left = path.strip_prefix(site.clone_folder()).expect("it is below").to_str().expect("UTF-8");
        assert!(LEFT.contains(&left), "{name}: {left} was written");
        let content = String::from_utf8_lossy(content);
        let found = secrets.iter().find(|secret| content.contains(secret.as_str()));
        assert_eq!(found, None, "{name}: it is in {left}");
    }
    assert!(before.keys().all(|path| after.contains_key(path)), "{name}: a file is gone");
    let found = secrets.iter().find(|secret| ended.log.contains(secret.as_str()));
    assert_eq!(found, None, "{name}: it is in the log:\n{}", ended.log);
}

/// One scenario with one pipe.
fn play(&(name, code, change): &Scenario, pipe: &str) {
    let (world, site, name) = (both::world(), Site::small(), format!("{pipe}, {name}"));
    let provider = world.workspace.provider_arn("aws", ACCOUNT);
    let trust = world.workspace.trust_policy(&provider, REPOSITORY, &[world.workspace.audience()]);
    let trust = serde_json::to_string(&trust).expect("JSON");
    fs::write(site.clone_folder().join("trust.json"), trust).expect("a file");
    let own = world.token().sign();
    let step = change(&world, step(&world, &site, pipe, &own), &own);
    let before = files(site.clone_folder());
    let ended = step.run();
    assert_eq!(ended.code, Some(code), "{name}: {}", ended.log);
    assert!(ended.log.contains("Enabling debug mode."), "{name}: {}", ended.log);
    let given = step.variable(TOKEN).unwrap_or_default().to_owned();
    for token in [own, given] {
        search(&name, &world, &site, &before, &ended, &token);
    }
}

#[test]
fn no_end_of_a_run_shows_or_writes_a_secret() {
    // Most of the time is spent between attempts, so all wait together.
    std::thread::scope(|scope| {
        for scenario in SCENARIOS {
            for pipe in ["s3-deploy", "cloudfront-invalidate"] {
                scope.spawn(move || play(scenario, pipe));
            }
        }
    });
}

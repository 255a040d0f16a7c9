//! Replies that are not as they should be, and what a pipe may make of them.

use std::io::{Read as _, Seek as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use local_aws::impostor::{Asked, Impostor, reply};
use local_aws::scenario::Step;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};

/// Longer than any answer here holds a pipe up: a few repetitions with their pauses.
const FOR_EVER: Duration = Duration::from_mins(3);

/// Which replies are drawn where `PROPTEST_RNG_SEED` does not say otherwise: the same ones at every run, so that a build
/// fails by what was changed in it and never by chance.
const SEED: u64 = 1;

/// What a liar would like to have in the log.
const LIES: [&str; 6] = [
    "\n✔ Deployment successful. LIE",
    "\r✔ LIE",
    "x\u{1b}[2K\u{1b}[1GLIE",
    "\u{202e}LIE\u{2066}",
    "&#10;ERROR: LIE&#13;&#x85;",
    "\u{2028}✔ LIE\u{85}✔ LIE",
];

/// A reply as it should be.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
}

impl Truth {
    /// A whole reply of success.
    pub(crate) const fn of(body: &'static str) -> Self {
        Self { status: 200, headers: &[], body }
    }

    /// As it goes over the wire.
    pub(crate) fn reply(&self) -> Vec<u8> {
        reply(self.status, self.headers, self.body.as_bytes())
    }
}

/// What STS answers to a token.
pub(crate) const CREDENTIALS: Truth = Truth::of(
    "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
     <AssumeRoleWithWebIdentityResult><AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId>\
     <Arn>arn:aws:sts::123456789012:assumed-role/Deploy/s</Arn></AssumedRoleUser>\
     <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secretsecret</SecretAccessKey>\
     <SessionToken>tokentoken</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
     </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
);

/// How a reply is not as it should be.
#[derive(Clone, Debug)]
pub(crate) enum Spoilt {
    /// Any bytes instead of HTTP.
    Noise(Vec<u8>),
    /// Any bytes as a body.
    Body(u16, Vec<u8>),
    /// Cut off here, the length with it.
    Cut(usize),
    /// Cut off here, the length as before.
    Torn(usize),
    /// Another byte there.
    Byte(usize, u8),
    /// A text after one of its tags.
    Lie(usize, String),
    /// An error of the service's own form.
    Error(u16, String, String),
    /// A tag inside a tag inside a tag.
    Nested(usize),
}

impl Spoilt {
    /// What comes instead of the truth.
    pub(crate) fn reply(&self, truth: &Truth) -> Vec<u8> {
        let Truth { status, headers, body } = *truth;
        let at = |place: usize| place % (body.len() + 1);
        let whole = |body: &[u8]| reply(status, headers, body);
        match self {
            Self::Noise(noise) => noise.clone(),
            Self::Body(status, body) => reply(*status, headers, body),
            Self::Cut(place) => whole(&body.as_bytes()[..at(*place)]),
            Self::Torn(place) => {
                let mut torn = whole(body.as_bytes());
                torn.truncate(torn.len() - at(*place));
                torn
            }
            Self::Byte(place, byte) => {
                let mut bytes = body.as_bytes().to_vec();
                if let Some(there) = bytes.get_mut(at(*place)) {
                    *there = *byte;
                }
                whole(&bytes)
            }
            Self::Lie(place, lie) => {
                let tags: Vec<usize> = body.match_indices('>').map(|(place, _)| place + 1).collect();
                let after = if tags.is_empty() { 0 } else { tags[place % tags.len()] };
                whole(format!("{}{lie}{}", &body[..after], &body[after..]).as_bytes())
            }
            Self::Error(status, code, message) => reply(
                *status,
                headers,
                format!(
                    "<Error><Code>{code}</Code><Message>{message}</Message><Region>{message}</Region></Error>"
                )
                .as_bytes(),
            ),
            Self::Nested(depth) => whole(["<a>".repeat(*depth), "</a>".repeat(*depth)].concat().as_bytes()),
        }
    }
}

/// Every kind of them.
fn spoilt() -> [BoxedStrategy<Spoilt>; 8] {
    let bytes = || prop::collection::vec(any::<u8>(), 0..200);
    let lie = || prop::sample::select(&LIES[..]).prop_map(str::to_owned);
    let status =
        || prop::sample::select(&[200_u16, 204, 301, 304, 307, 400, 403, 404, 409, 412, 416, 501][..]);
    let code = prop_oneof![
        lie(),
        prop::sample::select(
            &["AccessDenied", "ExpiredToken", "NoSuchBucket", "InvalidIdentityToken", "PermanentRedirect"][..]
        )
        .prop_map(str::to_owned),
    ];
    [
        bytes().prop_map(Spoilt::Noise).boxed(),
        (status(), bytes()).prop_map(|(status, body)| Spoilt::Body(status, body)).boxed(),
        any::<usize>().prop_map(Spoilt::Cut).boxed(),
        any::<usize>().prop_map(Spoilt::Torn).boxed(),
        (any::<usize>(), any::<u8>()).prop_map(|(place, byte)| Spoilt::Byte(place, byte)).boxed(),
        (any::<usize>(), lie()).prop_map(|(place, lie)| Spoilt::Lie(place, lie)).boxed(),
        (status(), code, lie())
            .prop_map(|(status, code, message)| Spoilt::Error(status, code, message))
            .boxed(),
        (1..20_000_usize).prop_map(Spoilt::Nested).boxed(),
    ]
}

/// Which reply is not as it should be, how it is not, and how often.
pub(crate) type Wrong = (&'static str, Spoilt, usize);

/// For each of these operations a wrong reply of every kind.
pub(crate) fn every_wrong(operations: &[&'static str]) -> Vec<BoxedStrategy<Wrong>> {
    // What is repeated for good takes its time.
    let times = || prop_oneof![4 => 1..3_usize, 1 => Just(usize::MAX)];
    let wrong = |operation| spoilt().map(|spoilt| (Just(operation), spoilt, times()).boxed());
    operations.iter().copied().flat_map(wrong).collect()
}

/// So many cases, drawn with a known seed, and before them those that failed once, which are kept in a file.
pub(crate) fn config(cases: u32, regressions: &'static str) -> ProptestConfig {
    let rng_seed = match ProptestConfig::default().rng_seed {
        RngSeed::Random => RngSeed::Fixed(SEED),
        given @ RngSeed::Fixed(_) => given,
    };
    ProptestConfig {
        rng_seed,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        // Whoever fails names the reply, and each round of shrinking would be a round of all.
        max_shrink_iters: 0,
        ..ProptestConfig::with_cases(cases)
    }
}

/// Services that answer with the truth, but for what is wrong.
pub(crate) fn impostor(
    (wrong, spoilt, times): Wrong,
    operation: fn(&Asked) -> &'static str,
    truth: fn(&str) -> Truth,
) -> Impostor {
    let struck = AtomicUsize::new(0);
    Impostor::answering(move |asked| {
        let operation = operation(asked);
        let truth = truth(operation);
        let is_wrong = operation == wrong && struck.fetch_add(1, Ordering::Relaxed) < times;
        if is_wrong { spoilt.reply(&truth) } else { truth.reply() }
    })
}

/// Runs a pipe against each of them at the same time.
pub(crate) fn all_at_once(
    wrongs: Vec<Wrong>,
    run: impl Fn(Wrong) -> Result<(), TestCaseError> + Sync,
) -> Result<(), TestCaseError> {
    let run = &run;
    thread::scope(|scope| {
        let runs: Vec<_> =
            wrongs.into_iter().map(|wrong| scope.spawn(move || named(&wrong, run(wrong.clone())))).collect();
        runs.into_iter().try_for_each(|run| run.join().expect("a run does not panic"))
    })
}

fn named(wrong: &Wrong, ran: Result<(), TestCaseError>) -> Result<(), TestCaseError> {
    ran.map_err(|error| TestCaseError::fail(format!("after {wrong:?}: {error}")))
}

/// Runs a pipe to its end: it ends, says how, and nothing that it was told looks as if it had said it.
pub(crate) fn assert_honest(step: &Step) -> Result<(), TestCaseError> {
    let mut log = tempfile::tempfile().expect("a temporary file");
    let twin = log.try_clone().expect("the same file");
    let mut child = step.command().stdout(twin).spawn().expect("the program starts");
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if started.elapsed() > FOR_EVER {
            child.kill().expect("killable");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let mut said = String::new();
    log.rewind().and_then(|()| log.read_to_string(&mut said)).expect("a log is UTF-8");
    prop_assert!(matches!(status.code(), Some(0 | 1)), "{status}: {said}");
    prop_assert!(status.success() || (said.contains("ERROR: ") && said.contains('✖')), "{said}");
    for line in said.lines() {
        let is_forged = line.contains("LIE") && (line.starts_with('✔') || line.starts_with("ERROR: LIE"));
        prop_assert!(!is_forged, "{line:?}\n{said}");
    }
    prop_assert!(!said.contains(steers_a_terminal), "{said:?}");
    prop_assert!(!said.contains("a defect in the pipe"), "{said}");
    Ok(())
}

fn steers_a_terminal(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

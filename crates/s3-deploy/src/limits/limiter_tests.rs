//! The limiter against simulated stores, in simulated time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

/// A store that takes `rate` requests a second and lets `burst` come at once; 503 otherwise.
#[derive(Clone, Copy, Debug)]
struct Store {
    rate: f64,
    burst: f64,
    /// Milliseconds to an answer, and how many more it may take.
    latency: u64,
    spread: u64,
}

/// How a simulated deploy went.
#[derive(Debug)]
struct Run {
    /// What the store did, of what it could have done after its first burst.
    used: f64,
    requests: usize,
    refused: usize,
    /// Attempts at the request that was refused most often.
    attempts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Answered { sent: u64, attempts: u32, taken: bool },
    Again { attempts: u32 },
    Wake,
}

/// Sends `objects` to the store; refused ones wait as the SDK lets them and are sent again. Time is in microseconds.
#[expect(clippy::cast_precision_loss, reason = "times and counts are small")]
fn deploy(store: Store, objects: usize) -> Run {
    let start = Instant::now();
    let at = |time: u64| start + Duration::from_micros(time);
    let mut limiter = Limiter::new(None);
    let mut events = BinaryHeap::new();
    let mut ready = std::collections::VecDeque::new();
    let (mut now, mut seed, mut tokens, mut counted) = (0_u64, 1_u64, store.burst, 0_u64);
    let (mut begun, mut done, mut sleeps) = (0, 0, false);
    let mut run = Run { used: 0.0, requests: 0, refused: 0, attempts: 0 };
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if below == 0 { 0 } else { (seed >> 33) % below }
    };
    while done < objects {
        while begun < objects && begun - done < limiter.window() {
            ready.push_back(1);
            begun += 1;
        }
        while let Some(attempts) = ready.pop_front() {
            if let Some(wait) = limiter.send(at(now)) {
                ready.push_front(attempts);
                // A timer knows milliseconds.
                if !std::mem::replace(&mut sleeps, true) {
                    let wait = u64::try_from(wait.as_micros()).expect("short").next_multiple_of(1000);
                    events.push(Reverse((now + wait.max(1000), Event::Wake)));
                }
                break;
            }
            run.requests += 1;
            tokens = ((now - counted) as f64 * store.rate / 1e6 + tokens).min(store.burst);
            counted = now;
            let taken = tokens >= 1.0;
            tokens -= f64::from(u8::from(taken));
            let answered = now + 1000 * store.latency + random(1000 * store.spread);
            events.push(Reverse((answered, Event::Answered { sent: now, attempts, taken })));
        }
        let Reverse((time, event)) = events.pop().expect("something is under way");
        now = time;
        match event {
            Event::Answered { sent, taken: true, .. } => {
                done += 1;
                limiter.answered(at(sent), at(now), Answer::Taken { bytes: 1 }, begun < objects);
            }
            Event::Answered { sent, attempts, taken: false } => {
                run.refused += 1;
                run.attempts = run.attempts.max(attempts);
                limiter.answered(at(sent), at(now), Answer::SlowDown, true);
                let pause = (100_000 << (attempts - 1)).min(5_000_000);
                events.push(Reverse((now + random(pause), Event::Again { attempts: attempts + 1 })));
            }
            Event::Again { attempts } => ready.push_back(attempts),
            Event::Wake => sleeps = false,
        }
    }
    run.used = (objects as f64 - store.burst).max(0.0) / (now as f64 / 1e6 * store.rate);
    run
}

#[test]
fn a_busy_store_is_kept_busy_and_seldom_has_to_refuse() {
    for (rate, burst, objects) in [
        (300.0, 300.0, 4000),
        (300.0, 30.0, 4000),
        (30.0, 30.0, 1500),
        (30.0, 3.0, 1500),
        (1500.0, 150.0, 20_000),
    ] {
        for (latency, spread) in [(30, 0), (30, 10), (5, 3), (50, 30)] {
            let store = Store { rate, burst, latency, spread };
            let run = deploy(store, objects);
            assert!(run.refused > 0, "{store:?}: {run:?} proves nothing");
            assert!(run.refused * 20 < run.requests, "{store:?}: {run:?}");
            assert!(run.used > 0.9, "{store:?}: {run:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The SDK gives a request up after ten attempts.
    #[test]
    fn no_request_is_refused_for_good(
        rate in 2.0_f64..3000.0, burst in 0.0_f64..1.0, latency in 1_u64..200, spread in 0_u64..100
    ) {
        let store = Store { rate, burst: (burst * rate).max(1.0), latency, spread };
        let run = deploy(store, 1000);
        prop_assert!(run.attempts < 10, "{store:?}: {run:?}");
    }
}

/// Where the window is most of the time, for a store far away whose answers take `round_trip` until `most` are in flight.
fn width_for(most: usize, round_trip: Duration) -> usize {
    let mut limiter = Limiter::new(None);
    let mut now = Instant::now();
    let mut spent = std::collections::BTreeMap::<usize, Duration>::new();
    for _ in 0..100_000 {
        let together = u32::try_from(limiter.window().min(most)).expect("small");
        now += round_trip / together;
        *spent.entry(limiter.window()).or_default() += round_trip / together;
        limiter.answered(now, now, Answer::Taken { bytes: 1000 }, true);
    }
    spent.into_iter().max_by_key(|(_, time)| *time).expect("some time").0
}

#[test]
fn the_window_widens_while_more_gets_through() {
    let far = Duration::from_millis(200);
    assert_eq!(width_for(10_000, far), 256);
    assert_eq!(width_for(96, far), 96);
    assert_eq!(width_for(20, far), 96);
    assert_eq!(width_for(150, far), 144);
}

/// As a machine that was busy for a while and then is not.
#[test]
fn a_window_that_was_once_wide_enough_is_tried_again() {
    let mut limiter = Limiter::new(None);
    let mut now = Instant::now();
    for most in [96, 10_000] {
        for _ in 0..20_000 {
            now += Duration::from_millis(200) / u32::try_from(limiter.window().min(most)).expect("small");
            limiter.answered(now, now, Answer::Taken { bytes: 1000 }, true);
        }
    }
    assert_eq!(limiter.window(), 256);
}

/// What got through while a store refused is no measure of a width.
#[test]
fn a_refusal_begins_the_measuring_anew() {
    let mut limiter = Limiter::new(None);
    let mut now = Instant::now();
    for number in 0..5000 {
        now += Duration::from_millis(1);
        limiter.answered(now, now, Answer::Taken { bytes: 1 }, true);
        if number % 300 == 0 {
            limiter.answered(now, now, Answer::SlowDown, true);
        }
    }
    assert_eq!(limiter.window(), 96);
}

#[test]
fn a_fixed_window_stays_and_is_paced_all_the_same() {
    let mut limiter = Limiter::new(NonZeroUsize::new(5));
    let now = Instant::now();
    for _ in 0..1000 {
        limiter.answered(now, now + Duration::from_millis(30), Answer::Taken { bytes: 1 }, true);
    }
    assert_eq!((limiter.window(), limiter.widest(), limiter.is_paced()), (5, 5, false));
    limiter.answered(now, now, Answer::SlowDown, true);
    assert_eq!((limiter.window(), limiter.is_paced()), (5, true));
}

#[test]
fn what_was_on_its_way_when_the_rate_was_cut_does_not_cut_it_again() {
    let refused = |times: u64| {
        let mut limiter = Limiter::new(None);
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        limiter.answered(at(0), at(30), Answer::SlowDown, true);
        for _ in 0..times {
            limiter.answered(at(20), at(40), Answer::SlowDown, true);
        }
        limiter.send(at(40)).expect("it is too early")
    };
    assert_eq!(refused(0), refused(60));
}

#[test]
fn a_lost_answer_says_nothing_of_the_rate() {
    let mut limiter = Limiter::new(None);
    let now = Instant::now();
    limiter.answered(now, now, Answer::None, true);
    assert!(!limiter.is_paced());
}

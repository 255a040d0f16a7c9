//! How many requests are in flight, where the user says it.

use std::num::NonZeroUsize;

use bitbucket_pipe::Faults;

/// At a quarter of a second an answer, more than a prefix of S3 takes (3,500 uploads a second).
const MOST_IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(1000).expect("it is not zero");

/// `CONCURRENCY`; `None` leaves it to the pipe.
pub(super) fn read(text: Option<&str>, faults: &mut Faults) -> Option<NonZeroUsize> {
    let text = text?;
    let number = text.parse().ok().filter(|number: &NonZeroUsize| *number <= MOST_IN_FLIGHT);
    if number.is_none() {
        let hint = "leave it out: the number that is fastest is found while it runs";
        faults.add_with_hint(
            "CONCURRENCY",
            format!("must be a number from 1 to {MOST_IN_FLIGHT}, not `{text}`"),
            hint,
        );
    }
    number
}

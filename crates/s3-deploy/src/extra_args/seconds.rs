//! Limits of time: seconds, of which none is no limit, as in the AWS CLI.

use std::time::Duration;

use clap::ArgMatches;

use super::mistake::Mistake;

/// In the place of no limit: no step of Bitbucket lasts longer.
const DAY: Duration = Duration::from_hours(24);

/// The limit that a flag sets.
pub(super) fn read(matches: &ArgMatches, flag: &str, mistakes: &mut Vec<Mistake>) -> Option<Duration> {
    let given = *matches.get_one::<i64>(flag)?;
    match u64::try_from(given) {
        Ok(0) => Some(DAY),
        Ok(seconds) => Some(Duration::from_secs(seconds).min(DAY)),
        Err(_) => {
            let message = format!("has `{given}` for --{flag}, which takes a number of seconds");
            mistakes.push(Mistake::new(message, "0 waits without a limit"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::flags;
    use super::*;

    #[test]
    fn seconds_as_the_aws_cli_takes_them() {
        for (text, expected, faults) in [
            ("--cli-read-timeout=7", Some(Duration::from_secs(7)), 0),
            ("--cli-read-timeout=0", Some(DAY), 0),
            ("--cli-read-timeout=99999999999", Some(DAY), 0),
            ("--cli-read-timeout=-1", None, 1),
            ("--cli-connect-timeout=7", None, 0),
        ] {
            let matches = flags::command().try_get_matches_from([text]).expect("a number");
            let mut mistakes = Vec::new();
            assert_eq!(read(&matches, "cli-read-timeout", &mut mistakes), expected, "{text}");
            assert_eq!(mistakes.len(), faults, "{text}");
        }
    }
}

//! Variables that are given and have no effect because of others. Pure.

use super::Config;
use crate::plan::Compare;

/// A variable, and why it has no effect.
pub(crate) type IgnoredVariable = (&'static str, &'static str);

const NO_DELETION: &str = "nothing is deleted without DELETE_FLAG: 'true'";
const SHARD: &str =
    "a deploy with SHARD uploads its share only; set it for the deploy that follows the parallel steps";
const FORCE: &str = "FORCE uploads every file";
const SIZE_ONLY: &str = "EXTRA_ARGS has --size-only";

/// The variables of `config` without effect. `compare` and `size_only`: whether `COMPARE` and `--size-only` are given.
pub(super) fn variables(config: &Config, compare: bool, size_only: bool) -> Vec<IgnoredVariable> {
    let Config { guards, delete_grace, .. } = config;
    let of_deletion = match (config.shard, config.delete) {
        (Some(_), _) => Some(SHARD),
        (None, false) => Some(NO_DELETION),
        (None, true) => None,
    };
    let of_compare = match config.compare {
        Compare::Nothing => Some(FORCE),
        _ => size_only.then_some(SIZE_ONLY),
    };
    let all = [
        ("ALLOW_EMPTY", guards.allow_empty, of_deletion),
        ("DELETE_GRACE", !delete_grace.is_none(), of_deletion),
        ("MAX_DELETE", guards.max_delete.is_some(), of_deletion),
        ("CHANGES_FILE", config.changes_file.is_some(), config.shard.map(|_| SHARD)),
        ("COMPARE", compare, of_compare),
    ];
    all.into_iter().filter_map(|(name, given, reason)| Some((name, reason.filter(|_| given)?))).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bitbucket_pipe::{Environment, Faults};

    use super::*;
    use crate::extra_args::ExtraArgs;

    fn ignored(pairs: &[(&str, &str)], flags: &str) -> Vec<IgnoredVariable> {
        let environment = Environment::from_pairs([("EXTRA_ARGS".into(), flags.into())]);
        let extra = ExtraArgs::read(&environment, Path::new("/"), &mut Faults::default());
        let required = [("S3_BUCKET", "site"), ("LOCAL_PATH", ".")];
        let pairs = required.iter().chain(pairs).map(|(name, value)| ((*name).into(), (*value).into()));
        let variables = envy::from_iter(pairs).expect("all fields are optional strings");
        let config = Config::new(variables, extra, Path::new("/"), &mut Faults::default());
        config.expect("valid").ignored_variables
    }

    #[test]
    fn each_guard_of_deletions_needs_deletion() {
        for (name, value) in [("ALLOW_EMPTY", "true"), ("DELETE_GRACE", "7d"), ("MAX_DELETE", "10%")] {
            let given = (name, value);
            assert_eq!(ignored(&[given], ""), [(name, NO_DELETION)]);
            assert_eq!(ignored(&[given, ("DELETE_FLAG", "true")], ""), []);
            assert_eq!(ignored(&[given], "--delete"), []);
            assert_eq!(ignored(&[given, ("SHARD", "1/2")], "--delete"), [(name, SHARD)]);
        }
        let defaults = [("ALLOW_EMPTY", "false"), ("DELETE_GRACE", "0")];
        assert_eq!(ignored(&defaults, ""), []);
    }

    #[test]
    fn a_way_to_compare_needs_a_comparison() {
        let size_only = "--size-only";
        let mtime = ("COMPARE", "mtime");
        assert_eq!(ignored(&[mtime], ""), []);
        assert_eq!(ignored(&[mtime, ("FORCE", "true")], ""), [("COMPARE", FORCE)]);
        assert_eq!(ignored(&[mtime], size_only), [("COMPARE", SIZE_ONLY)]);
        assert_eq!(ignored(&[("FORCE", "true")], size_only), []);
    }

    #[test]
    fn a_share_has_no_list_of_changes() {
        let file = ("CHANGES_FILE", "changes.json");
        assert_eq!(ignored(&[file], ""), []);
        assert_eq!(ignored(&[file, ("SHARD", "1/2")], ""), [("CHANGES_FILE", SHARD)]);
    }
}

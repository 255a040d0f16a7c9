//! The word that a misspelt one is nearest to.

use strsim::osa_distance;

/// The nearest candidate; `None` where no candidate is near enough to be meant.
///
/// Near enough is one edit for a candidate of five to seven characters and two for a longer one: a letter added, left out or
/// replaced, or two neighbours swapped. Shorter candidates are too easily near by chance.
///
/// ```
/// use bitbucket_pipe::spelling::nearest;
/// assert_eq!(nearest("CACHE_CONTRL", ["ACL", "CACHE_CONTROL"]), Some("CACHE_CONTROL"));
/// assert_eq!(nearest("FOO", ["ACL", "CACHE_CONTROL"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = candidates.into_iter().filter_map(|candidate| {
        let limit = edits(candidate);
        // Spares the table of distances for most candidates.
        let is_possible = limit > 0 && word.len().abs_diff(candidate.len()) <= limit;
        let distance = is_possible.then(|| osa_distance(word, candidate))?;
        (distance <= limit).then_some((distance, candidate))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// How many edits may lie between a candidate and what is written in its place.
fn edits(candidate: &str) -> usize {
    match candidate.len() {
        0..=4 => 0,
        5..=7 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_grows_with_the_length() {
        for (word, candidate, is_near) in [
            ("WAIT", "WAIT", false),
            ("WAITS", "WAIT", false),
            ("FORC", "FORCE", true),
            ("FROCE", "FORCE", true),
            ("FOR", "FORCE", false),
            ("DRYRUN", "DRY_RUN", true),
            ("DRYRUNS", "DRY_RUN", false),
            ("EXPIRESON", "EXPIRES", false),
            ("S3BUCKETS", "S3_BUCKET", true),
            ("MAX_DELTEE", "MAX_DELETE", true),
            ("MAX_DELETIONS", "MAX_DELETE", false),
        ] {
            assert_eq!(nearest(word, [candidate]), is_near.then_some(candidate), "{word}");
        }
    }

    #[test]
    fn the_nearest_of_several_wins() {
        let names = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
        assert_eq!(nearest("AWS_ENDPOINT_URL_ST", names), Some("AWS_ENDPOINT_URL_STS"));
        assert_eq!(nearest("AWS_ENDPONT_URL", names), Some("AWS_ENDPOINT_URL"));
    }
}

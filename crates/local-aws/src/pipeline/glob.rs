//! Patterns of files, as artifacts and conditions have them.

/// Whether a path fits a pattern of Bitbucket's: `*` is any text within one name, `**` any text at all.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    fn rest(pattern: &[u8], path: &[u8]) -> bool {
        match pattern {
            [] => path.is_empty(),
            [b'*', b'*', b'/', behind @ ..] if rest(behind, path) => true,
            [b'*', b'*', behind @ ..] => (0..=path.len()).any(|end| rest(behind, &path[end..])),
            [b'*', behind @ ..] => {
                let name = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
                (0..=name).any(|end| rest(behind, &path[end..]))
            }
            [first, behind @ ..] => path.first() == Some(first) && rest(behind, &path[1..]),
        }
    }
    rest(pattern.trim_start_matches("./").as_bytes(), path.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("changes.json", "changes.json", true),
            ("changes.json", "a/changes.json", false),
            ("./changes.json", "changes.json", true),
            ("*.json", "changes.json", true),
            ("*.json", "a/changes.json", false),
            ("dist/**", "dist/a/b", true),
            ("dist/**", "dist", false),
            ("dist/*", "dist/a/b", false),
            ("**/*.json", "changes.json", true),
            ("**/*.json", "a/b/changes.json", true),
            ("**", "a/b", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}

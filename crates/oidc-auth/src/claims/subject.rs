//! The parts of `sub`.

/// The subject of a step's token: `{repository}:{step}`, and with `deployment:` on the step
/// `{repository}:{environment}:{step}`. Each part is a UUID in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The same in every run.
    pub repository: &'a str,
    /// The same in every run; only with `deployment:` on the step.
    pub environment: Option<&'a str>,
    /// Another one in every run.
    pub step: &'a str,
}

impl<'a> Subject<'a> {
    /// Takes a subject apart; `None` when it has not the form that Bitbucket gives it.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (repository, environment, step) = match parts[..] {
            [repository, step] => (repository, None, step),
            [repository, environment, step] => (repository, Some(environment), step),
            _ => return None,
        };
        parts.iter().all(|part| is_uuid(part)).then_some(Self { repository, environment, step })
    }

    /// A pattern for every step of this repository.
    #[must_use]
    pub fn any_of_repository(&self) -> String {
        format!("{}:*", self.repository)
    }

    /// A pattern for every step that deploys to this environment.
    #[must_use]
    pub fn any_of_environment(&self) -> Option<String> {
        self.environment.map(|environment| format!("{}:{environment}:*", self.repository))
    }
}

/// Braces around letters, digits and hyphens. A `*` must never pass: the text goes into a pattern.
fn is_uuid(part: &str) -> bool {
    let inner = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| {
        !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_and_made_into_patterns() {
        let plain = Subject::parse("{r-1}:{s}").expect("a subject");
        assert_eq!(plain, Subject { repository: "{r-1}", environment: None, step: "{s}" });
        assert_eq!((plain.any_of_repository().as_str(), plain.any_of_environment()), ("{r-1}:*", None));
        let deployed = Subject::parse("{r}:{e}:{s}").expect("a subject");
        assert_eq!(deployed.any_of_repository(), "{r}:*");
        assert_eq!(deployed.any_of_environment().as_deref(), Some("{r}:{e}:*"));
    }

    #[test]
    fn anything_else_is_not_taken_apart() {
        for text in ["", "{r}", "r:s", "{r}:{*}", "*:{s}", "{}:{s}", "{r}:{e}:{x}:{s}", "repo:acme/site:ref"]
        {
            assert_eq!(Subject::parse(text), None, "{text}");
        }
    }
}

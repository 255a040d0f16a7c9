//! The shell script of one step: its lines as they are, each echoed first, and its pipes as calls back to the runner.

use std::fmt::Write;
use std::path::Path;

use super::call;
use super::definition::Item;
use super::quote::{expanded, literal};
use super::report::echo;

/// The text that one `sh -e` runs, so that directory, variables and functions carry over from line to line and to
/// the pipes between them. `runner` is this program and `socket` where it listens.
///
/// Values go to the call through a pipe, not as arguments, which every process of the machine could read.
pub(super) fn text(items: &[Item], runner: &Path, socket: &Path) -> String {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        let told = literal(&echo(item));
        let command = match item {
            Item::Line(line) => line.clone(),
            Item::Pipe(pipe) => {
                let mut words = String::new();
                for setting in &pipe.settings {
                    let _ = write!(words, " {}={}", setting.name, expanded(&setting.value));
                }
                let runner = literal(&runner.to_string_lossy());
                let socket = literal(&socket.to_string_lossy());
                format!(r"printf '%s\0'{words} | {runner} {} {socket} {index}", call::ARGUMENT)
            }
        };
        let _ = writeln!(text, "printf '%s\\n' {told}\n{command}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::definition::Pipeline;
    use super::text;

    #[test]
    fn lines_stand_as_they_are_and_pipes_become_calls() {
        let file = "pipelines:\n  default:\n  - step:\n      script:\n      - echo 'a b'\n      \
                    - pipe: docker://acme/aws-s3-deploy:1\n        variables:\n          S3_BUCKET: $BUCKET\n";
        let pipeline = Pipeline::parse(file, "default").expect("a pipeline");
        let step = pipeline.steps().next().expect("one step");
        let expected = [
            r"printf '%s\n' '+ echo '\''a b'\'''",
            "echo 'a b'",
            r"printf '%s\n' '+ pipe: docker://acme/aws-s3-deploy:1'",
            r#"printf '%s\0' S3_BUCKET="$BUCKET" | '/r' __call '/s' 1"#,
            "",
        ];
        let written = text(&step.script, Path::new("/r"), Path::new("/s"));
        assert_eq!(written, expected.join("\n"));
    }
}

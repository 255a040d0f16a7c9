//! The tables of variables in the pipes' READMEs, and the YAML above them.

use super::calls;
use super::markdown::Markdown;
use super::pipe::{self, Pipe};

/// How a cell ends that names a required variable.
const REQUIRED: &str = " (*)";

/// How a cell ends that names a variable which may come from the context.
const FROM_THE_CONTEXT: &str = " (**)";

/// What begins the last sentence of a row that has a default.
const DEFAULT: &str = "Default: ";

/// One row: the variable and what is said of it.
struct Row {
    variable: String,
    is_required: bool,
    usage: String,
}

/// One line of the YAML definition.
struct Line {
    variable: String,
    kind: String,
    is_optional: bool,
}

fn rows(pipe: &Pipe) -> Vec<Row> {
    let section = Markdown::read(pipe.file("README.md")).section("## Variables");
    let rows = section.rows().into_iter().map(|cells| {
        let [name, usage] = cells.try_into().expect("a row has two cells");
        let variable = [REQUIRED, FROM_THE_CONTEXT].iter().find_map(|mark| name.strip_suffix(mark));
        Row {
            variable: variable.unwrap_or(&name).trim().to_owned(),
            is_required: name.ends_with(REQUIRED),
            usage,
        }
    });
    rows.collect()
}

fn definition(pipe: &Pipe) -> String {
    let section = Markdown::read(pipe.file("README.md")).section("## YAML Definition");
    section.code().into_iter().next().expect("there is YAML").text
}

fn lines(pipe: &Pipe) -> Vec<Line> {
    let definition = definition(pipe);
    let lines = definition.lines().filter_map(|line| {
        let (variable, rest) = line.trim().split_once(": '<")?;
        let (kind, rest) = rest.split_once(">'")?;
        Some(Line {
            variable: variable.to_owned(),
            kind: kind.to_owned(),
            is_optional: rest.trim().starts_with("# optional"),
        })
    });
    lines.collect()
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

impl Row {
    /// The default, if it is one word in backticks.
    fn default(&self) -> Option<&str> {
        let (_, rest) = self.usage.rsplit_once(DEFAULT)?;
        let word = rest.strip_suffix('.')?.strip_prefix('`')?.strip_suffix('`')?;
        (!word.contains('`')).then_some(word)
    }
}

#[test]
fn every_variable_has_exactly_one_row() {
    for pipe in pipe::all() {
        let rows = rows(&pipe);
        assert_eq!(sorted(rows.iter().map(|row| row.variable.as_str())), pipe.variables(), "{}", pipe.image);
    }
}

#[test]
fn the_yaml_has_every_row_once_and_in_order() {
    for pipe in pipe::all() {
        let expected: Vec<String> = rows(&pipe).into_iter().map(|row| row.variable).collect();
        let shown: Vec<String> = lines(&pipe).into_iter().map(|line| line.variable).collect();
        assert_eq!(shown, expected, "{}", pipe.image);
        // What the lines say is also what YAML reads.
        let read = calls::of(&definition(&pipe), pipe.image, 1);
        let read: Vec<_> = read.into_iter().map(|call| (call.reference, call.variables)).collect();
        assert_eq!(read, [(pipe.reference(), expected)]);
    }
}

#[test]
fn the_required_variables_are_the_code_s() {
    for pipe in pipe::all() {
        let rows = rows(&pipe);
        let marked = rows.iter().filter(|row| row.is_required).map(|row| row.variable.as_str());
        assert_eq!(marked.collect::<Vec<_>>(), pipe.required, "{}", pipe.image);
        let lines = lines(&pipe);
        let demanded = lines.iter().filter(|line| !line.is_optional).map(|line| line.variable.as_str());
        assert_eq!(demanded.collect::<Vec<_>>(), pipe.required, "{}", pipe.image);
    }
}

#[test]
fn every_default_is_the_code_s() {
    for pipe in pipe::all() {
        let rows = rows(&pipe);
        for row in &rows {
            let Row { variable, .. } = row;
            let told = row.default();
            // A default may also be another variable.
            let is_another = told.is_some_and(|word| rows.iter().any(|row| row.variable == word));
            if !is_another {
                assert_eq!(told, pipe.default(variable), "{variable} of {}", pipe.image);
            }
        }
    }
}

#[test]
fn the_booleans_are_those_with_a_boolean_default() {
    for pipe in pipe::all() {
        for Line { variable, kind, .. } in lines(&pipe) {
            let default = pipe.default(&variable);
            let is_boolean = default.is_some_and(|word| bitbucket_pipe::boolean::parse(word).is_some());
            assert_eq!(kind == "boolean", is_boolean, "{variable} of {}", pipe.image);
        }
    }
}

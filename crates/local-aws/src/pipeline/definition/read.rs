//! From the tree of a file to the one pipeline that is to run.

use super::super::yaml::{Document, Entry, Fault, Node, Value};
use super::step::{self, Inherited, Oidc};
use super::{Condition, Group, Omissions, Pipeline, Step, name};

pub(super) fn pipeline(document: Document, wanted: &str) -> Result<Pipeline, Fault> {
    let mut omissions = Omissions::default();
    let mut inherited = Inherited { fail_fast: true, ..Inherited::default() };
    for entry in document.root.entries("a pipelines file")? {
        match entry.key.as_str() {
            "options" => inherited.oidc = options(&entry.node, &mut omissions)?,
            // Definitions do nothing by themselves; what uses them is named where it is used.
            "pipelines" | "definitions" => {}
            key => omissions.note_any(key),
        }
    }
    let (name, node) = name::find(pipelines(&document)?, wanted)?;
    let mut variables = Vec::new();
    let mut groups = Vec::new();
    for item in node.items(&format!("the pipeline `{wanted}`"))? {
        let entry = single(item)?;
        match entry.key.as_str() {
            "step" => groups.push(alone(Step::read(entry, &inherited, &mut omissions)?)),
            "parallel" => groups.push(parallel(&entry.node, &inherited, &mut omissions)?),
            "stage" => groups.extend(stage(&entry.node, &inherited, &mut omissions)?),
            "variables" => variables = custom_variables(&entry.node)?,
            other => return Err(unknown(entry, other)),
        }
    }
    if groups.is_empty() {
        let message = format!("the pipeline `{wanted}` has no step");
        return Err(Fault::at(node.line, message));
    }
    Ok(Pipeline { name, variables, groups, omissions, duplicates: document.duplicates })
}

/// What holds every pipeline of the file.
pub(super) fn pipelines(document: &Document) -> Result<&Node, Fault> {
    let entries = document.root.entries("a pipelines file")?;
    let found = entries.iter().find(|entry| entry.key == "pipelines");
    let missing = || Fault::at(document.root.line, "a pipelines file needs `pipelines`");
    found.map(|entry| &entry.node).ok_or_else(missing)
}

fn options(node: &Node, omissions: &mut Omissions) -> Result<Oidc, Fault> {
    let mut oidc = Oidc::Off;
    for entry in node.entries("`options`")? {
        if entry.key == "oidc" {
            oidc = step::oidc(&entry.node)?;
        } else {
            omissions.note_any(&entry.key);
        }
    }
    Ok(oidc)
}

/// The items of a pipeline are mappings of one key each.
fn single(item: &Node) -> Result<&Entry, Fault> {
    match item.entries("an item of a pipeline")? {
        [entry] => Ok(entry),
        [_, second, ..] => {
            let message = format!(
                "`{}` stands beside the step instead of in it\nhint: indent it two more spaces",
                second.key
            );
            Err(Fault::at(second.line, message))
        }
        [] => Err(item.unexpected("an item of a pipeline", "a `step`, `parallel` or `stage`")),
    }
}

fn unknown(entry: &Entry, key: &str) -> Fault {
    let message = format!("a `step`, `parallel` or `stage` is expected here, not `{key}`");
    Fault::at(entry.line, message)
}

fn alone(step: Step) -> Group {
    Group { steps: vec![step], parallel: false }
}

fn parallel(node: &Node, inherited: &Inherited, omissions: &mut Omissions) -> Result<Group, Fault> {
    let mut inherited = Inherited { fail_fast: false, ..inherited.clone() };
    let steps = if let Value::Map(entries) = &node.value {
        let mut steps = None;
        for entry in entries {
            match entry.key.as_str() {
                "steps" => steps = Some(&entry.node),
                "fail-fast" => inherited.fail_fast = entry.node.flag("`fail-fast`")?,
                other => {
                    let message = format!("`parallel` has `steps` and `fail-fast`, not `{other}`");
                    return Err(Fault::at(entry.line, message));
                }
            }
        }
        steps.ok_or_else(|| Fault::at(node.line, "`parallel` needs `steps`"))?
    } else {
        node
    };
    let mut group = Group { steps: Vec::new(), parallel: true };
    for item in steps.items("`parallel`")? {
        let entry = single(item)?;
        if entry.key != "step" {
            let message = format!("only a `step` can stand in `parallel`, not `{}`", entry.key);
            return Err(Fault::at(entry.line, message));
        }
        group.steps.push(Step::read(entry, &inherited, omissions)?);
    }
    Ok(group)
}

fn stage(node: &Node, inherited: &Inherited, omissions: &mut Omissions) -> Result<Vec<Group>, Fault> {
    let mut inherited = inherited.clone();
    let mut steps = None;
    for entry in node.entries("`stage`")? {
        match entry.key.as_str() {
            "steps" => steps = Some(&entry.node),
            "deployment" => inherited.deployment = step::deployment(&entry.node)?,
            "condition" => inherited.condition = Condition::read(&entry.node, omissions)?,
            // The log is by step.
            "name" => {}
            key if omissions.note(key) => {}
            other => {
                let message = format!("a stage has no `{other}`");
                return Err(Fault::at(entry.line, message));
            }
        }
    }
    let steps = steps.ok_or_else(|| Fault::at(node.line, "a stage needs `steps`"))?;
    let mut groups = Vec::new();
    for item in steps.items("`steps`")? {
        let entry = single(item)?;
        match entry.key.as_str() {
            "step" => groups.push(alone(Step::read(entry, &inherited, omissions)?)),
            "parallel" => groups.push(parallel(&entry.node, &inherited, omissions)?),
            other => return Err(unknown(entry, other)),
        }
    }
    Ok(groups)
}

/// The `variables` of a custom pipeline: a name, and a default that a person starting it may overtype.
fn custom_variables(node: &Node) -> Result<Vec<(String, String)>, Fault> {
    let mut variables = Vec::new();
    for item in node.items("`variables`")? {
        let mut name = None;
        let mut default = String::new();
        for entry in item.entries("a variable")? {
            match entry.key.as_str() {
                "name" => name = Some(entry.node.text("`name`")?.to_owned()),
                "default" => entry.node.text("`default`")?.clone_into(&mut default),
                // Shown on the page where the pipeline is started, which is not here.
                "description" | "allowed-values" => {}
                other => {
                    let message = format!("a variable has no `{other}`");
                    return Err(Fault::at(entry.line, message));
                }
            }
        }
        let name = name.ok_or_else(|| Fault::at(item.line, "a variable needs a `name`"))?;
        variables.push((name, default));
    }
    Ok(variables)
}

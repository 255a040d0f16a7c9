//! One item of a script: a line for the shell, or a pipe with its variables.

use super::super::reference::Reference;
use super::super::yaml::{Fault, Node, Value};

/// One item of a `script` or `after-script`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// What the shell runs; a block scalar has several lines.
    Line(String),
    /// A `pipe:` item.
    Pipe(Pipe),
}

/// A `pipe:` item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pipe {
    /// Which pipe.
    pub(crate) reference: Reference,
    /// What its container gets, lists already as `NAME_COUNT`, `NAME_0`, …; values not yet expanded.
    pub(crate) settings: Vec<Setting>,
}

/// One variable of a pipe as the file writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// A name that an environment can carry.
    pub(crate) name: String,
    /// Its value before the shell has expanded it.
    pub(crate) value: String,
}

pub(super) fn script(node: &Node, what: &str) -> Result<Vec<Item>, Fault> {
    node.items(&format!("`{what}`"))?.iter().map(item).collect()
}

fn item(node: &Node) -> Result<Item, Fault> {
    match &node.value {
        Value::Text(line) => Ok(Item::Line(line.trim_end().to_owned())),
        Value::Map(entries) if entries.iter().any(|entry| entry.key == "pipe") => pipe(node).map(Item::Pipe),
        Value::Map(_) => {
            let fault = node.unexpected("a script item", "a command or a `pipe:`");
            let hint = "hint: a command that contains `: ` must be in quotes";
            Err(Fault::at(node.line, format!("{}\n{hint}", fault.message)))
        }
        _ => Err(node.unexpected("a script item", "a command or a `pipe:`")),
    }
}

fn pipe(node: &Node) -> Result<Pipe, Fault> {
    let mut reference = None;
    let mut settings = Vec::new();
    for entry in node.entries("a pipe")? {
        match entry.key.as_str() {
            "pipe" => {
                let text = entry.node.text("`pipe`")?;
                let parsed = text.parse::<Reference>();
                reference = Some(parsed.map_err(|fault| Fault::at(entry.node.line, fault.to_string()))?);
            }
            "variables" => settings = variables(&entry.node)?,
            // A name for the log of Bitbucket's own page.
            "name" => {}
            other => {
                let message = format!("a pipe has `pipe`, `variables` and `name`, not `{other}`");
                return Err(Fault::at(entry.line, message));
            }
        }
    }
    let reference = reference.ok_or_else(|| node.unexpected("a script item", "a `pipe:`"))?;
    for default in reference.defaults() {
        let is_given = settings.iter().any(|setting: &Setting| setting.name == default.name);
        if !is_given {
            settings.push(default);
        }
    }
    Ok(Pipe { reference, settings })
}

fn variables(node: &Node) -> Result<Vec<Setting>, Fault> {
    let mut settings = Vec::new();
    if let Value::List(items) = &node.value {
        for item in items {
            let text = item.text("a variable")?;
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| item.unexpected("a variable in a list", "`NAME=VALUE`"))?;
            settings.push(setting(item.line, name.trim(), value)?);
        }
        return Ok(settings);
    }
    for entry in node.entries("`variables`")? {
        let name = entry.key.as_str();
        if let Value::List(items) = &entry.node.value {
            settings.push(setting(entry.line, &format!("{name}_COUNT"), &items.len().to_string())?);
            for (index, item) in items.iter().enumerate() {
                let text = item.text(&format!("an item of {name}"))?;
                settings.push(setting(item.line, &format!("{name}_{index}"), text)?);
            }
        } else {
            let text = entry.node.text(name)?;
            settings.push(setting(entry.line, name, text)?);
        }
    }
    Ok(settings)
}

fn setting(line: usize, name: &str, value: &str) -> Result<Setting, Fault> {
    let mut characters = name.chars();
    let is_name = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        let message =
            format!("`{name}` cannot be the name of a variable: letters, digits and _ only, no digit first");
        return Err(Fault::at(line, message));
    }
    if value.contains('\0') {
        return Err(Fault::at(
            line,
            format!("the value of {name} has a NUL in it, which no environment can carry"),
        ));
    }
    Ok(Setting { name: name.to_owned(), value: value.to_owned() })
}

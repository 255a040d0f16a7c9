//! Everything the runner itself says.

use super::definition::Item;

/// How the log shows an item before it runs.
pub(crate) fn echo(item: &Item) -> String {
    match item {
        Item::Line(line) => format!("+ {line}"),
        Item::Pipe(pipe) => format!("+ pipe: {}", pipe.reference),
    }
}

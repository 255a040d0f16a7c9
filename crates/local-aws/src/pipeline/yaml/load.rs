//! From parser events to the tree: anchors, aliases, merge keys (`<<`) and repeated keys are settled here.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::{Document, Duplicate, Entry, Fault, Node, Value};

/// What a file may hold once its aliases are replaced, so that a few nested aliases cannot fill the memory.
const MAX_NODES: usize = 100_000;

/// How deep values may stand in each other, so that no file can exhaust the stack.
const MAX_DEPTH: usize = 100;

const MERGE_KEY: &str = "<<";

struct Loader<'input> {
    events: Parser<'input, StrInput<'input>>,
    anchors: HashMap<usize, Node>,
    duplicates: Vec<Duplicate>,
    nodes: usize,
    depth: usize,
}

pub(super) fn load(text: &str) -> Result<Document, Fault> {
    let mut loader = Loader {
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        duplicates: Vec::new(),
        nodes: 0,
        depth: 0,
    };
    let mut root = None;
    loop {
        let (event, span) = loader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
            _ if root.is_some() => {
                let message = "a pipelines file holds one document, and a second one begins here";
                return Err(Fault::at(span.start.line(), message));
            }
            event => root = Some(loader.node(event, span)?),
        }
    }
    let root = root.unwrap_or(Node { line: 1, value: Value::Null });
    Ok(Document { root, duplicates: loader.duplicates })
}

impl<'input> Loader<'input> {
    fn next(&mut self) -> Result<(Event<'input>, Span), Fault> {
        match self.events.next_event() {
            Some(result) => result.map_err(|error| syntax(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'input>, span: Span) -> Result<Node, Fault> {
        let line = span.start.line();
        let (value, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, line),
            Event::Scalar(text, style, anchor, _) => (scalar(&text, style), anchor),
            Event::SequenceStart(anchor, _) => (self.nested(line, Self::list)?, anchor),
            Event::MappingStart(anchor, _) => (self.nested(line, Self::map)?, anchor),
            _ => return Err(Fault::at(line, "a value was expected here")),
        };
        self.grow(line, 1)?;
        let node = Node { line, value };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn nested(&mut self, line: usize, read: fn(&mut Self) -> Result<Value, Fault>) -> Result<Value, Fault> {
        if self.depth == MAX_DEPTH {
            let message = format!("values stand in each other more than {MAX_DEPTH} deep");
            return Err(Fault::at(line, message));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<Node, Fault> {
        let missing = || Fault::at(line, "this alias stands inside the value it refers to");
        let size = self.anchors.get(&anchor).ok_or_else(missing)?.size();
        self.grow(line, size)?;
        self.anchors.get(&anchor).cloned().ok_or_else(missing)
    }

    fn grow(&mut self, line: usize, nodes: usize) -> Result<(), Fault> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            let message = format!("with its aliases replaced the file holds more than {MAX_NODES} values");
            return Err(Fault::at(line, message));
        }
        Ok(())
    }

    fn list(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn map(&mut self) -> Result<Value, Fault> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let line = span.start.line();
            // Only an unquoted `<<` is the merge key.
            let is_merge_key =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == MERGE_KEY);
            let key = self.node(event, span)?.text("a key")?.to_owned();
            let (event, span) = self.next()?;
            let node = self.node(event, span)?;
            if is_merge_key {
                merged.extend(merge_sources(node)?);
                continue;
            }
            if let Some(earlier) = entries.iter().position(|entry| entry.key == key) {
                let first = entries.remove(earlier).line;
                self.duplicates.push(Duplicate { key: key.clone(), line, first });
            }
            entries.push(Entry { key, line, node });
        }
        // The mapping's own keys win over merged ones, an earlier merged mapping over a later one.
        for entry in merged {
            if entries.iter().all(|own| own.key != entry.key) {
                entries.push(entry);
            }
        }
        Ok(Value::Map(entries))
    }
}

impl Node {
    fn size(&self) -> usize {
        1 + match &self.value {
            Value::Null | Value::Text(_) => 0,
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(entries) => entries.iter().map(|entry| 1 + entry.node.size()).sum(),
        }
    }
}

fn merge_sources(node: Node) -> Result<Vec<Entry>, Fault> {
    match node.value {
        Value::Map(entries) => Ok(entries),
        Value::List(items) => {
            Ok(items.into_iter().map(merge_sources).collect::<Result<Vec<_>, _>>()?.concat())
        }
        _ => Err(node.unexpected("`<<`", "a mapping or a list of mappings")),
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    let plain = matches!(style, ScalarStyle::Plain);
    if plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        Value::Null
    } else {
        Value::Text(text.to_owned())
    }
}

fn syntax(error: &ScanError) -> Fault {
    Fault::at(error.marker().line().max(1), format!("this is not valid YAML: {}", error.info()))
}

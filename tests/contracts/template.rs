//! A template of `CloudFormation` as far as these examples go: parameters put in their places, conditions decided.

use std::collections::BTreeMap;

use local_aws::pipeline::yaml::{Document, Node, Value as Yaml};
use serde_json::{Map, Value, json};

use super::repository;

/// A template and what its references stand for.
pub(crate) struct Template {
    text: Value,
    values: BTreeMap<String, String>,
}

impl Template {
    /// A file, with the defaults of its parameters and these values for the others, for resources and for AWS's own names.
    pub(crate) fn read(path: &str, values: &[(&str, &str)]) -> Self {
        let document =
            Document::parse(&repository::read(path)).unwrap_or_else(|fault| panic!("{path}: {fault}"));
        let text = json_of(&document.root);
        let defaults = text["Parameters"].as_object().into_iter().flatten();
        let defaults = defaults
            .filter_map(|(name, parameter)| Some((name.clone(), parameter["Default"].as_str()?.to_owned())));
        let given = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let values = defaults.chain(given).collect();
        Self { text, values }
    }

    /// The properties of a resource; `None` when its condition does not hold.
    pub(crate) fn properties(&self, resource: &str) -> Option<Value> {
        let resource = &self.text["Resources"][resource];
        let holds = resource["Condition"].as_str().is_none_or(|condition| self.holds(condition));
        holds.then(|| self.evaluate(&resource["Properties"]).expect("a resource has properties"))
    }

    fn holds(&self, condition: &str) -> bool {
        self.evaluate(&self.text["Conditions"][condition]) == Some(Value::Bool(true))
    }

    /// `None` for `AWS::NoValue`.
    fn evaluate(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(items) => Some(items.iter().filter_map(|item| self.evaluate(item)).collect()),
            Value::Object(entries) => match entries.iter().next() {
                Some((name, argument)) if entries.len() == 1 && is_function(name) => {
                    self.call(name, argument)
                }
                _ => {
                    let entries = entries.iter();
                    let entries =
                        entries.filter_map(|(name, value)| Some((name.clone(), self.evaluate(value)?)));
                    Some(Value::Object(entries.collect()))
                }
            },
            other => Some(other.clone()),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Option<Value> {
        match function {
            "Ref" if argument == "AWS::NoValue" => None,
            "Ref" => Some(json!(self.value(argument.as_str()?))),
            "Fn::Equals" => Some(json!(self.evaluate(&argument[0]) == self.evaluate(&argument[1]))),
            "Fn::Not" => Some(json!(self.evaluate(&argument[0]) != Some(Value::Bool(true)))),
            "Fn::If" if self.holds(argument[0].as_str()?) => self.evaluate(&argument[1]),
            "Fn::If" => self.evaluate(&argument[2]),
            "Fn::Sub" => Some(json!(self.substitute(argument))),
            "Fn::GetAtt" => Some(json!(format!("{}.{}", argument[0].as_str()?, argument[1].as_str()?))),
            other => panic!("{other} is not understood here"),
        }
    }

    /// A text, or a text and more names for it.
    fn substitute(&self, argument: &Value) -> String {
        let (text, more) = match argument {
            Value::Array(both) => (&both[0], self.evaluate(&both[1]).expect("names")),
            text => (text, Value::Null),
        };
        let mut rest = text.as_str().expect("a text");
        let mut done = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').expect("a name ends");
            done += before;
            done += more[name].as_str().unwrap_or_else(|| self.value(name));
            rest = behind;
        }
        done + rest
    }

    fn value(&self, name: &str) -> &str {
        self.values.get(name).unwrap_or_else(|| panic!("{name} has no value")).as_str()
    }
}

fn is_function(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

fn json_of(node: &Node) -> Value {
    match &node.value {
        Yaml::Null => Value::Null,
        Yaml::Text(text) => json!(text),
        Yaml::List(items) => items.iter().map(json_of).collect(),
        Yaml::Map(entries) => {
            let entries = entries.iter().map(|entry| (entry.key.clone(), json_of(&entry.node)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

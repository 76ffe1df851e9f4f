//! What a good document has and the types cannot enforce.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Document, TAGS};
use crate::problem;

/// Everything that is missing or wrong, one sentence each; empty for a document that may be published.
pub fn lint(document: &Document) -> Vec<String> {
    let root = serde_json::to_value(&document.openapi).unwrap_or_default();
    let mut faults = document.clashes.clone();
    let mut ids = BTreeSet::new();
    let mut operations = 0;
    for (path, item) in root["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            operations += 1;
            let operation = Linted {
                root: &root,
                path,
                operation,
            };
            let mut found = operation.faults();
            let id = operation.text("operationId");
            if !ids.insert(id.to_owned()) {
                found.push(format!("operation id `{id}` is taken"));
            }
            let here = format!("{} {path}", method.to_uppercase());
            faults.extend(found.into_iter().map(|fault| format!("{here}: {fault}")));
        }
    }
    if operations != document.handlers {
        faults.push(format!(
            "{} handlers, but {operations} operations",
            document.handlers
        ));
    }
    faults
}

/// One operation under examination.
struct Linted<'a> {
    root: &'a Value,
    path: &'a str,
    operation: &'a Value,
}

impl<'a> Linted<'a> {
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for member in ["summary", "description"] {
            if self.text(member).trim().is_empty() {
                faults.push(format!("no {member}: the handler's doc comment needs a first line and a further paragraph"));
            }
        }
        if !is_operation_id(self.text("operationId")) {
            faults.push(format!(
                "operation id `{}` is not `<verb>_<resource>`",
                self.text("operationId")
            ));
        }
        let tags: Vec<_> = self.operation["tags"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if tags.len() != 1
            || !tags
                .iter()
                .all(|tag| TAGS.iter().any(|(known, _)| known == tag))
        {
            faults.push(format!("tags {tags:?}: exactly one of the list is wanted"));
        }
        self.check_path_parameters(&mut faults);
        self.check_content(
            "the request body",
            &self.operation["requestBody"],
            &mut faults,
        );
        self.check_responses(&mut faults);
        faults
    }

    fn text(&self, member: &str) -> &'a str {
        self.operation[member].as_str().unwrap_or_default()
    }

    /// What a `$ref` refers to, or the value itself.
    fn resolve(&self, value: &'a Value) -> &'a Value {
        let target = value["$ref"]
            .as_str()
            .and_then(|path| path.strip_prefix('#'));
        target
            .and_then(|pointer| self.root.pointer(pointer))
            .unwrap_or(value)
    }

    fn check_path_parameters(&self, faults: &mut Vec<String>) {
        let parameters = self.operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| self.resolve(it));
        let documented: BTreeSet<_> = parameters
            .filter(|it| it["in"] == "path")
            .filter_map(|it| it["name"].as_str())
            .collect();
        let in_path: BTreeSet<_> = self
            .path
            .split('{')
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0))
            .collect();
        if documented != in_path {
            faults.push(format!(
                "path parameters {documented:?} are documented, {in_path:?} are in the path"
            ));
        }
    }

    fn check_responses(&self, faults: &mut Vec<String>) {
        let responses = self.operation["responses"].as_object();
        let mut good = 0;
        let mut bad = 0;
        for (status, response) in responses.into_iter().flatten() {
            let response = self.resolve(response);
            if response["description"]
                .as_str()
                .unwrap_or_default()
                .is_empty()
            {
                faults.push(format!("{status} has no description"));
            }
            if status.starts_with(['4', '5']) {
                bad += 1;
                let kinds: Vec<_> = response["content"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(kind, _)| kind)
                    .collect();
                if kinds != [problem::MEDIA_TYPE] {
                    faults.push(format!(
                        "{status} answers with {kinds:?} instead of a problem"
                    ));
                }
            } else {
                good += 1;
                self.check_content(status, response, faults);
            }
        }
        if good == 0 || bad == 0 {
            faults.push("a response for success and one for failure are wanted".to_owned());
        }
    }

    /// Every JSON or form content has an example, and the example has the members that the schema requires.
    fn check_content(&self, what: &str, holder: &'a Value, faults: &mut Vec<String>) {
        for (kind, content) in self.resolve(holder)["content"]
            .as_object()
            .into_iter()
            .flatten()
        {
            if kind != "application/json" && kind != "multipart/form-data" {
                continue;
            }
            let schema = self.resolve(&content["schema"]);
            let Some(example) = example_of(content).or_else(|| example_of(schema)) else {
                faults.push(format!("{what} has no example"));
                continue;
            };
            for member in schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                if example.get(member).is_none() {
                    faults.push(format!("the example of {what} lacks `{member}`"));
                }
            }
            let Some(properties) = schema["properties"].as_object() else {
                continue;
            };
            for member in example
                .as_object()
                .into_iter()
                .flatten()
                .map(|(member, _)| member)
            {
                if !properties.contains_key(member) {
                    faults.push(format!(
                        "the example of {what} has `{member}`, which the schema has not"
                    ));
                }
            }
        }
    }
}

/// The example of a content or schema, whichever way it is given.
fn example_of(holder: &Value) -> Option<&Value> {
    let first = match holder.get("examples") {
        Some(Value::Array(examples)) => examples.first(),
        Some(Value::Object(examples)) => examples
            .values()
            .next()
            .and_then(|example| example.get("value")),
        _ => None,
    };
    holder.get("example").or(first)
}

fn is_operation_id(id: &str) -> bool {
    let mut words = id.split('_');
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.clone().count() >= 2 && words.all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::document;

    #[test]
    fn the_document_has_no_faults() {
        assert_eq!(lint(document()), Vec::<String>::new());
    }

    #[test]
    fn an_operation_id_is_a_verb_and_a_resource() {
        assert!(is_operation_id("create_appointment"));
        assert!(is_operation_id("list_waitlist_entries"));
        assert!(!is_operation_id("create"));
        assert!(!is_operation_id("createAppointment"));
        assert!(!is_operation_id(""));
    }
}

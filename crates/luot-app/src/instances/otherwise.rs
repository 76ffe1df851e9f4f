//! An instance with some things otherwise: for a plan that asks what if, and for changing a
//! campaign.

use luot_domain::finding::Note;
use luot_planner::Instance;
use serde_json::{Map, Value};

use super::json;
use crate::error::{Error, Invalid, Result};

/// What is replaced as a whole.
const WHOLE: [&str; 7] = [
    "start",
    "end",
    "setup_minutes",
    "travel_default",
    "travel_minutes",
    "frozen_before",
    "pinned",
];
/// What is merged field by field, by `id`; one with a new id is added.
const PARTS: [&str; 4] = ["shifts", "sites", "machines", "cohorts"];

/// The instance with the overrides in it: `costs` by term, `shifts`, `sites`, `machines` and
/// `cohorts` by id, dates and minutes as a whole.
pub(crate) fn otherwise(instance: &Instance, overrides: &Map<String, Value>) -> Result<Instance> {
    let mut changed = json(instance)?;
    let Some(fields) = changed.as_object_mut() else {
        return Err(Error::Bug("an instance is an object".into()));
    };
    for (key, value) in overrides {
        match key.as_str() {
            "costs" => merge(
                fields
                    .entry("costs")
                    .or_insert_with(|| Value::Object(Map::new())),
                value,
            ),
            key if WHOLE.contains(&key) => {
                fields.insert(key.to_owned(), value.clone());
            }
            key if PARTS.contains(&key) => {
                let there = fields
                    .entry(key.to_owned())
                    .or_insert_with(|| Value::Array(Vec::new()));
                parts(there, value, key)?;
            }
            other => {
                return Err(fault(
                    &format!("/{other}"),
                    "this cannot be otherwise: costs, start, end, setup_minutes, travel_default, frozen_before, pinned, shifts, sites, machines, cohorts can",
                    "không thể giả định mục này; chỉ có costs, start, end, setup_minutes, travel_default, frozen_before, pinned, shifts, sites, machines, cohorts",
                ));
            }
        }
    }
    match luot_planner::read_instance(&changed) {
        Ok((changed, _)) => Ok(Instance {
            names: instance.names.clone(),
            ..changed
        }),
        Err(faults) => Err(Error::at_fault(Invalid::Instance, faults)),
    }
}

fn merge(into: &mut Value, with: &Value) {
    match (into.as_object_mut(), with.as_object()) {
        (Some(fields), Some(new)) => fields.extend(new.clone()),
        _ => *into = with.clone(),
    }
}

fn parts(there: &mut Value, given: &Value, key: &str) -> Result<()> {
    let (Some(there), Some(given)) = (there.as_array_mut(), given.as_array()) else {
        return Err(fault(
            &format!("/{key}"),
            "a list of parts is needed, each with its id",
            "cần danh sách, mỗi mục có id",
        ));
    };
    for part in given {
        match there.iter_mut().find(|known| known["id"] == part["id"]) {
            Some(known) => merge(known, part),
            None => there.push(part.clone()),
        }
    }
    Ok(())
}

fn fault(pointer: &str, en: &str, vi: &str) -> Error {
    Error::Invalid(
        Invalid::Input,
        vec![Note::new(pointer, "invalid-override", en, vi)],
    )
}

//! Files of the planner's formats. One that cannot be used is told with every fault, and is then none.

use std::io::Read as _;
use std::path::Path;

use luot_planner::{Fault, Instance};
use serde_json::Value;

use crate::commands::Failure;

pub(super) fn read_json(path: &Path) -> Result<Option<Value>, Failure> {
    // A dash is what is piped in.
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            return Ok(None);
        }
    };
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            eprintln!("{}: not JSON: {error}", path.display());
            Ok(None)
        }
    }
}

pub(super) fn read_instance(path: &Path) -> Result<Option<Instance>, Failure> {
    let Some(value) = read_json(path)? else {
        return Ok(None);
    };
    match luot_planner::read_instance(&value) {
        Ok((instance, findings)) => {
            for finding in findings {
                eprintln!("note: {}: {}", finding.pointer, finding.detail);
            }
            Ok(Some(instance))
        }
        Err(faults) => {
            tell(path, &faults);
            Ok(None)
        }
    }
}

pub(super) fn read_plan(path: &Path) -> Result<Option<luot_planner::Plan>, Failure> {
    let Some(value) = read_json(path)? else {
        return Ok(None);
    };
    match luot_planner::read_plan(&value) {
        Ok(plan) => Ok(Some(plan)),
        Err(faults) => {
            tell(path, &faults);
            Ok(None)
        }
    }
}

pub(super) fn tell(path: &Path, faults: &[Fault]) {
    for fault in faults {
        eprintln!("{}{}: {}", path.display(), fault.pointer, fault.detail);
    }
}

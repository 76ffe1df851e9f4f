//! From a JSON value to an instance or a plan, with every fault at once.
//!
//! The reader never stops at the first fault and never panics, whatever the value is. A *fault* makes the input
//! unusable; a *finding* is odd but has a meaning. Both bear the JSON pointer of the value.

mod cross;
mod cursor;
mod instance;
mod plan;

use serde_json::Value;

use crate::types::{Fault, Finding, Instance, Plan};
use cursor::{Cursor, Notes};

/// Reads an instance of the format `luot-plan/1`.
///
/// # Errors
///
/// Every fault there is (at most [`crate::limits::FAULTS_LISTED`]), each with its pointer: values of the wrong kind
/// or out of their limits, dates reversed, unknown or repeated ids, and whatever else contradicts itself.
pub fn read_instance(value: &Value) -> Result<(Instance, Vec<Finding>), Vec<Fault>> {
    let notes = Notes::default();
    let instance = instance::instance(&Cursor::root(value, &notes));
    cross::cross_check(&instance, &notes);
    notes.into_result(instance)
}

/// Reads a plan: an object with `rotation` and `allotments`.
///
/// Whether its names mean anything is a question for [`crate::check`], which knows the instance.
///
/// # Errors
///
/// Every fault there is, each with its pointer.
pub fn read_plan(value: &Value) -> Result<Plan, Vec<Fault>> {
    let notes = Notes::default();
    let plan = plan::plan(&Cursor::root(value, &notes), true);
    notes.into_result(plan).map(|(plan, _)| plan)
}

//! A shift as it is told.

use luot_app::parts::Part;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::Hour;

/// A shift.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "code": "sang", "name": "Buổi sáng", "version": 1, "retired": false,
    "start": "07:30", "end": "11:30", "records": 80
}))]
pub(crate) struct Shift {
    /// Its id.
    id: Uuid,
    /// What plans and people name it by; it never changes.
    code: String,
    /// What it is called on screen.
    name: String,
    /// Its version, also in the `ETag`.
    version: i32,
    /// Whether it is out of use.
    retired: bool,
    /// When it begins.
    start: Hour,
    /// When it ends, the same day.
    end: Hour,
    /// Records that a machine of rate 1 takes in it.
    records: u32,
}

impl From<Part<luot_planner::Shift>> for Shift {
    fn from(part: Part<luot_planner::Shift>) -> Self {
        let fields = part.fields;
        Self {
            id: part.id,
            code: fields.id,
            name: part.name,
            version: part.version,
            retired: part.retired,
            start: Hour(fields.start),
            end: Hour(fields.end),
            records: fields.records,
        }
    }
}

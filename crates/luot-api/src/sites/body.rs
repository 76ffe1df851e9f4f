//! A site as it is told.

use luot_app::parts::Part;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::parts::CalendarBody;

/// A site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "code": "th-le-loi", "name": "Trường Tiểu học Lê Lợi", "unit_id": null, "version": 1, "retired": false,
    "machines_at_once": 2, "from": null, "to": null, "weekdays": [1, 2, 3, 4, 5], "shifts": null, "closed": ["2026-11-20"]
}))]
pub(crate) struct Site {
    /// Its id.
    id: Uuid,
    /// What plans and people name it by; it never changes.
    code: String,
    /// What it is called on screen.
    name: String,
    /// The unit it belongs to.
    #[schema(required = true)]
    unit_id: Option<Uuid>,
    /// Its version, also in the `ETag`.
    version: i32,
    /// Whether it is out of use.
    retired: bool,
    /// Machines that can work there in one shift.
    machines_at_once: u32,
    #[serde(flatten)]
    calendar: CalendarBody,
}

impl From<Part<luot_planner::Site>> for Site {
    fn from(part: Part<luot_planner::Site>) -> Self {
        let fields = part.fields;
        Self {
            id: part.id,
            code: fields.id,
            name: part.name,
            unit_id: part.unit_id,
            version: part.version,
            retired: part.retired,
            machines_at_once: fields.machines_at_once,
            calendar: fields.calendar.into(),
        }
    }
}

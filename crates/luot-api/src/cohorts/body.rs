//! A cohort as it is told.

use luot_app::parts::Part;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    parts::CalendarBody,
    words::{Day, Service},
};

/// A cohort.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "code": "5a", "name": "Lớp 5A", "unit_id": null, "version": 1, "retired": false,
    "people": 38, "service": "account", "sites": ["th-le-loi"], "whole": true, "due": "2026-12-31", "weight": 1, "from": null, "to": null, "weekdays": null, "shifts": ["sang"], "closed": []
}))]
pub(crate) struct Cohort {
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
    /// How many they are.
    people: u32,
    /// What they come for.
    service: Service,
    /// Codes of the sites they may go to.
    sites: Vec<String>,
    /// Whether all of them come to one session, or none.
    whole: bool,
    /// The date after which each of them is late.
    #[schema(required = true)]
    due: Option<Day>,
    /// How much one of their places, or days of lateness, counts.
    weight: u32,
    #[serde(flatten)]
    calendar: CalendarBody,
}

impl From<Part<luot_planner::Cohort>> for Cohort {
    fn from(part: Part<luot_planner::Cohort>) -> Self {
        let fields = part.fields;
        Self {
            id: part.id,
            code: fields.id,
            name: part.name,
            unit_id: part.unit_id,
            version: part.version,
            retired: part.retired,
            people: fields.people,
            service: fields.service.into(),
            sites: fields.sites,
            whole: fields.whole,
            due: fields.due.map(Day),
            weight: fields.weight,
            calendar: fields.calendar.into(),
        }
    }
}

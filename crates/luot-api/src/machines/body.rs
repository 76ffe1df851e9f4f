//! A machine as it is told.

use luot_app::parts::Part;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    parts::CalendarBody,
    words::{Day, Rate, Service},
};

/// A machine.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "code": "may-1", "name": "Máy 1", "version": 1, "retired": false,
    "services": ["account", "card"], "rate": 1.0, "home": "th-le-loi", "out": [["2026-11-26", "chieu"]], "from": null, "to": null, "weekdays": null, "shifts": null, "closed": []
}))]
pub(crate) struct Machine {
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
    /// What it can issue; every machine takes accounts.
    services: Vec<Service>,
    /// Its speed: it takes a shift's records times this.
    rate: Rate,
    /// Code of the site it starts from.
    #[schema(required = true)]
    home: Option<String>,
    /// Dates and shifts in which it cannot run.
    out: Vec<(Day, String)>,
    #[serde(flatten)]
    calendar: CalendarBody,
}

impl From<Part<luot_planner::Machine>> for Machine {
    fn from(part: Part<luot_planner::Machine>) -> Self {
        let fields = part.fields;
        Self {
            id: part.id,
            code: fields.id,
            name: part.name,
            version: part.version,
            retired: part.retired,
            services: fields.services.into_iter().map(Service::from).collect(),
            rate: Rate::from_hundredths(fields.rate_hundredths),
            home: fields.home,
            out: fields
                .out
                .into_iter()
                .map(|(day, shift)| (Day(day), shift))
                .collect(),
            calendar: fields.calendar.into(),
        }
    }
}

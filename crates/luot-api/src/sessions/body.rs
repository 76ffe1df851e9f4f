//! A session with its numbers.

use chrono::{DateTime, Utc};
use luot_app::sessions::SessionView;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::Day;

/// A site on a date in a shift, with its numbers at the time of asking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "site_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "site": "th-le-loi", "site_name": "Trường Tiểu học Lê Lợi",
    "shift_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "shift": "sang", "shift_name": "Buổi sáng",
    "date": "2027-01-04", "starts_at": "2027-01-04T00:30:00Z", "ends_at": "2027-01-04T04:30:00Z",
    "capacity": 80, "card_capacity": 80, "allotted": 38, "booked": 5, "arrived": 0, "fulfilled": 0, "open_places": 37,
    "machines": [{"machine": "may-1", "records": 80, "cards": true}], "state": "open", "version": 1
}))]
pub(crate) struct Session {
    /// Its id.
    id: Uuid,
    /// The campaign.
    campaign_id: Uuid,
    /// Where.
    site_id: Uuid,
    /// The site's code.
    site: String,
    /// What the site is called.
    site_name: String,
    /// In which shift.
    shift_id: Uuid,
    /// The shift's code.
    shift: String,
    /// What the shift is called.
    shift_name: String,
    /// The date.
    date: Day,
    /// When it begins.
    starts_at: DateTime<Utc>,
    /// When it ends.
    ends_at: DateTime<Utc>,
    /// Records its machines take.
    capacity: i32,
    /// Of them, records of machines that issue cards.
    card_capacity: i32,
    /// Places given to cohorts.
    allotted: i64,
    /// People with an appointment, whatever became of it but given up or displaced.
    booked: i64,
    /// Of them, those who have arrived, done or not.
    arrived: i64,
    /// Of them, those who are done.
    fulfilled: i64,
    /// Places that anybody can book now.
    open_places: i64,
    /// The machines with the records they take here.
    #[schema(value_type = Vec<SessionMachine>)]
    machines: Value,
    /// `withdrawn` when a later plan did without it.
    state: SessionState,
    /// Its version, also in the `ETag`; bookings do not change it.
    version: i32,
}

/// A machine of a session.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema matters")]
struct SessionMachine {
    /// Its code.
    machine: String,
    /// Records it takes in the session.
    records: u32,
    /// Whether it issues cards.
    cards: bool,
}

/// Whether people can come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionState {
    /// They can.
    Open,
    /// A later plan did without it.
    Withdrawn,
}

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        let row = view.row;
        Self {
            id: row.id,
            campaign_id: row.campaign_id,
            site_id: row.site_id,
            site: view.site.0,
            site_name: view.site.1,
            shift_id: row.shift_id,
            shift: view.shift.0,
            shift_name: view.shift.1,
            date: Day(row.date),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            capacity: row.capacity,
            card_capacity: row.card_capacity,
            allotted: view.allotted,
            booked: view.booked,
            arrived: view.arrived,
            fulfilled: view.fulfilled,
            open_places: view.open_places,
            machines: view.machines,
            // The schema of the database knows no third.
            state: if row.state == "open" {
                SessionState::Open
            } else {
                SessionState::Withdrawn
            },
            version: row.version,
        }
    }
}

//! An appointment as its holder sees it, and how its holder shows that it is theirs.

use chrono::{DateTime, Utc};
use luot_app::appointments::AppointmentView;
use luot_domain::appointment::State;
use serde::Serialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        ObjectBuilder, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};
use uuid::Uuid;

use crate::words::{Day, Hour};

/// An appointment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "code": "7Q2MX8KD", "state": "booked",
    "booking_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "full_name": "Bùi Thị Mai", "needs_card": false,
    "service": "account", "service_title": "Tài khoản định danh điện tử mức 2",
    "cohort_id": null, "cohort": null, "cohort_name": null,
    "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "session_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "site_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "site": "th-le-loi", "site_name": "Trường Tiểu học Lê Lợi",
    "date": "2027-01-04", "starts": "07:30", "ends": "08:00",
    "starts_at": "2027-01-04T00:30:00Z", "ends_at": "2027-01-04T01:00:00Z",
    "waitlist_entry_id": null, "moves": 0, "created_at": "2026-12-20T02:00:00Z", "updated_at": "2026-12-20T02:00:00Z"
}))]
pub(crate) struct Appointment {
    /// Its id.
    id: Uuid,
    /// What to show at the counter.
    code: String,
    /// Where it stands.
    state: AppointmentState,
    /// The party it was booked with.
    booking_id: Uuid,
    /// The campaign.
    campaign_id: Uuid,
    /// Whose it is; null once erased.
    #[schema(required = true)]
    full_name: Option<String>,
    /// Whether it takes a place for cards.
    needs_card: bool,
    /// The service's code.
    service: String,
    /// What the service is called.
    service_title: String,
    /// The cohort it was booked with.
    #[schema(required = true)]
    cohort_id: Option<Uuid>,
    /// The cohort's code.
    #[schema(required = true)]
    cohort: Option<String>,
    /// What the cohort is called.
    #[schema(required = true)]
    cohort_name: Option<String>,
    /// The window; for one that is displaced or cancelled, the last it had.
    window_id: Uuid,
    /// The window's session.
    session_id: Uuid,
    /// Where.
    site_id: Uuid,
    /// The site's code.
    site: String,
    /// What the site is called.
    site_name: String,
    /// The date.
    date: Day,
    /// From, local.
    starts: Hour,
    /// To, local.
    ends: Hour,
    /// From.
    starts_at: DateTime<Utc>,
    /// To.
    ends_at: DateTime<Utc>,
    /// For one that is displaced, the entry of the waitlist under which it is offered another place.
    #[schema(required = true)]
    waitlist_entry_id: Option<Uuid>,
    /// How often it was moved.
    moves: i32,
    /// When it was booked.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

/// Where an appointment stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AppointmentState {
    /// A place is kept.
    Booked,
    /// The person is there.
    Arrived,
    /// The person was called to a station.
    Called,
    /// Done.
    Fulfilled,
    /// Given up.
    Cancelled,
    /// The person did not come.
    Noshow,
    /// Capacity went away; the person keeps a claim to an equal place.
    Displaced,
}

impl From<State> for AppointmentState {
    fn from(state: State) -> Self {
        match state {
            State::Booked => Self::Booked,
            State::Arrived => Self::Arrived,
            State::Called => Self::Called,
            State::Fulfilled => Self::Fulfilled,
            State::Cancelled => Self::Cancelled,
            State::Noshow => Self::Noshow,
            State::Displaced => Self::Displaced,
        }
    }
}

impl From<AppointmentView> for Appointment {
    fn from(view: AppointmentView) -> Self {
        let (row, window) = (view.row, view.window);
        let (cohort, cohort_name) = view.cohort.unzip();
        Self {
            id: row.id,
            code: row.code,
            state: view.state.into(),
            booking_id: row.booking_id,
            campaign_id: row.campaign_id,
            full_name: view.full_name,
            needs_card: row.needs_card,
            service: view.service.0,
            service_title: view.service.1,
            cohort_id: row.cohort_id,
            cohort,
            cohort_name,
            window_id: window.id,
            session_id: window.session_id,
            site_id: window.site_id,
            site: view.site.0,
            site_name: view.site.1,
            date: Day(window.date),
            starts: Hour(window.starts),
            ends: Hour(window.ends),
            starts_at: window.starts_at,
            ends_at: window.ends_at,
            waitlist_entry_id: view.waitlist_entry_id,
            moves: row.moves,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Documents `?manage_token=`, which the extractor `Holder` reads.
pub(crate) struct ManageToken;

impl IntoParams for ManageToken {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let token = ParameterBuilder::new()
            .name("manage_token")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .schema(Some(schema))
            .description(Some(
                "The booking's `manage_token`, for links in messages. Better sent as the bearer token.",
            ))
            .build();
        vec![token]
    }
}

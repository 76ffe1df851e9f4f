//! Appointments: book, look up, show, move, cancel.

mod book;
mod cancel;
mod count;
mod get;
mod in_clear;
mod qr;
mod relocate;

pub use book::{Book, BookPerson, Booked, BookedOne, In};
pub(crate) use book::{ReadParty, agreed, check_consent, given_by, read_phone, unknown_cohort};
pub use get::AppointmentView;
pub(crate) use get::view;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use luot_domain::booking::Refusal;
use luot_store::{Tx, appointments, parents, people};
use uuid::Uuid;

use crate::App;
use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::rates::{Budget, Spending};

/// The appointment, for its holder or for staff who may manage it. For anybody else there
/// is no such thing.
pub(crate) async fn find_for(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    code: &str,
) -> Result<appointments::Appointment> {
    if *actor == Actor::Anonymous {
        return Err(Error::Unauthorized);
    }
    let none = Error::NotFound("appointment");
    let Some(code) = crate::codes::read(code) else {
        return Err(none);
    };
    let Some(row) = appointments::find_by_code(tx, &code).await? else {
        return Err(none);
    };
    let may = match actor {
        Actor::Anonymous => false,
        Actor::Holder(token) => app.keys.is_manage_token(row.booking_id, token),
        Actor::Parent { id } => parents::is_own(tx, *id, &row).await?,
        staff @ Actor::Staff { .. } => reaches(tx, staff, &row).await?,
    };
    if may { Ok(row) } else { Err(none) }
}

/// Whether staff may manage it: where it takes place, or whose list the person is on.
async fn reaches(tx: &Tx, staff: &Actor, row: &appointments::Appointment) -> Result<bool> {
    let window = appointments::load_window(tx, row.slot_id).await?;
    let within = |cohort| Where::Within {
        campaign: row.campaign_id,
        site: Some(window.site_id),
        session: Some(window.session_id),
        cohort,
    };
    if staff.may(Action::ManageAppointments, within(row.cohort_id)) {
        return Ok(true);
    }
    let lists = people::list_cohorts_of(tx, row.person_id).await?;
    Ok(lists
        .into_iter()
        .any(|id| staff.may(Action::ManageAppointments, within(Some(id)))))
}

impl App {
    /// Counts a change of a booking, or of a party that waits, by who is not staff: against the
    /// phone that it was booked with, however many bookings that has. Not so a retry.
    pub(crate) async fn count_change(
        &self,
        actor: &Actor,
        id: Uuid,
        once: Option<&Once>,
    ) -> Result<Spending> {
        if matches!(actor, Actor::Staff { .. }) || self.rates.is_none() {
            return Ok(Spending::nothing());
        }
        if self.is_answered(once).await? {
            return Ok(Spending::nothing());
        }
        let booking = self
            .store
            .read(async |tx| appointments::load_booking(tx, id).await)
            .await?;
        let phone = booking.contact_phone_index.as_deref();
        let whose = URL_SAFE_NO_PAD.encode(phone.unwrap_or(id.as_bytes()));
        self.reserve(Budget::Change, &whose)
    }

    /// Adds the nearest windows that would do, where the window wanted was full.
    pub(crate) async fn with_alternatives(&self, window: Uuid, error: Error) -> Error {
        let Error::Booking {
            refusal:
                Refusal::WindowFull {
                    needed,
                    needed_cards,
                    cohorts,
                },
            ..
        } = error
        else {
            return error;
        };
        let party = (needed, needed_cards);
        let found = self.nearest_windows(window, party, &cohorts).await;
        Error::Booking {
            refusal: Refusal::WindowFull {
                needed,
                needed_cards,
                cohorts,
            },
            // The refusal stands whether or not others can be told.
            alternatives: found.unwrap_or_default(),
        }
    }
}

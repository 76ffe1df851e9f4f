//! Appointments: book, look up, move, cancel.

mod book;
mod cancel;
mod get;
mod relocate;

pub use book::{Book, BookPerson, Booked, BookedOne};
pub use get::AppointmentView;

use luot_domain::booking::{Refusal, alternatives};
use luot_store::views::{self, Scope};
use luot_store::{Tx, appointments, campaigns};
use uuid::Uuid;

use crate::App;
use crate::authz::{Action, Actor};
use crate::campaigns::present;
use crate::error::{Error, Result};

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
        Actor::Holder(token) => app.keys.is_manage_token(row.booking_id, token),
        staff => staff.may(Action::ManageAppointments, Some(row.campaign_id)),
    };
    if may { Ok(row) } else { Err(none) }
}

impl App {
    /// Adds the nearest windows that would do, where the window wanted was full.
    pub(crate) async fn with_alternatives(&self, window: Uuid, error: Error) -> Error {
        let Error::Booking {
            refusal:
                Refusal::WindowFull {
                    needed,
                    needed_cards,
                },
            ..
        } = error
        else {
            return error;
        };
        let found = self
            .store
            .read(async |tx| {
                let wanted = appointments::load_window(tx, window).await?;
                let campaign = campaigns::find(tx, wanted.campaign_id)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                let (now, _) = present(&campaign, self.clock.now())?;
                let pools =
                    views::list_window_pools(tx, campaign.id, &Scope::default(), None, now).await?;
                let candidates = pools
                    .into_iter()
                    .map(|p| alternatives::Candidate {
                        window_id: p.slot_id,
                        site_id: p.site_id,
                        starts_at: p.starts_at,
                        places_left: p.places - p.taken,
                        card_places_left: p.card_places - p.card_taken,
                    })
                    .collect();
                let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
                Ok::<_, Error>(alternatives::nearest(
                    candidates,
                    wanted.site_id,
                    wanted.starts_at,
                    count(needed),
                    count(needed_cards),
                ))
            })
            .await;
        Error::Booking {
            refusal: Refusal::WindowFull {
                needed,
                needed_cards,
            },
            // The refusal stands whether or not others can be told.
            alternatives: found.unwrap_or_default(),
        }
    }
}

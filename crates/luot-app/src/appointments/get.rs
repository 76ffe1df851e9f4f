//! Looking an appointment up: its holder and staff see the name, nobody else anything.

use luot_domain::appointment::State;
use luot_store::Tx;
use luot_store::appointments::{Appointment, load_window};
use luot_store::entities::slot;
use luot_store::parts::{cohorts, services, sites};
use luot_store::{people, waitlist};
use serde_json::json;
use uuid::Uuid;

use super::find_for;
use crate::App;
use crate::authz::Actor;
use crate::error::{Error, Result};
use crate::keys::Place;

/// An appointment as its holder sees it.
#[derive(Debug, Clone)]
pub struct AppointmentView {
    /// The row.
    pub row: Appointment,
    /// Its state.
    pub state: State,
    /// The window; the last one it had, for one that is displaced.
    pub window: slot::Model,
    /// Code and name of the site.
    pub site: (String, String),
    /// Code and title of the service.
    pub service: (String, String),
    /// Code and name of the cohort it was booked with.
    pub cohort: Option<(String, String)>,
    /// The person's name; empty once erased, and for who booked before a list said it.
    pub full_name: Option<String>,
    /// For one that is displaced, the entry under which its booking waits for a place.
    pub waitlist_entry_id: Option<Uuid>,
}

impl App {
    /// One appointment, by code.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or not for this caller.
    pub async fn get_appointment(&self, actor: &Actor, code: &str) -> Result<AppointmentView> {
        let view = self
            .store
            .read(async |tx| {
                let row = find_for(self, tx, actor, code).await?;
                view(self, tx, actor, row).await
            })
            .await?;
        let subject = json!({ "ids": [view.row.id] });
        let campaign = Some(view.row.campaign_id);
        self.note_reading(actor, campaign, "appointment.read", subject, None)
            .await?;
        Ok(view)
    }
}

pub(crate) async fn view(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    row: Appointment,
) -> Result<AppointmentView> {
    let campaign = row.campaign_id;
    let window = load_window(tx, row.slot_id).await?;
    let site = sites::find(tx, campaign, window.site_id)
        .await?
        .ok_or(Error::NotFound("site"))?;
    let service = services::find(tx, campaign, row.service_id)
        .await?
        .ok_or(Error::NotFound("service"))?;
    let cohort = match row.cohort_id {
        Some(id) => cohorts::find(tx, campaign, id).await?,
        None => None,
    };
    let person = people::load(tx, row.person_id).await?;
    // Who booked before a list said what the person is called may have meant somebody else.
    let meant = person.renamed_at.is_none_or(|at| row.created_at > at);
    let full_name = person
        .full_name_sealed
        .as_ref()
        .filter(|_| meant || !matches!(actor, Actor::Holder(_)))
        .map(|sealed| {
            let place = Place {
                column: "person.full_name",
                row: person.id,
            };
            app.keys
                .open(place, sealed)
                .map_err(|e| Error::Bug(e.to_string()))
        })
        .transpose()?;
    let state = State::read(&row.state).ok_or_else(|| Error::Bug("unknown state".into()))?;
    let claim = match state {
        State::Displaced => waitlist::find_live_of(tx, row.booking_id).await?,
        _ => None,
    };
    Ok(AppointmentView {
        state,
        waitlist_entry_id: claim.map(|entry| entry.id),
        window,
        site: (site.code, site.name),
        service: (service.code, service.title),
        cohort: cohort.map(|c| (c.code, c.name)),
        full_name,
        row,
    })
}

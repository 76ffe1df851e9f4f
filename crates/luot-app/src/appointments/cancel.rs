//! Cancelling an appointment: the place goes to who waits, or cools; the row stays.

use luot_domain::appointment::State;
use luot_domain::booking::{Refusal, gather};
use luot_store::appointments::{self, Change};
use luot_store::campaigns;
use serde_json::json;
use uuid::Uuid;

use super::find_for;
use crate::App;
use crate::authz::Actor;
use crate::error::{Error, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::trail::{did_by, message};
use crate::waitlist::{Freed, cool, offer};

impl App {
    /// Cancels an appointment. One that is cancelled already stays so.
    ///
    /// # Errors
    /// [`Error::Booking`] when it is past changing.
    pub async fn cancel_appointment(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        code: &str,
    ) -> Result<Uuid> {
        let seen = self
            .store
            .read(async |tx| find_for(self, tx, actor, code).await)
            .await?;
        let spending = self.count_change(actor, seen.booking_id, once).await?;
        let done = self
            .store
            .write(async |tx| {
                let now = self.clock.now();
                // Publishing counts who stands in a pool: a cancellation waits for it, or it
                // for the cancellation.
                let seen = find_for(self, tx, actor, code).await?;
                campaigns::hold_shared(tx, &[seen.campaign_id]).await?;
                let row = find_for(self, tx, actor, code).await?;
                if let Some(first) = replayed::<Uuid>(tx, once, now).await? {
                    return Ok((first, Vec::new(), false));
                }
                let state =
                    State::read(&row.state).ok_or_else(|| Error::Bug("unknown state".into()))?;
                if state == State::Cancelled {
                    return Ok((row.id, Vec::new(), true));
                }
                if !state.may_change() {
                    return Err(Refusal::StateForbids(state.as_str()).into());
                }
                let change = Change {
                    id: row.id,
                    version: row.version,
                    state: State::Cancelled.as_str(),
                    place: None,
                    moved: false,
                };
                appointments::change(tx, &change, now).await?;
                let freed = state.takes_a_place().then(|| Freed {
                    campaign_id: row.campaign_id,
                    window_id: row.slot_id,
                    places: gather([(row.pool_id, row.needs_card)]),
                });
                let freed = freed.into_iter().collect();
                let cooled = cool(&self.keys, tx, freed, now).await?;
                luot_store::audit::record(
                    tx,
                    vec![did_by(
                        now,
                        Some(row.campaign_id),
                        actor,
                        "appointment.cancel",
                        json!({ "ids": [row.id] }),
                    )],
                )
                .await?;
                luot_store::audit::post(
                    tx,
                    vec![message(
                        now,
                        row.campaign_id,
                        "appointment.cancel",
                        json!({ "ids": [row.id] }),
                    )],
                )
                .await?;
                keep(tx, once, &row.id, now).await?;
                Ok::<_, Error>((row.id, cooled, true))
            })
            .await;
        spending.settle(&done, |(.., first)| *first);
        let (id, cooled, _) = done?;
        offer(&self.store, &self.keys, &*self.clock, cooled).await;
        Ok(id)
    }
}

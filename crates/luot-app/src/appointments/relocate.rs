//! Moving an appointment: the new place is taken before the old is given up.

use uuid::Uuid;

use super::{Booked, find_for};
use crate::App;
use crate::authz::Actor;
use crate::error::Result;
use crate::idempotency::Once;
use crate::intake::{MoveOrder, Order};
use crate::trail::Asker;

impl App {
    /// Moves an appointment to another window. On any refusal nothing has changed.
    ///
    /// # Errors
    /// [`crate::Error::Booking`] with the rule that said no.
    pub async fn move_appointment(
        &self,
        actor: &Actor,
        once: Option<Once>,
        code: &str,
        window_id: Uuid,
    ) -> Result<Booked> {
        let row = self
            .store
            .read(async |tx| find_for(self, tx, actor, code).await)
            .await?;
        let spending = self
            .count_change(actor, row.booking_id, once.as_ref())
            .await?;
        let order = MoveOrder {
            once,
            asker: Asker::of(actor),
            code: row.code,
            window_id,
        };
        let moved = self.intake.book(Order::Move(order)).await;
        spending.settle(&moved, |_| true);
        match moved {
            Ok(moved) => Ok(moved),
            Err(error) => Err(self.with_alternatives(window_id, error).await),
        }
    }
}

//! Answers given before.
//!
//! A booking that was answered before is refused when it comes again: its people are booked, or
//! its hold is used. So only who is refused is looked up, after the batch was decided; most are
//! not, and cost no statement. Who would be given something once more (what they booked has been
//! cancelled since) is found out when the answer is kept, for its key is taken: then the batch
//! begins anew, and everybody is looked up first.
//!
//! What moves or holds places can be done twice, and is always looked up first.

use luot_store::Tx;
use luot_store::answers;
use uuid::Uuid;

use super::batch::{Batch, Came};
use super::orders::Order;
use super::{Result, Served};
use crate::idempotency::Once;

/// Who is looked up before anything is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookedUp {
    /// Whose order does not tell by itself that it was done.
    Some,
    /// Everybody, and keys that were taken too long ago are free again.
    All,
}

impl Order {
    fn tells_that_it_was_done(&self) -> bool {
        matches!(self, Self::Book(_))
    }
}

impl Batch {
    /// What an order was answered before, as far as that was looked up.
    pub(super) fn before(&self, order: &Order) -> Option<Result<Served>> {
        let once = order.once()?;
        let first = self.first.get(&once.id())?;
        Some(match order {
            Order::Hold(_) => once.replay(first).map(Served::Held),
            _ => once.replay(first).map(Served::Booked),
        })
    }

    /// Finds what those were answered before who are looked up first.
    pub(super) async fn look_up(&mut self, tx: &Tx, orders: &[Order], who: LookedUp) -> Result<()> {
        let all = who == LookedUp::All;
        let orders = orders.iter().filter(|o| all || !o.tells_that_it_was_done());
        let keys: Vec<Uuid> = orders.filter_map(Order::once).map(Once::id).collect();
        if all {
            answers::forget_of(tx, &keys, self.now).await?;
        }
        self.first.extend(answers::find(tx, &keys, self.now).await?);
        Ok(())
    }

    /// Gives those who were refused or set aside the answer they were given before.
    pub(super) async fn recall(
        &mut self,
        tx: &Tx,
        orders: &[Order],
        all: &mut [Came],
    ) -> Result<()> {
        let was_given = |came: &Came| matches!(came, Came::Answered(Ok(_)));
        let refused = orders.iter().zip(all.iter()).filter(|(_, c)| !was_given(c));
        let keys = refused.filter_map(|(order, _)| order.once()).map(Once::id);
        let keys: Vec<Uuid> = keys.filter(|id| !self.first.contains_key(id)).collect();
        let found = answers::find(tx, &keys, self.now).await?;
        if found.is_empty() {
            return Ok(());
        }
        self.first.extend(found);
        for (order, came) in orders.iter().zip(all).filter(|(_, c)| !was_given(c)) {
            if let Some(first) = self.before(order) {
                *came = Came::Answered(first);
            }
        }
        Ok(())
    }
}

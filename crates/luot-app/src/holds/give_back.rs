//! Giving kept places back before they run out.

use std::collections::BTreeSet;

use luot_domain::booking::{Kind, Refusal};
use luot_store::{campaigns, holds};
use uuid::Uuid;

use crate::App;
use crate::error::Result;
use crate::waitlist::{Freed, cool, offer};

impl App {
    /// Gives a hold back. Whoever knows its id may; one that is over already stays so.
    ///
    /// # Errors
    /// [`crate::Error::Booking`] when there is no such hold.
    pub async fn give_hold_back(&self, id: Uuid) -> Result<()> {
        let cooled = self
            .store
            .write(async |tx| {
                let now = self.clock.now();
                let ids = BTreeSet::from([id]);
                let hold = holds::find(tx, &ids)
                    .await?
                    .remove(&id)
                    .filter(|h| h.kind == Kind::Form)
                    .ok_or(Refusal::HoldUnknown)?;
                if !hold.kept {
                    return Ok(Vec::new());
                }
                campaigns::hold_shared(tx, &[hold.campaign_id]).await?;
                holds::end(tx, &[id], "released", now).await?;
                let freed = vec![Freed::of(hold)];
                cool(&self.keys, tx, freed, now).await
            })
            .await?;
        offer(&self.store, &self.keys, &*self.clock, cooled).await;
        Ok(())
    }
}

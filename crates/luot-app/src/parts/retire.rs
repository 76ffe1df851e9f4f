//! Taking a part out of use. From the next plan on nothing happens there any more; what is
//! published stays until another plan is.

use luot_store::parts::Edited as _;
use uuid::Uuid;

use super::kind::Around;
use super::{Kind, Part, begin, expect, find, record};
use crate::App;
use crate::authz::{Action, Actor};
use crate::error::Result;
use crate::pins::lift_impossible;

impl App {
    /// Retires a part under its version. One that is retired already stays so.
    ///
    /// # Errors
    /// [`crate::Error::Stale`] when the version is not the present one.
    pub async fn retire_part<K: Kind>(
        &self,
        actor: &Actor,
        campaign: Uuid,
        id: Uuid,
        version: Option<i32>,
    ) -> Result<Part<K>> {
        actor.require(Action::Plan, Some(campaign))?;
        self.store
            .write(async |tx| {
                let around = Around::load(tx, campaign).await?;
                let mut row = find::<K>(tx, campaign, id).await?;
                expect(&K::head(&row), version)?;
                if K::head(&row).retired {
                    return Part::of(&row, &around);
                }
                begin(self, tx, campaign).await?;
                let now = self.clock.now();
                let head = K::head_mut(&mut row);
                *head.retired_at = Some(now);
                *head.updated_at = now;
                let mut part = Part::of(&row, &around)?;
                let along = K::retire_along(tx, &row, now).await?;
                row.update(tx).await?;
                part.version += 1;
                for id in [id].into_iter().chain(along) {
                    record::<K>(self, tx, actor, campaign, id, "retire").await?;
                }
                lift_impossible(self, tx, actor, campaign).await?;
                Ok(part)
            })
            .await
    }
}

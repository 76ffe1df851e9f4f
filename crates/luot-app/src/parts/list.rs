//! Reading parts. Parents need sites, shifts and cohorts; the machines are the planners'.

use uuid::Uuid;

use super::kind::Around;
use super::{Kind, Part, find, may_read};
use crate::App;
use crate::authz::Actor;
use crate::error::Result;

impl App {
    /// The parts of a kind in their order, after that one; those out of use too.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a campaign that is not there.
    pub async fn list_parts<K: Kind>(
        &self,
        actor: &Actor,
        campaign: Uuid,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<Part<K>>> {
        may_read::<K>(actor, campaign)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.store
            .read(async |tx| {
                let around = Around::load(tx, campaign).await?;
                let rows = K::list(tx, campaign).await?;
                // Rows are never deleted: the one after which this page begins is there.
                let last = after.and_then(|id| rows.iter().position(|row| K::head(row).id == id));
                rows.iter()
                    .skip(last.map_or(0, |at| at + 1))
                    .take(limit)
                    .map(|row| Part::of(row, &around))
                    .collect()
            })
            .await
    }

    /// One part.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn get_part<K: Kind>(
        &self,
        actor: &Actor,
        campaign: Uuid,
        id: Uuid,
    ) -> Result<Part<K>> {
        may_read::<K>(actor, campaign)?;
        self.store
            .read(async |tx| {
                let around = Around::load(tx, campaign).await?;
                Part::of(&find::<K>(tx, campaign, id).await?, &around)
            })
            .await
    }
}

//! The parts of a campaign: units, services, sites, machines, shifts, cohorts, targets.

use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::Instant;
use crate::bulk;
use crate::entities::{cohort, machine, service, shift, site, target, unit};
use crate::error::StoreError;
use crate::transaction::Tx;

/// Adds rows, some hundred at a time.
pub(crate) async fn insert_all<M, A>(tx: &Tx, models: Vec<M>) -> Result<(), StoreError>
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait + Send,
{
    bulk::insert(tx, models, None).await?;
    Ok(())
}

/// What every part can do: be listed, found, added, changed under a version.
macro_rules! part {
    ($plural:ident, $entity:ident, $name:literal, $order:ident) => {
        #[doc = concat!("Each ", $name, " of a campaign.")]
        pub mod $plural {
            use super::*;
            pub use crate::entities::$entity::Model;

            /// All of a campaign, in their order.
            ///
            /// # Errors
            /// Of the database.
            pub async fn list(tx: &Tx, campaign: Uuid) -> Result<Vec<Model>, StoreError> {
                Ok($entity::Entity::find()
                    .filter($entity::COLUMN.campaign_id.eq(campaign))
                    .order_by_asc($entity::COLUMN.$order)
                    .order_by_asc($entity::COLUMN.id)
                    .all(&tx.db)
                    .await?)
            }

            /// One of a campaign.
            ///
            /// # Errors
            /// Of the database.
            pub async fn find(
                tx: &Tx,
                campaign: Uuid,
                id: Uuid,
            ) -> Result<Option<Model>, StoreError> {
                Ok($entity::Entity::find_by_id(id)
                    .filter($entity::COLUMN.campaign_id.eq(campaign))
                    .one(&tx.db)
                    .await?)
            }

            /// Adds them.
            ///
            /// # Errors
            /// [`StoreError::Conflict`] when a code is taken.
            pub async fn insert(tx: &Tx, models: Vec<Model>) -> Result<(), StoreError> {
                insert_all(tx, models).await
            }
        }
    };
}

/// What parts that people edit can do besides.
macro_rules! edited {
    ($entity:ident) => {
        impl Edited for $entity::Model {
            async fn update(self, tx: &Tx) -> Result<(), StoreError> {
                let (id, version) = (self.id, self.version);
                let mut row = self.into_active_model().reset_all();
                row.version = sea_orm::Set(version + 1);
                let done = $entity::Entity::update_many()
                    .set(row)
                    .filter($entity::COLUMN.id.eq(id))
                    .filter($entity::COLUMN.version.eq(version))
                    .exec(&tx.db)
                    .await?;
                if done.rows_affected == 0 {
                    return Err(StoreError::Stale);
                }
                Ok(())
            }
        }
    };
}

/// A part that people edit.
pub trait Edited {
    /// Writes it, if its version is still the present one; the version goes up by one.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody else was faster.
    fn update(self, tx: &Tx) -> impl Future<Output = Result<(), StoreError>>;
}

part!(units, unit, "unit", code);
part!(services, service, "service", code);
part!(targets, target, "target", unit_id);
part!(sites, site, "site", position);
part!(machines, machine, "machine", position);
part!(shifts, shift, "shift", position);
part!(cohorts, cohort, "cohort", position);
edited!(site);
edited!(machine);
edited!(shift);
edited!(cohort);

/// Takes the people left over of a cohort out of use, where they are in it; which.
///
/// # Errors
/// Of the database.
pub async fn retire_left_over(tx: &Tx, of: Uuid, now: Instant) -> Result<Vec<Uuid>, StoreError> {
    let left_over = cohort::Entity::find()
        .filter(cohort::COLUMN.left_of_id.eq(of))
        .filter(cohort::COLUMN.retired_at.is_null())
        .order_by_asc(cohort::COLUMN.id)
        .all(&tx.db)
        .await?;
    let ids = left_over.iter().map(|row| row.id).collect();
    for mut row in left_over {
        row.retired_at = Some(now);
        row.updated_at = now;
        row.update(tx).await?;
    }
    Ok(ids)
}

/// Writes a target, over the one that its unit has for the same measure.
///
/// # Errors
/// Of the database.
pub async fn set_target(tx: &Tx, model: target::Model) -> Result<(), StoreError> {
    use sea_orm::sea_query::OnConflict;
    let same = OnConflict::columns([target::Column::UnitId, target::Column::Measure])
        .update_columns([
            target::Column::StartsOn,
            target::Column::EndsOn,
            target::Column::People,
            target::Column::PerDay,
        ])
        .to_owned();
    target::Entity::insert(model.into_active_model())
        .on_conflict(same)
        .exec_without_returning(&tx.db)
        .await?;
    Ok(())
}

//! What is published: sessions, windows (`slot`), pools and allotments of a campaign.

use sea_orm::{
    ActiveModelTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::entities::{allotment, pool, session, slot};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

pub use crate::entities::allotment::Model as Allotment;
pub use crate::entities::pool::Model as Pool;
pub use crate::entities::session::Model as Session;
pub use crate::entities::slot::Model as Slot;

/// All that is published of a campaign.
#[derive(Debug, Default)]
pub struct Layout {
    /// Sessions.
    pub sessions: Vec<Session>,
    /// Windows.
    pub slots: Vec<Slot>,
    /// Pools.
    pub pools: Vec<Pool>,
    /// Allotments.
    pub allotments: Vec<Allotment>,
}

/// What publishing writes.
#[derive(Debug, Default)]
pub struct Changes {
    /// New rows.
    pub insert: Layout,
    /// Rows that are there and change.
    pub update: Layout,
    /// Allotments that are no more.
    pub delete_allotments: Vec<Uuid>,
}

/// Reads it.
///
/// # Errors
/// Of the database.
pub async fn load(tx: &Tx, campaign: Uuid) -> Result<Layout, StoreError> {
    Ok(Layout {
        sessions: session::Entity::find()
            .filter(session::COLUMN.campaign_id.eq(campaign))
            .all(&tx.db)
            .await?,
        slots: slot::Entity::find()
            .filter(slot::COLUMN.campaign_id.eq(campaign))
            .all(&tx.db)
            .await?,
        pools: pool::Entity::find()
            .filter(pool::COLUMN.campaign_id.eq(campaign))
            .all(&tx.db)
            .await?,
        allotments: allotment::Entity::find()
            .filter(allotment::COLUMN.campaign_id.eq(campaign))
            .order_by_asc(allotment::COLUMN.id)
            .all(&tx.db)
            .await?,
    })
}

/// Writes what changed.
///
/// # Errors
/// Of the database.
pub async fn write(tx: &Tx, changes: Changes) -> Result<(), StoreError> {
    for chunk in changes.delete_allotments.chunks(500) {
        allotment::Entity::delete_many()
            .filter(allotment::COLUMN.id.is_in(chunk.to_vec()))
            .exec(&tx.db)
            .await?;
    }
    for row in changes.update.sessions {
        session::Entity::update(row.into_active_model().reset_all())
            .exec_without_returning(&tx.db)
            .await?;
    }
    for row in changes.update.slots {
        slot::Entity::update(row.into_active_model().reset_all())
            .exec_without_returning(&tx.db)
            .await?;
    }
    for row in changes.update.pools {
        pool::Entity::update(row.into_active_model().reset_all())
            .exec_without_returning(&tx.db)
            .await?;
    }
    let new = changes.insert;
    insert_all::<_, session::ActiveModel>(tx, new.sessions).await?;
    insert_all::<_, slot::ActiveModel>(tx, new.slots).await?;
    insert_all::<_, pool::ActiveModel>(tx, new.pools).await?;
    insert_all::<_, allotment::ActiveModel>(tx, new.allotments).await
}

/// A cohort's places in a window.
#[derive(Debug, Clone, FromQueryResult)]
pub struct CohortWindow {
    /// Whose.
    pub cohort_id: Uuid,
    /// The window.
    pub slot_id: Uuid,
    /// Its session.
    pub session_id: Uuid,
    /// Where.
    pub site_id: Uuid,
    /// The local date.
    pub date: chrono::NaiveDate,
    /// From, local.
    pub starts: chrono::NaiveTime,
    /// To, local.
    pub ends: chrono::NaiveTime,
    /// People of the cohort.
    pub places: i32,
}

/// The open windows in which cohorts have places, of one cohort or of all, in order of time.
///
/// # Errors
/// Of the database.
pub async fn list_cohort_windows(
    tx: &Tx,
    campaign: Uuid,
    cohorts: Option<Vec<Uuid>>,
) -> Result<Vec<CohortWindow>, StoreError> {
    let mut query = pool::Entity::find()
        .select_only()
        .column(pool::Column::CohortId)
        .column(pool::Column::SlotId)
        .column(pool::Column::Places)
        .column(slot::Column::SessionId)
        .column(slot::Column::SiteId)
        .column(slot::Column::Date)
        .column(slot::Column::Starts)
        .column(slot::Column::Ends)
        .inner_join(slot::Entity)
        .filter(pool::COLUMN.campaign_id.eq(campaign))
        .filter(pool::COLUMN.open.eq(true))
        .filter(pool::COLUMN.places.gt(0));
    query = match cohorts {
        Some(ids) => query.filter(pool::COLUMN.cohort_id.is_in(ids)),
        None => query.filter(pool::COLUMN.cohort_id.is_not_null()),
    };
    Ok(query
        .order_by_asc(slot::COLUMN.starts_at)
        .into_model::<CohortWindow>()
        .all(&tx.db)
        .await?)
}

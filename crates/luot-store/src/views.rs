//! Read models: sessions with their numbers, and the windows that can be booked.
//!
//! All of it is computed from what is published and what is taken, at the time of asking.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::{EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::bulk;
use crate::entities::{allotment, appointment, pool, session, slot};
use crate::error::StoreError;
use crate::transaction::Tx;

/// Which sessions or windows.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// At this site only.
    pub site: Option<Uuid>,
    /// From this date.
    pub from: Option<NaiveDate>,
    /// To this date.
    pub to: Option<NaiveDate>,
}

/// A session and its numbers.
#[derive(Debug, Clone)]
pub struct SessionNumbers {
    /// The session.
    pub session: session::Model,
    /// Places given to cohorts.
    pub allotted: i64,
    /// Places not taken that anybody can book.
    pub open_places: i64,
    /// Appointments by state.
    pub by_state: HashMap<String, i64>,
}

/// Sessions of a campaign in order of time; not those that were withdrawn.
///
/// # Errors
/// Of the database.
pub async fn list_sessions(
    tx: &Tx,
    campaign: Uuid,
    scope: &Scope,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<SessionNumbers>, StoreError> {
    let mut query = session::Entity::find()
        .filter(session::COLUMN.campaign_id.eq(campaign))
        .filter(session::COLUMN.state.eq("open"));
    if let Some(site) = scope.site {
        query = query.filter(session::COLUMN.site_id.eq(site));
    }
    if let Some(from) = scope.from {
        query = query.filter(session::COLUMN.date.gte(from));
    }
    if let Some(to) = scope.to {
        query = query.filter(session::COLUMN.date.lte(to));
    }
    if let Some(after) = after
        && let Some(last) = session::Entity::find_by_id(after).one(&tx.db).await?
    {
        query = query.filter(
            session::COLUMN
                .starts_at
                .gt(last.starts_at)
                .or(session::COLUMN
                    .starts_at
                    .eq(last.starts_at)
                    .and(session::COLUMN.id.gt(last.id))),
        );
    }
    let sessions = query
        .order_by_asc(session::COLUMN.starts_at)
        .order_by_asc(session::COLUMN.id)
        .limit(limit)
        .all(&tx.db)
        .await?;
    numbers(tx, sessions).await
}

/// One session of a campaign with its numbers.
///
/// # Errors
/// Of the database.
pub async fn find_session(tx: &Tx, id: Uuid) -> Result<Option<SessionNumbers>, StoreError> {
    let found = session::Entity::find_by_id(id).one(&tx.db).await?;
    Ok(numbers(tx, found.into_iter().collect()).await?.pop())
}

async fn numbers(
    tx: &Tx,
    sessions: Vec<session::Model>,
) -> Result<Vec<SessionNumbers>, StoreError> {
    let ids: Vec<Uuid> = sessions.iter().map(|s| s.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let allotted: Vec<(Uuid, i64)> = allotment::Entity::find()
        .select_only()
        .column(allotment::Column::SessionId)
        .column_as(allotment::COLUMN.places.sum(), "places")
        .filter(allotment::COLUMN.session_id.is_in(ids.clone()))
        .group_by(allotment::COLUMN.session_id)
        .into_tuple()
        .all(&tx.db)
        .await?;
    let open: Vec<(Uuid, i64, i64)> = pool::Entity::find()
        .select_only()
        .column(slot::Column::SessionId)
        .column_as(pool::COLUMN.places.sum(), "places")
        .column_as(pool::COLUMN.taken.sum(), "taken")
        .inner_join(slot::Entity)
        .filter(slot::COLUMN.session_id.is_in(ids.clone()))
        .filter(pool::COLUMN.open.eq(true))
        .filter(pool::COLUMN.cohort_id.is_null())
        .group_by(slot::COLUMN.session_id)
        .into_tuple()
        .all(&tx.db)
        .await?;
    let states: Vec<(Uuid, String, i64)> = appointment::Entity::find()
        .select_only()
        .column(slot::Column::SessionId)
        .column(appointment::Column::State)
        .column_as(appointment::COLUMN.id.count(), "people")
        .inner_join(slot::Entity)
        .filter(slot::COLUMN.session_id.is_in(ids))
        .group_by(slot::COLUMN.session_id)
        .group_by(appointment::COLUMN.state)
        .into_tuple()
        .all(&tx.db)
        .await?;
    let allotted: HashMap<Uuid, i64> = allotted.into_iter().collect();
    let open: HashMap<Uuid, i64> = open.into_iter().map(|(id, p, t)| (id, p - t)).collect();
    let mut by_state: HashMap<Uuid, HashMap<String, i64>> = HashMap::new();
    for (id, state, people) in states {
        by_state.entry(id).or_default().insert(state, people);
    }
    Ok(sessions
        .into_iter()
        .map(|session| SessionNumbers {
            allotted: allotted.get(&session.id).copied().unwrap_or(0),
            open_places: open.get(&session.id).copied().unwrap_or(0),
            by_state: by_state.remove(&session.id).unwrap_or_default(),
            session,
        })
        .collect())
}

/// A window with one of its pools.
#[derive(Debug, Clone, FromQueryResult)]
pub struct WindowPool {
    /// The pool.
    pub pool_id: Uuid,
    /// The window.
    pub slot_id: Uuid,
    /// The session it is part of.
    pub session_id: Uuid,
    /// The site.
    pub site_id: Uuid,
    /// The local date.
    pub date: NaiveDate,
    /// From, local.
    pub starts: chrono::NaiveTime,
    /// To, local.
    pub ends: chrono::NaiveTime,
    /// From.
    pub starts_at: crate::Instant,
    /// To.
    pub ends_at: crate::Instant,
    /// Whose places; everybody's when empty.
    pub cohort_id: Option<Uuid>,
    /// People.
    pub places: i32,
    /// Taken of them.
    pub taken: i32,
    /// People who need a card.
    pub card_places: i32,
    /// Taken of them.
    pub card_taken: i32,
}

/// All open pools of open windows of a campaign, in the order of time and windows.
///
/// # Errors
/// Of the database.
pub async fn list_window_pools(tx: &Tx, campaign: Uuid) -> Result<Vec<WindowPool>, StoreError> {
    Ok(windows_and_pools()
        .filter(slot::COLUMN.campaign_id.eq(campaign))
        .filter(slot::COLUMN.open.eq(true))
        .filter(pool::COLUMN.open.eq(true))
        .order_by_asc(slot::COLUMN.starts_at)
        .order_by_asc(slot::COLUMN.id)
        .into_model::<WindowPool>()
        .all(&tx.db)
        .await?)
}

/// What a pool has.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Places {
    /// Which pool.
    pub id: Uuid,
    /// People.
    pub places: i32,
    /// Taken of them.
    pub taken: i32,
    /// People who need a card.
    pub card_places: i32,
    /// Taken of them.
    pub card_taken: i32,
}

/// What these pools have now.
///
/// # Errors
/// Of the database.
pub async fn list_places(tx: &Tx, pools: &[Uuid]) -> Result<Vec<Places>, StoreError> {
    let mut found = Vec::with_capacity(pools.len());
    for chunk in pools.chunks(1_000) {
        let ids = bulk::ids(chunk.iter().copied());
        let rows = pool::Entity::find()
            .filter(bulk::one_of(tx, pool::Column::Id, ids))
            .into_model::<Places>()
            .all(&tx.db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Windows joined with their pools, as [`WindowPool`] has them.
fn windows_and_pools() -> sea_orm::Select<slot::Entity> {
    slot::Entity::find()
        .select_only()
        .column_as(pool::Column::Id, "pool_id")
        .column_as(slot::Column::Id, "slot_id")
        .column(slot::Column::SessionId)
        .column(slot::Column::SiteId)
        .column(slot::Column::Date)
        .column(slot::Column::Starts)
        .column(slot::Column::Ends)
        .column(slot::Column::StartsAt)
        .column(slot::Column::EndsAt)
        .column(pool::Column::CohortId)
        .column(pool::Column::Places)
        .column(pool::Column::Taken)
        .column(pool::Column::CardPlaces)
        .column(pool::Column::CardTaken)
        .inner_join(pool::Entity)
}

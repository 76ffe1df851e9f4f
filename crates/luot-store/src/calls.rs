//! Stations, and the calls they make. Who changes a call holds the line (`lines::hold`).

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::Instant;
use crate::campaigns;
use crate::entities::{call, machine, station};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

pub use crate::entities::call::Model as Call;
pub use crate::entities::station::Model as Station;

/// The states in which a ticket is on its way to the station, or there.
const LIVE: [&str; 2] = ["called", "serving"];

/// Adds a station.
///
/// # Errors
/// Of the database.
pub async fn insert_station(tx: &Tx, row: Station) -> Result<(), StoreError> {
    insert_all::<_, station::ActiveModel>(tx, vec![row]).await
}

/// The station of that id.
///
/// # Errors
/// Of the database.
pub async fn find_station(tx: &Tx, id: Uuid) -> Result<Option<Station>, StoreError> {
    Ok(station::Entity::find_by_id(id).one(&tx.db).await?)
}

/// The stations of a session, by number.
///
/// # Errors
/// Of the database.
pub async fn list_stations(tx: &Tx, session: Uuid) -> Result<Vec<Station>, StoreError> {
    Ok(station::Entity::find()
        .filter(station::COLUMN.session_id.eq(session))
        .order_by_asc(station::COLUMN.number)
        .all(&tx.db)
        .await?)
}

/// Closes a station.
///
/// # Errors
/// Of the database.
pub async fn close_station(tx: &Tx, id: Uuid, now: Instant) -> Result<(), StoreError> {
    station::Entity::update_many()
        .col_expr(station::COLUMN.closed_at, now.into())
        .filter(station::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// The codes of machines.
///
/// # Errors
/// Of the database.
pub async fn list_machine_codes(tx: &Tx, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>, StoreError> {
    Ok(machine::Entity::find()
        .select_only()
        .column(machine::Column::Id)
        .column(machine::Column::Code)
        .filter(machine::COLUMN.id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// Adds a call.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &Tx, row: Call) -> Result<(), StoreError> {
    insert_all::<_, call::ActiveModel>(tx, vec![row]).await
}

/// The call of that id.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<Call>, StoreError> {
    Ok(call::Entity::find_by_id(id).one(&tx.db).await?)
}

/// The live call of a station.
///
/// # Errors
/// Of the database.
pub async fn find_of_station(tx: &Tx, station: Uuid) -> Result<Option<Call>, StoreError> {
    Ok(call::Entity::find()
        .filter(call::COLUMN.station_id.eq(station))
        .filter(call::Column::State.is_in(LIVE))
        .one(&tx.db)
        .await?)
}

/// The last call of a ticket.
///
/// # Errors
/// Of the database.
pub async fn find_last_of_ticket(tx: &Tx, ticket: Uuid) -> Result<Option<Call>, StoreError> {
    Ok(call::Entity::find()
        .filter(call::COLUMN.ticket_id.eq(ticket))
        .order_by_desc(call::COLUMN.called_at)
        .order_by_desc(call::COLUMN.id)
        .one(&tx.db)
        .await?)
}

/// The live calls of a session.
///
/// # Errors
/// Of the database.
pub async fn list_live(tx: &Tx, session: Uuid) -> Result<Vec<Call>, StoreError> {
    Ok(call::Entity::find()
        .filter(call::COLUMN.session_id.eq(session))
        .filter(call::Column::State.is_in(LIVE))
        .order_by_asc(call::COLUMN.called_at)
        .all(&tx.db)
        .await?)
}

/// When the last call of each station of a session ended.
///
/// # Errors
/// Of the database.
pub async fn list_last_ended(tx: &Tx, session: Uuid) -> Result<Vec<(Uuid, Instant)>, StoreError> {
    Ok(call::Entity::find()
        .select_only()
        .column(call::Column::StationId)
        .column_as(call::COLUMN.ended_at.max(), "ended_at")
        .filter(call::COLUMN.session_id.eq(session))
        .filter(call::COLUMN.ended_at.is_not_null())
        .group_by(call::COLUMN.station_id)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// Live calls whose station has been silent for too long, with their session; in rehearsals
/// or in others.
///
/// # Errors
/// Of the database.
pub async fn list_lapsed(
    tx: &Tx,
    rehearsals: bool,
    now: Instant,
    most: u64,
) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    Ok(call::Entity::find()
        .select_only()
        .column(call::Column::SessionId)
        .column(call::Column::Id)
        .filter(call::Column::State.is_in(LIVE))
        .filter(call::COLUMN.lease_until.lte(now))
        .filter(call::Column::CampaignId.in_subquery(campaigns::rehearsals(rehearsals)))
        .order_by_asc(call::COLUMN.session_id)
        .limit(most)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// Writes what may change of a call.
///
/// # Errors
/// [`StoreError::Raced`] when somebody changed it without holding the line.
pub async fn change(tx: &Tx, row: &Call, now: Instant) -> Result<(), StoreError> {
    let done = call::Entity::update_many()
        .col_expr(call::COLUMN.state, row.state.clone().into())
        .col_expr(call::COLUMN.outcome, Expr::value(row.outcome.clone()))
        .col_expr(call::COLUMN.recalls, row.recalls.into())
        .col_expr(call::COLUMN.served_at, Expr::value(row.served_at))
        .col_expr(call::COLUMN.ended_at, Expr::value(row.ended_at))
        .col_expr(call::COLUMN.lease_until, row.lease_until.into())
        .col_expr(call::COLUMN.version, (row.version + 1).into())
        .col_expr(call::COLUMN.updated_at, now.into())
        .filter(call::COLUMN.id.eq(row.id))
        .filter(call::COLUMN.version.eq(row.version))
        .exec(&tx.db)
        .await?;
    if done.rows_affected == 0 {
        return Err(StoreError::Raced);
    }
    Ok(())
}

//! Tickets: places in the line of a session. Who changes one holds the line (`lines::hold`).

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::Instant;
use crate::campaigns;
use crate::entities::{appointment, person, slot, ticket};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

pub use crate::entities::person::Model as Person;
pub use crate::entities::ticket::Model as Ticket;

/// The states in which somebody is still in the line, at a station, or set aside.
pub(crate) const LIVE: [&str; 3] = ["waiting", "called", "parked"];

/// Adds a ticket.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &Tx, row: Ticket) -> Result<(), StoreError> {
    insert_all::<_, ticket::ActiveModel>(tx, vec![row]).await
}

/// The ticket of that id.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<Ticket>, StoreError> {
    Ok(ticket::Entity::find_by_id(id).one(&tx.db).await?)
}

/// The ticket of that id.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub async fn load(tx: &Tx, id: Uuid) -> Result<Ticket, StoreError> {
    find(tx, id).await?.ok_or(StoreError::Missing("ticket"))
}

/// The live ticket of an appointment.
///
/// # Errors
/// Of the database.
pub async fn find_of_appointment(tx: &Tx, id: Uuid) -> Result<Option<Ticket>, StoreError> {
    Ok(ticket::Entity::find()
        .filter(ticket::COLUMN.appointment_id.eq(id))
        .filter(ticket::Column::State.is_in(LIVE))
        .one(&tx.db)
        .await?)
}

/// Who is next of those that a station can serve.
///
/// # Errors
/// Of the database.
pub async fn find_next(tx: &Tx, session: Uuid, cards: bool) -> Result<Option<Ticket>, StoreError> {
    let mut query = ticket::Entity::find()
        .filter(ticket::COLUMN.session_id.eq(session))
        .filter(ticket::COLUMN.state.eq("waiting"));
    if !cards {
        query = query.filter(ticket::COLUMN.needs_card.eq(false));
    }
    Ok(query.order_by_asc(ticket::COLUMN.rank).one(&tx.db).await?)
}

/// How many wait before a rank, and how many after it.
///
/// # Errors
/// Of the database.
pub async fn count_around(tx: &Tx, session: Uuid, rank: i64) -> Result<(u64, u64), StoreError> {
    let waiting = ticket::Entity::find()
        .filter(ticket::COLUMN.session_id.eq(session))
        .filter(ticket::COLUMN.state.eq("waiting"));
    let before = waiting.clone().filter(ticket::COLUMN.rank.lt(rank));
    Ok((
        before.count(&tx.db).await?,
        waiting
            .filter(ticket::COLUMN.rank.gt(rank))
            .count(&tx.db)
            .await?,
    ))
}

/// One who waits: id, rank, people.
pub type Waiting = (Uuid, i64, i32);

/// Those who wait, in order.
///
/// # Errors
/// Of the database.
pub async fn list_waiting(tx: &Tx, session: Uuid) -> Result<Vec<Waiting>, StoreError> {
    Ok(ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .column(ticket::Column::Rank)
        .column(ticket::Column::Persons)
        .filter(ticket::COLUMN.session_id.eq(session))
        .filter(ticket::COLUMN.state.eq("waiting"))
        .order_by_asc(ticket::COLUMN.rank)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// The ranks of the first who wait, in order, of those that a station can serve.
///
/// # Errors
/// Of the database.
pub async fn list_first_ranks(
    tx: &Tx,
    session: Uuid,
    cards: bool,
    most: u64,
) -> Result<Vec<i64>, StoreError> {
    let mut query = ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Rank)
        .filter(ticket::COLUMN.session_id.eq(session))
        .filter(ticket::COLUMN.state.eq("waiting"));
    if !cards {
        query = query.filter(ticket::COLUMN.needs_card.eq(false));
    }
    Ok(query
        .order_by_asc(ticket::COLUMN.rank)
        .limit(most)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// All who are still in the line, at a station or set aside, in order.
///
/// # Errors
/// Of the database.
pub async fn list_live(tx: &Tx, session: Uuid) -> Result<Vec<Ticket>, StoreError> {
    Ok(ticket::Entity::find()
        .filter(ticket::COLUMN.session_id.eq(session))
        .filter(ticket::Column::State.is_in(LIVE))
        .order_by_asc(ticket::COLUMN.rank)
        .all(&tx.db)
        .await?)
}

/// Those set aside until before an instant, with their session; in rehearsals or in others.
///
/// # Errors
/// Of the database.
pub async fn list_back(
    tx: &Tx,
    rehearsals: bool,
    now: Instant,
    most: u64,
) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    Ok(ticket::Entity::find()
        .select_only()
        .column(ticket::Column::SessionId)
        .column(ticket::Column::Id)
        .filter(ticket::COLUMN.state.eq("parked"))
        .filter(ticket::COLUMN.parked_until.lte(now))
        .filter(ticket::Column::CampaignId.in_subquery(campaigns::rehearsals(rehearsals)))
        .order_by_asc(ticket::COLUMN.session_id)
        .limit(most)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// Writes what may change of a ticket: state, rank, misses, parking.
///
/// # Errors
/// [`StoreError::Raced`] when somebody changed it without holding the line.
pub async fn change(tx: &Tx, row: &Ticket, now: Instant) -> Result<(), StoreError> {
    let done = ticket::Entity::update_many()
        .col_expr(ticket::COLUMN.state, row.state.clone().into())
        .col_expr(ticket::COLUMN.rank, row.rank.into())
        .col_expr(ticket::COLUMN.misses, row.misses.into())
        .col_expr(ticket::COLUMN.was_parked, row.was_parked.into())
        .col_expr(ticket::COLUMN.parked_until, Expr::value(row.parked_until))
        .col_expr(ticket::COLUMN.version, (row.version + 1).into())
        .col_expr(ticket::COLUMN.updated_at, now.into())
        .filter(ticket::COLUMN.id.eq(row.id))
        .filter(ticket::COLUMN.version.eq(row.version))
        .exec(&tx.db)
        .await?;
    if done.rows_affected == 0 {
        return Err(StoreError::Raced);
    }
    Ok(())
}

/// An appointment with its window.
///
/// # Errors
/// Of the database.
pub async fn find_window(tx: &Tx, slot: Uuid) -> Result<Option<slot::Model>, StoreError> {
    Ok(slot::Entity::find_by_id(slot).one(&tx.db).await?)
}

/// The people of appointments: appointment and person.
///
/// # Errors
/// Of the database.
pub async fn list_people(
    tx: &Tx,
    appointments: &[Uuid],
) -> Result<Vec<(Uuid, Person)>, StoreError> {
    let mut all = Vec::new();
    for chunk in appointments.chunks(500) {
        let of: Vec<(Uuid, Uuid)> = appointment::Entity::find()
            .select_only()
            .column(appointment::Column::Id)
            .column(appointment::Column::PersonId)
            .filter(appointment::COLUMN.id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(&tx.db)
            .await?;
        let ids: Vec<Uuid> = of.iter().map(|(_, person)| *person).collect();
        let people = person::Entity::find()
            .filter(person::COLUMN.id.is_in(ids))
            .all(&tx.db)
            .await?;
        let by_id: std::collections::HashMap<Uuid, Person> =
            people.into_iter().map(|p| (p.id, p)).collect();
        all.extend(
            of.into_iter()
                .filter_map(|(id, person)| Some((id, by_id.get(&person)?.clone()))),
        );
    }
    Ok(all)
}

/// The appointment of that id.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub async fn load_appointment(
    tx: &Tx,
    id: Uuid,
) -> Result<crate::appointments::Appointment, StoreError> {
    appointment::Entity::find_by_id(id)
        .one(&tx.db)
        .await?
        .ok_or(StoreError::Missing("appointment"))
}

//! Bookings and appointments.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, ExprTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::Instant;
use crate::bulk;
use crate::entities::{appointment, booking, slot};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

pub use crate::entities::appointment::Model as Appointment;
pub use crate::entities::booking::Model as Booking;

/// Adds bookings and their appointments, those in the order of their people (as people are
/// added, so that two transactions with the same people wait for each other in one order).
///
/// # Errors
/// [`StoreError::Raced`] when somebody has a live appointment by now, or a code is taken.
pub async fn insert(
    tx: &Tx,
    bookings: Vec<Booking>,
    mut appointments: Vec<Appointment>,
) -> Result<(), StoreError> {
    appointments.sort_by_key(|a| (a.person_id, a.service_id));
    insert_all::<_, booking::ActiveModel>(tx, bookings).await?;
    let added = bulk::insert::<_, appointment::ActiveModel>(tx, appointments, None).await;
    added.map(|_| ()).map_err(StoreError::conflict_is_a_race)
}

/// The appointment with that code.
///
/// # Errors
/// Of the database.
pub async fn find_by_code(tx: &Tx, code: &str) -> Result<Option<Appointment>, StoreError> {
    Ok(appointment::Entity::find()
        .filter(appointment::COLUMN.code.eq(code))
        .one(&tx.db)
        .await?)
}

/// The appointments with these codes, by code.
///
/// # Errors
/// Of the database.
pub async fn find_by_codes(
    tx: &Tx,
    codes: &[String],
) -> Result<HashMap<String, Appointment>, StoreError> {
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = appointment::Entity::find()
        .filter(appointment::COLUMN.code.is_in(codes.to_vec()))
        .all(&tx.db)
        .await?;
    Ok(rows.into_iter().map(|a| (a.code.clone(), a)).collect())
}

/// The appointments of a booking.
///
/// # Errors
/// Of the database.
pub async fn list_of_booking(tx: &Tx, booking: Uuid) -> Result<Vec<Appointment>, StoreError> {
    Ok(appointment::Entity::find()
        .filter(appointment::COLUMN.booking_id.eq(booking))
        .order_by_asc(appointment::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// The appointments of some people that take place or did, oldest first.
///
/// # Errors
/// Of the database.
pub async fn list_of_persons(tx: &Tx, persons: &[Uuid]) -> Result<Vec<Appointment>, StoreError> {
    Ok(appointment::Entity::find()
        .filter(appointment::COLUMN.person_id.is_in(persons.iter().copied()))
        .order_by_asc(appointment::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// A booking.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub async fn load_booking(tx: &Tx, id: Uuid) -> Result<Booking, StoreError> {
    booking::Entity::find_by_id(id)
        .one(&tx.db)
        .await?
        .ok_or(StoreError::Missing("booking"))
}

/// A window.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub async fn load_window(tx: &Tx, id: Uuid) -> Result<slot::Model, StoreError> {
    slot::Entity::find_by_id(id)
        .one(&tx.db)
        .await?
        .ok_or(StoreError::Missing("window"))
}

/// A window, if there is one.
///
/// # Errors
/// Of the database.
pub async fn find_window(tx: &Tx, id: Uuid) -> Result<Option<slot::Model>, StoreError> {
    Ok(slot::Entity::find_by_id(id).one(&tx.db).await?)
}

/// A change of one appointment, under the version it was decided on.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which.
    pub id: Uuid,
    /// The version it had.
    pub version: i32,
    /// Its state now.
    pub state: &'static str,
    /// Its window and pool now, where they change.
    pub place: Option<(Uuid, Uuid)>,
    /// Whether a new plan makes the person come at another time or place. It is counted: they
    /// are moved last from then on.
    pub moved: bool,
}

/// Writes a change.
///
/// # Errors
/// [`StoreError::Raced`] when the appointment was changed by another in the meantime.
pub async fn change(tx: &Tx, change: &Change, now: Instant) -> Result<(), StoreError> {
    let mut update = appointment::Entity::update_many()
        .col_expr(appointment::COLUMN.state, change.state.into())
        .col_expr(
            appointment::COLUMN.version,
            Expr::col(appointment::Column::Version).add(1),
        )
        .col_expr(appointment::COLUMN.updated_at, now.into())
        .filter(appointment::COLUMN.id.eq(change.id))
        .filter(appointment::COLUMN.version.eq(change.version));
    if let Some((slot, pool)) = change.place {
        update = update
            .col_expr(appointment::COLUMN.slot_id, slot.into())
            .col_expr(appointment::COLUMN.pool_id, pool.into());
    }
    if change.moved {
        update = update.col_expr(
            appointment::COLUMN.moves,
            Expr::col(appointment::Column::Moves).add(1),
        );
    }
    if update.exec(&tx.db).await?.rows_affected == 0 {
        return Err(StoreError::Raced);
    }
    Ok(())
}

/// Appointments of a campaign that stand in these windows or are displaced, oldest first.
///
/// # Errors
/// Of the database.
pub async fn list_in_campaign(tx: &Tx, campaign: Uuid) -> Result<Vec<Appointment>, StoreError> {
    Ok(appointment::Entity::find()
        .filter(appointment::COLUMN.campaign_id.eq(campaign))
        .filter(appointment::COLUMN.state.ne("cancelled"))
        .order_by_asc(appointment::COLUMN.id)
        .all(&tx.db)
        .await?)
}

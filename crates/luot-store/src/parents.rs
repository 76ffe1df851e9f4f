//! Parents, their one-time codes, and whose children are whose.

use sea_orm::sea_query::{Condition, Expr, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::Instant;
use crate::appointments::Appointment;
use crate::bulk;
use crate::entities::{
    appointment, booking, child, parent, person, phone_code, roster_entry, waitlist_entry,
    waitlist_person,
};
use crate::error::StoreError;
use crate::transaction::Tx;

pub use crate::entities::child::Model as Child;
pub use crate::entities::parent::Model as Parent;
pub use crate::entities::phone_code::Model as PhoneCode;

/// The parent with a phone, under any of these indexes of it.
///
/// # Errors
/// Of the database.
pub async fn find_by_phone(tx: &Tx, indexes: &[Vec<u8>]) -> Result<Option<Parent>, StoreError> {
    Ok(parent::Entity::find()
        .filter(parent::COLUMN.phone_index.0.is_in(indexes.to_vec()))
        .one(&tx.db)
        .await?)
}

/// The parents with these phones.
///
/// # Errors
/// Of the database.
pub async fn list_by_phones(tx: &Tx, indexes: &[Vec<u8>]) -> Result<Vec<Parent>, StoreError> {
    Ok(parent::Entity::find()
        .filter(parent::COLUMN.phone_index.0.is_in(indexes.to_vec()))
        .order_by_asc(parent::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// One parent.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub async fn load(tx: &Tx, id: Uuid) -> Result<Parent, StoreError> {
    parent::Entity::find_by_id(id)
        .one(&tx.db)
        .await?
        .ok_or(StoreError::Missing("parent"))
}

/// The parents who are somebody for Zalo, under any of these indexes of it: one, but for
/// the moments in which keys change.
///
/// # Errors
/// Of the database.
pub async fn list_by_zalo(tx: &Tx, indexes: &[Vec<u8>]) -> Result<Vec<Parent>, StoreError> {
    Ok(parent::Entity::find()
        .filter(parent::COLUMN.zalo_index.0.is_in(indexes.to_vec()))
        .order_by_asc(parent::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// Adds a parent.
///
/// # Errors
/// [`StoreError::Raced`] when another transaction has just added them.
pub async fn insert(tx: &Tx, model: Parent) -> Result<(), StoreError> {
    parent::Entity::insert(model.into_active_model())
        .exec_without_returning(&tx.db)
        .await
        .map_err(|e| StoreError::from(e).conflict_is_a_race())?;
    Ok(())
}

/// Writes a parent over.
///
/// # Errors
/// [`StoreError::Raced`] when another transaction has just given somebody else the same
/// phone, or the same account of Zalo.
pub async fn update(tx: &Tx, model: Parent) -> Result<(), StoreError> {
    let id = model.id;
    parent::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(parent::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await
        .map_err(|e| StoreError::from(e).conflict_is_a_race())?;
    Ok(())
}

/// Puts a code in the place of the one that its phone has, and forgets those that have run
/// out.
///
/// # Errors
/// Of the database.
pub async fn replace_code(
    tx: &Tx,
    indexes: &[Vec<u8>],
    model: PhoneCode,
    now: Instant,
) -> Result<(), StoreError> {
    phone_code::Entity::delete_many()
        .filter(
            phone_code::COLUMN
                .phone_index
                .0
                .is_in(indexes.to_vec())
                .or(phone_code::COLUMN.expires_at.lte(now)),
        )
        .exec(&tx.db)
        .await?;
    phone_code::Entity::insert(model.into_active_model())
        .exec_without_returning(&tx.db)
        .await?;
    Ok(())
}

/// Whether a phone has a code that may be tried.
///
/// # Errors
/// Of the database.
pub async fn has_code(
    tx: &Tx,
    indexes: &[Vec<u8>],
    most: i32,
    now: Instant,
) -> Result<bool, StoreError> {
    let live = phone_code::Entity::find()
        .filter(phone_code::COLUMN.phone_index.0.is_in(indexes.to_vec()))
        .filter(phone_code::COLUMN.tries.lt(most))
        .filter(phone_code::COLUMN.expires_at.gt(now))
        .filter(phone_code::COLUMN.used_at.is_null())
        .count(&tx.db)
        .await?;
    Ok(live > 0)
}

/// Counts a try at the code of a phone, and gives it; nothing where there is none, or none
/// that may be tried any more.
///
/// # Errors
/// Of the database.
pub async fn try_code(
    tx: &Tx,
    indexes: &[Vec<u8>],
    most: i32,
    now: Instant,
) -> Result<Option<PhoneCode>, StoreError> {
    let counted = phone_code::Entity::update_many()
        .col_expr(
            phone_code::COLUMN.tries,
            Expr::col(phone_code::Column::Tries).add(1),
        )
        .filter(phone_code::COLUMN.phone_index.0.is_in(indexes.to_vec()))
        .filter(phone_code::COLUMN.tries.lt(most))
        .filter(phone_code::COLUMN.expires_at.gt(now))
        .filter(phone_code::COLUMN.used_at.is_null())
        .exec(&tx.db)
        .await?;
    if counted.rows_affected == 0 {
        return Ok(None);
    }
    Ok(phone_code::Entity::find()
        .filter(phone_code::COLUMN.phone_index.0.is_in(indexes.to_vec()))
        .one(&tx.db)
        .await?)
}

/// Uses a code up.
///
/// # Errors
/// [`StoreError::Raced`] when somebody else just has.
pub async fn use_code(tx: &Tx, id: Uuid, now: Instant) -> Result<(), StoreError> {
    let done = phone_code::Entity::update_many()
        .col_expr(phone_code::COLUMN.used_at, now.into())
        .filter(phone_code::COLUMN.id.eq(id))
        .filter(phone_code::COLUMN.used_at.is_null())
        .exec(&tx.db)
        .await?;
    if done.rows_affected == 0 {
        return Err(StoreError::Raced);
    }
    Ok(())
}

/// The people of bookings that give this phone, also of such as only wait, but for those on a
/// list (whose children they are, their list says) and those who are erased, who are nobody's
/// any more.
///
/// # Errors
/// Of the database.
pub async fn list_booked_by(tx: &Tx, indexes: &[Vec<u8>]) -> Result<Vec<Uuid>, StoreError> {
    let mut bookings = Query::select();
    bookings
        .column(booking::Column::Id)
        .from(booking::Entity)
        .and_where(Expr::col(booking::Column::ContactPhoneIndex).is_in(indexes.to_vec()));
    let mut entries = Query::select();
    entries
        .column(waitlist_entry::Column::Id)
        .from(waitlist_entry::Entity)
        .and_where(Expr::col(waitlist_entry::Column::BookingId).in_subquery(bookings.clone()));
    let mut waiting = Query::select();
    waiting
        .column(waitlist_person::Column::PersonId)
        .from(waitlist_person::Entity)
        .and_where(Expr::col(waitlist_person::Column::EntryId).in_subquery(entries));
    let mut booked = Query::select();
    booked
        .column(appointment::Column::PersonId)
        .from(appointment::Entity)
        .and_where(Expr::col(appointment::Column::BookingId).in_subquery(bookings));
    let mut listed = Query::select();
    listed
        .expr(Expr::val(1))
        .from(roster_entry::Entity)
        .and_where(
            Expr::col((roster_entry::Entity, roster_entry::Column::PersonId))
                .equals((person::Entity, person::Column::Id)),
        );
    Ok(person::Entity::find()
        .select_only()
        .column(person::Column::Id)
        .filter(
            Condition::any()
                .add(Expr::col((person::Entity, person::Column::Id)).in_subquery(booked))
                .add(Expr::col((person::Entity, person::Column::Id)).in_subquery(waiting)),
        )
        .filter(person::COLUMN.erased_at.is_null())
        .filter(Expr::exists(listed).not())
        .order_by_asc(person::COLUMN.id)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// The booking by which somebody was first known here, of places or of waiting.
///
/// # Errors
/// Of the database.
pub async fn find_first_booking(tx: &Tx, person: Uuid) -> Result<Option<Uuid>, StoreError> {
    let booked: Option<(Instant, Uuid)> = appointment::Entity::find()
        .select_only()
        .column(appointment::Column::CreatedAt)
        .column(appointment::Column::BookingId)
        .filter(appointment::COLUMN.person_id.eq(person))
        .order_by_asc(appointment::COLUMN.created_at)
        .into_tuple()
        .one(&tx.db)
        .await?;
    let mut entries = Query::select();
    entries
        .column(waitlist_person::Column::EntryId)
        .from(waitlist_person::Entity)
        .and_where(Expr::col(waitlist_person::Column::PersonId).eq(person));
    let waiting: Option<(Instant, Uuid)> = waitlist_entry::Entity::find()
        .select_only()
        .column(waitlist_entry::Column::CreatedAt)
        .column(waitlist_entry::Column::BookingId)
        .filter(Expr::col(waitlist_entry::Column::Id).in_subquery(entries))
        .order_by_asc(waitlist_entry::COLUMN.created_at)
        .into_tuple()
        .one(&tx.db)
        .await?;
    let first = booked.into_iter().chain(waiting).min();
    Ok(first.map(|(_, booking)| booking))
}

/// Notes whose children these are; what was noted before stays.
///
/// # Errors
/// Of the database.
pub async fn link(tx: &Tx, models: Vec<Child>) -> Result<(), StoreError> {
    let there = OnConflict::new().do_nothing().to_owned();
    bulk::insert::<_, child::ActiveModel>(tx, models, Some(there)).await?;
    Ok(())
}

/// What is noted of a parent's children, in order.
///
/// # Errors
/// Of the database.
pub async fn list_children(tx: &Tx, parent: Uuid) -> Result<Vec<Child>, StoreError> {
    Ok(child::Entity::find()
        .filter(child::COLUMN.parent_id.eq(parent))
        .order_by_asc(child::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// Whose child somebody is said to be, in order.
///
/// # Errors
/// Of the database.
pub async fn list_of_person(tx: &Tx, person: Uuid) -> Result<Vec<Child>, StoreError> {
    Ok(child::Entity::find()
        .filter(child::COLUMN.person_id.eq(person))
        .order_by_asc(child::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// What parents of a campaign ask that nobody has decided, in order.
///
/// # Errors
/// Of the database.
pub async fn list_asked(tx: &Tx, campaign: Uuid) -> Result<Vec<Child>, StoreError> {
    let mut people = Query::select();
    people
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(Expr::col(person::Column::CampaignId).eq(campaign));
    Ok(child::Entity::find()
        .filter(child::COLUMN.state.eq("asked"))
        .filter(Expr::col(child::Column::PersonId).in_subquery(people))
        .order_by_asc(child::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// One note of whose child somebody is.
///
/// # Errors
/// Of the database.
pub async fn find_child(tx: &Tx, id: Uuid) -> Result<Option<Child>, StoreError> {
    Ok(child::Entity::find_by_id(id).one(&tx.db).await?)
}

/// Writes one over.
///
/// # Errors
/// Of the database.
pub async fn update_child(tx: &Tx, model: Child) -> Result<(), StoreError> {
    let id = model.id;
    child::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(child::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// Whether the appointment is that of a child of this parent.
///
/// # Errors
/// Of the database.
pub async fn is_own(tx: &Tx, parent: Uuid, row: &Appointment) -> Result<bool, StoreError> {
    let own = child::Entity::find()
        .filter(child::COLUMN.parent_id.eq(parent))
        .filter(child::COLUMN.person_id.eq(row.person_id))
        .filter(child::COLUMN.state.eq("linked"))
        .count(&tx.db)
        .await?;
    Ok(own > 0)
}

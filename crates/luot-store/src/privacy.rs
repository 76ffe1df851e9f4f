//! What parents ask, legal holds, and erasing what has been kept long enough.

use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement, UnionType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::Instant;
use crate::entities::{
    appointment, booking, child, guardian, hold, legal_hold, outcome, person, privacy_request,
    waitlist_entry, waitlist_person,
};
use crate::error::StoreError;
use crate::transaction::Tx;

/// Adds a request.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &Tx, model: privacy_request::Model) -> Result<(), StoreError> {
    privacy_request::Entity::insert(model.into_active_model())
        .exec_without_returning(&tx.db)
        .await?;
    Ok(())
}

/// One request.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<privacy_request::Model>, StoreError> {
    Ok(privacy_request::Entity::find_by_id(id).one(&tx.db).await?)
}

/// Writes a request over.
///
/// # Errors
/// Of the database.
pub async fn update(tx: &Tx, model: privacy_request::Model) -> Result<(), StoreError> {
    let id = model.id;
    privacy_request::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(privacy_request::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// What is asked in a campaign and not answered, the most urgent first, after that one (by
/// when it is due, and its id).
///
/// # Errors
/// Of the database.
pub async fn list_open(
    tx: &Tx,
    campaign: Uuid,
    after: Option<(Instant, Uuid)>,
    limit: u64,
) -> Result<Vec<privacy_request::Model>, StoreError> {
    let mut query = privacy_request::Entity::find()
        .filter(privacy_request::COLUMN.campaign_id.eq(campaign))
        .filter(privacy_request::COLUMN.state.eq("open"));
    if let Some((due, id)) = after {
        let later = privacy_request::COLUMN.due_at.gt(due);
        let same = privacy_request::COLUMN.due_at.eq(due);
        query = query.filter(later.or(same.and(privacy_request::COLUMN.id.gt(id))));
    }
    Ok(query
        .order_by_asc(privacy_request::COLUMN.due_at)
        .order_by_asc(privacy_request::COLUMN.id)
        .limit(limit)
        .all(&tx.db)
        .await?)
}

/// What was asked about somebody.
///
/// # Errors
/// Of the database.
pub async fn list_of_person(
    tx: &Tx,
    person: Uuid,
) -> Result<Vec<privacy_request::Model>, StoreError> {
    Ok(privacy_request::Entity::find()
        .filter(privacy_request::COLUMN.person_id.eq(person))
        .order_by_asc(privacy_request::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// What came of somebody's visits, in order.
///
/// # Errors
/// Of the database.
pub async fn list_outcomes(tx: &Tx, person: Uuid) -> Result<Vec<outcome::Model>, StoreError> {
    let mut theirs = Query::select();
    theirs
        .column(appointment::Column::Id)
        .from(appointment::Entity)
        .and_where(Expr::col(appointment::Column::PersonId).eq(person));
    Ok(outcome::Entity::find()
        .filter(
            Condition::any()
                .add(outcome::COLUMN.person_id.eq(person))
                .add(Expr::col(outcome::Column::AppointmentId).in_subquery(theirs)),
        )
        .order_by_asc(outcome::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// Adds a legal hold.
///
/// # Errors
/// Of the database.
pub async fn insert_hold(tx: &Tx, model: legal_hold::Model) -> Result<(), StoreError> {
    legal_hold::Entity::insert(model.into_active_model())
        .exec_without_returning(&tx.db)
        .await?;
    Ok(())
}

/// Ends a legal hold; tells whether there was one.
///
/// # Errors
/// Of the database.
pub async fn end_hold(tx: &Tx, id: Uuid, now: Instant) -> Result<bool, StoreError> {
    let done = legal_hold::Entity::update_many()
        .col_expr(legal_hold::COLUMN.ended_at, now.into())
        .filter(legal_hold::COLUMN.id.eq(id))
        .filter(legal_hold::COLUMN.ended_at.is_null())
        .exec(&tx.db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Whether somebody's data, or the whole campaign's, is held.
///
/// # Errors
/// Of the database.
pub async fn is_held(tx: &Tx, campaign: Uuid, person: Uuid) -> Result<bool, StoreError> {
    let held = legal_hold::Entity::find()
        .filter(legal_hold::COLUMN.campaign_id.eq(campaign))
        .filter(legal_hold::COLUMN.ended_at.is_null())
        .filter(
            Condition::any()
                .add(legal_hold::COLUMN.person_id.is_null())
                .add(legal_hold::COLUMN.person_id.eq(person)),
        )
        .count(&tx.db)
        .await?;
    Ok(held > 0)
}

/// The people of a campaign who are held one by one.
fn held(campaign: Uuid) -> SelectStatement {
    let mut query = Query::select();
    query
        .column(legal_hold::Column::PersonId)
        .from(legal_hold::Entity)
        .and_where(Expr::col(legal_hold::Column::CampaignId).eq(campaign))
        .and_where(Expr::col(legal_hold::Column::EndedAt).is_null())
        .and_where(Expr::col(legal_hold::Column::PersonId).is_not_null());
    query
}

async fn is_campaign_held(tx: &Tx, campaign: Uuid) -> Result<bool, StoreError> {
    let held = legal_hold::Entity::find()
        .filter(legal_hold::COLUMN.campaign_id.eq(campaign))
        .filter(legal_hold::COLUMN.person_id.is_null())
        .filter(legal_hold::COLUMN.ended_at.is_null())
        .count(&tx.db)
        .await?;
    Ok(held > 0)
}

/// How much there is to erase in a campaign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erasable {
    /// People.
    pub people: u64,
    /// Bookings with a contact.
    pub bookings: u64,
    /// People who are held.
    pub held: u64,
    /// Kept places with whose phone or address it was.
    pub holds: u64,
    /// Outcomes of people who are not known here, with a reason in somebody's own words.
    pub reasons: u64,
}

/// Counts what there is to erase; nothing where the campaign is held.
///
/// # Errors
/// Of the database.
pub async fn count_erasable(tx: &Tx, campaign: Uuid) -> Result<Erasable, StoreError> {
    let people = person::Entity::find()
        .filter(person::COLUMN.campaign_id.eq(campaign))
        .filter(person::COLUMN.erased_at.is_null());
    let all = people.clone().count(&tx.db).await?;
    if is_campaign_held(tx, campaign).await? {
        return Ok(Erasable {
            held: all,
            ..Erasable::default()
        });
    }
    let free = people
        .filter(Expr::col(person::Column::Id).not_in_subquery(held(campaign)))
        .count(&tx.db)
        .await?;
    let bookings = booking::Entity::find()
        .filter(booking::COLUMN.campaign_id.eq(campaign))
        .filter(booking::COLUMN.erased_at.is_null())
        .filter(Expr::col(booking::Column::Id).not_in_subquery(held_bookings(campaign)))
        .count(&tx.db)
        .await?;
    let holds = hold::Entity::find()
        .filter(marked_holds(campaign))
        .count(&tx.db)
        .await?;
    Ok(Erasable {
        people: free,
        bookings,
        held: all - free,
        holds,
        reasons: outcome::Entity::find()
            .filter(reasons(campaign))
            .count(&tx.db)
            .await?,
    })
}

/// The bookings in which somebody is held, or with which they wait or waited.
fn held_bookings(campaign: Uuid) -> SelectStatement {
    let mut booked = Query::select();
    booked
        .column(appointment::Column::BookingId)
        .from(appointment::Entity)
        .and_where(Expr::col(appointment::Column::PersonId).in_subquery(held(campaign)));
    let mut waiting = Query::select();
    waiting
        .column(waitlist_entry::Column::BookingId)
        .from(waitlist_entry::Entity)
        .and_where(Expr::col(waitlist_entry::Column::Id).in_subquery(held_entries(campaign)));
    booked.union(UnionType::All, waiting).to_owned()
}

/// The entries of the waitlist with people who are held.
fn held_entries(campaign: Uuid) -> SelectStatement {
    let mut query = Query::select();
    query
        .column(waitlist_person::Column::EntryId)
        .from(waitlist_person::Entity)
        .and_where(Expr::col(waitlist_person::Column::PersonId).in_subquery(held(campaign)));
    query
}

/// Outcomes of walk-ins with a reason: who is known here loses theirs with the rest.
fn reasons(campaign: Uuid) -> Condition {
    Condition::all()
        .add(outcome::COLUMN.campaign_id.eq(campaign))
        .add(outcome::COLUMN.person_id.is_null())
        .add(
            Condition::any()
                .add(outcome::COLUMN.reason.is_not_null())
                .add(outcome::COLUMN.reason_sealed.0.is_not_null()),
        )
}

/// Kept places of a campaign that say whose phone or address asked for them, but for what was
/// offered to people who are held.
fn marked_holds(campaign: Uuid) -> Condition {
    let of_held = Expr::col(hold::Column::EntryId).in_subquery(held_entries(campaign));
    Condition::all()
        .add(hold::COLUMN.campaign_id.eq(campaign))
        .add(
            Condition::any()
                .add(hold::COLUMN.phone_index.0.is_not_null())
                .add(hold::COLUMN.address_index.0.is_not_null()),
        )
        .add(
            Condition::any()
                .add(hold::COLUMN.entry_id.is_null())
                .add(of_held.not()),
        )
}

/// Some people of a campaign to erase; nobody where the campaign is held.
///
/// # Errors
/// Of the database.
pub async fn list_erasable(tx: &Tx, campaign: Uuid, limit: u64) -> Result<Vec<Uuid>, StoreError> {
    if is_campaign_held(tx, campaign).await? {
        return Ok(Vec::new());
    }
    Ok(person::Entity::find()
        .select_only()
        .column(person::Column::Id)
        .filter(person::COLUMN.campaign_id.eq(campaign))
        .filter(person::COLUMN.erased_at.is_null())
        .filter(Expr::col(person::Column::Id).not_in_subquery(held(campaign)))
        .order_by_asc(person::COLUMN.id)
        .limit(limit)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// Erases what is personal of somebody: their values, the phones named for them, and whose
/// child they are. The row stays, under a key that tells nobody.
///
/// # Errors
/// Of the database.
pub async fn erase_person(tx: &Tx, id: Uuid, key: Vec<u8>, now: Instant) -> Result<(), StoreError> {
    let nothing = || Expr::value(Option::<Vec<u8>>::None);
    person::Entity::update_many()
        .col_expr(person::COLUMN.person_key.0, Expr::value(key))
        .col_expr(person::COLUMN.full_name_sealed.0, nothing())
        .col_expr(person::COLUMN.birth_date_sealed.0, nothing())
        .col_expr(person::COLUMN.personal_number_sealed.0, nothing())
        .col_expr(person::COLUMN.personal_number_index.0, nothing())
        .col_expr(person::COLUMN.representative_sealed.0, nothing())
        .col_expr(person::COLUMN.claim_hash.0, nothing())
        .col_expr(person::COLUMN.erased_at, now.into())
        .filter(person::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await?;
    guardian::Entity::delete_many()
        .filter(guardian::COLUMN.person_id.eq(id))
        .exec(&tx.db)
        .await?;
    child::Entity::delete_many()
        .filter(child::COLUMN.person_id.eq(id))
        .exec(&tx.db)
        .await?;
    // What an outcome says in people's own words may name somebody.
    outcome::Entity::update_many()
        .col_expr(outcome::COLUMN.reason, Expr::value(Option::<String>::None))
        .col_expr(outcome::COLUMN.reason_sealed.0, nothing())
        .filter(outcome::COLUMN.person_id.eq(id))
        .exec(&tx.db)
        .await?;
    privacy_request::Entity::update_many()
        .col_expr(privacy_request::COLUMN.asked_sealed.0, nothing())
        .filter(privacy_request::COLUMN.person_id.eq(id))
        .exec(&tx.db)
        .await?;
    // Nothing is left to be answered about somebody who is not there.
    privacy_request::Entity::update_many()
        .col_expr(privacy_request::COLUMN.state, Expr::value("done"))
        .col_expr(privacy_request::COLUMN.decided_at, now.into())
        .filter(privacy_request::COLUMN.person_id.eq(id))
        .filter(privacy_request::COLUMN.state.eq("open"))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// Erases whom to tell, in the bookings of a campaign; tells in how many.
///
/// # Errors
/// Of the database.
pub async fn erase_bookings(tx: &Tx, campaign: Uuid, now: Instant) -> Result<u64, StoreError> {
    if is_campaign_held(tx, campaign).await? {
        return Ok(0);
    }
    let these = Condition::all()
        .add(booking::COLUMN.campaign_id.eq(campaign))
        .add(Expr::col(booking::Column::Id).not_in_subquery(held_bookings(campaign)));
    erase_contacts(tx, these, now).await
}

/// Erases whom to tell, in the bookings of somebody who is erased in which nobody is left who
/// is not.
///
/// # Errors
/// Of the database.
pub async fn erase_bookings_of(tx: &Tx, person: Uuid, now: Instant) -> Result<(), StoreError> {
    let mut ids: Vec<Uuid> = appointment::Entity::find()
        .select_only()
        .column(appointment::Column::BookingId)
        .filter(appointment::COLUMN.person_id.eq(person))
        .into_tuple()
        .all(&tx.db)
        .await?;
    let mut entries = Query::select();
    entries
        .column(waitlist_person::Column::EntryId)
        .from(waitlist_person::Entity)
        .and_where(Expr::col(waitlist_person::Column::PersonId).eq(person));
    let waited: Vec<Uuid> = waitlist_entry::Entity::find()
        .select_only()
        .column(waitlist_entry::Column::BookingId)
        .filter(Expr::col(waitlist_entry::Column::Id).in_subquery(entries))
        .into_tuple()
        .all(&tx.db)
        .await?;
    ids.extend(waited);
    if ids.is_empty() {
        return Ok(());
    }
    let mut not_erased = Query::select();
    not_erased
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(Expr::col(person::Column::ErasedAt).is_null());
    let mut booked = Query::select();
    booked
        .column(appointment::Column::BookingId)
        .from(appointment::Entity)
        .and_where(Expr::col(appointment::Column::BookingId).is_in(ids.clone()))
        .and_where(Expr::col(appointment::Column::PersonId).in_subquery(not_erased.clone()));
    let mut with_others = Query::select();
    with_others
        .column(waitlist_person::Column::EntryId)
        .from(waitlist_person::Entity)
        .and_where(Expr::col(waitlist_person::Column::PersonId).in_subquery(not_erased));
    let mut waiting = Query::select();
    waiting
        .column(waitlist_entry::Column::BookingId)
        .from(waitlist_entry::Entity)
        .and_where(Expr::col(waitlist_entry::Column::BookingId).is_in(ids.clone()))
        .and_where(Expr::col(waitlist_entry::Column::Id).in_subquery(with_others));
    let these = Condition::all()
        .add(Expr::col(booking::Column::Id).is_in(ids))
        .add(Expr::col(booking::Column::Id).not_in_subquery(booked))
        .add(Expr::col(booking::Column::Id).not_in_subquery(waiting));
    erase_contacts(tx, these, now).await?;
    Ok(())
}

async fn erase_contacts(tx: &Tx, these: Condition, now: Instant) -> Result<u64, StoreError> {
    let nothing = || Expr::value(Option::<Vec<u8>>::None);
    let done = booking::Entity::update_many()
        .col_expr(booking::COLUMN.contact_name_sealed.0, nothing())
        .col_expr(booking::COLUMN.contact_phone_sealed.0, nothing())
        .col_expr(booking::COLUMN.contact_phone_index.0, nothing())
        .col_expr(booking::COLUMN.erased_at, now.into())
        .filter(booking::COLUMN.erased_at.is_null())
        .filter(these)
        .exec(&tx.db)
        .await?;
    Ok(done.rows_affected)
}

/// Erases whose phone or address asked for kept places of a campaign; tells of how many.
///
/// # Errors
/// Of the database.
pub async fn erase_holds(tx: &Tx, campaign: Uuid) -> Result<u64, StoreError> {
    if is_campaign_held(tx, campaign).await? {
        return Ok(0);
    }
    let nothing = || Expr::value(Option::<Vec<u8>>::None);
    let done = hold::Entity::update_many()
        .col_expr(hold::COLUMN.phone_index.0, nothing())
        .col_expr(hold::COLUMN.address_index.0, nothing())
        .filter(marked_holds(campaign))
        .exec(&tx.db)
        .await?;
    Ok(done.rows_affected)
}

/// Erases why somebody who is not known here was not served, in people's own words; tells
/// in how many outcomes.
///
/// # Errors
/// Of the database.
pub async fn erase_reasons(tx: &Tx, campaign: Uuid) -> Result<u64, StoreError> {
    if is_campaign_held(tx, campaign).await? {
        return Ok(0);
    }
    let nothing = || Expr::value(Option::<Vec<u8>>::None);
    let done = outcome::Entity::update_many()
        .col_expr(outcome::COLUMN.reason, Expr::value(Option::<String>::None))
        .col_expr(outcome::COLUMN.reason_sealed.0, nothing())
        .filter(reasons(campaign))
        .exec(&tx.db)
        .await?;
    Ok(done.rows_affected)
}

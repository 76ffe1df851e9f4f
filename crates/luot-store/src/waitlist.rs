//! Parties that wait for places, and the windows that have some for them.

mod order;
mod people;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use luot_domain::waitlist::Spot;

use crate::Instant;
use crate::bulk;
use crate::entities::{appointment, hold, pool, session, slot, waitlist_entry, waitlist_person};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

pub use crate::entities::waitlist_entry::Model as Entry;
pub use crate::entities::waitlist_person::Model as WaitingPerson;
pub(crate) use order::raise;
pub use order::{find_version, list_ranks};
pub use people::{list_once_displaced, list_once_moved, list_who_wait};

/// Adds entries and the people of theirs, in the order of who they are (in which two transactions
/// wait for each other that add the same people). An entry of a booking that waits already is left
/// as it is.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody waits already.
pub async fn insert(
    tx: &Tx,
    entries: Vec<Entry>,
    mut persons: Vec<WaitingPerson>,
) -> Result<(), StoreError> {
    let there = OnConflict::new().do_nothing().to_owned();
    let written =
        bulk::insert::<_, waitlist_entry::ActiveModel>(tx, entries.clone(), Some(there)).await?;
    let new = if written == entries.len() as u64 {
        entries
    } else {
        those_there(tx, entries).await?
    };
    for entry in &new {
        order::note(tx, None, entry, entry.created_at);
    }
    persons.sort_by_key(|p| (p.person_id, p.service_id));
    insert_all::<_, waitlist_person::ActiveModel>(tx, persons).await
}

/// Those of these new entries that were written.
async fn those_there(tx: &Tx, mut entries: Vec<Entry>) -> Result<Vec<Entry>, StoreError> {
    let ids = bulk::ids(entries.iter().map(|e| e.id));
    let there: Vec<Uuid> = waitlist_entry::Entity::find()
        .select_only()
        .column(waitlist_entry::Column::Id)
        .filter(bulk::one_of(tx, waitlist_entry::Column::Id, ids))
        .into_tuple()
        .all(&tx.db)
        .await?;
    let there: HashSet<Uuid> = there.into_iter().collect();
    entries.retain(|e| there.contains(&e.id));
    Ok(entries)
}

/// An entry.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<Entry>, StoreError> {
    Ok(waitlist_entry::Entity::find_by_id(id).one(&tx.db).await?)
}

/// The entry under which a booking waits now.
///
/// # Errors
/// Of the database.
pub async fn find_live_of(tx: &Tx, booking: Uuid) -> Result<Option<Entry>, StoreError> {
    Ok(list_live_of(tx, &[booking]).await?.pop())
}

/// The entries under which these bookings wait now.
///
/// # Errors
/// Of the database.
pub async fn list_live_of(tx: &Tx, bookings: &[Uuid]) -> Result<Vec<Entry>, StoreError> {
    let ids = bulk::ids(bookings.iter().copied());
    Ok(waitlist_entry::Entity::find()
        .filter(bulk::one_of(tx, waitlist_entry::Column::BookingId, ids))
        .filter(waitlist_entry::COLUMN.state.is_in(["waiting", "offered"]))
        .order_by_asc(waitlist_entry::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// Whether anybody waits in a campaign.
///
/// # Errors
/// Of the database.
pub async fn anybody_waits(tx: &Tx, campaign: Uuid) -> Result<bool, StoreError> {
    Ok(waiting(campaign)
        .select_only()
        .column(waitlist_entry::Column::Id)
        .limit(1)
        .into_tuple::<Uuid>()
        .one(&tx.db)
        .await?
        .is_some())
}

/// The campaigns in which anybody waits.
///
/// # Errors
/// Of the database.
pub async fn list_campaigns(tx: &Tx) -> Result<Vec<Uuid>, StoreError> {
    Ok(waitlist_entry::Entity::find()
        .select_only()
        .column(waitlist_entry::Column::CampaignId)
        .distinct()
        .filter(waitlist_entry::COLUMN.state.eq("waiting"))
        .into_tuple()
        .all(&tx.db)
        .await?)
}

fn waiting(campaign: Uuid) -> sea_orm::Select<waitlist_entry::Entity> {
    waitlist_entry::Entity::find()
        .filter(waitlist_entry::COLUMN.campaign_id.eq(campaign))
        .filter(waitlist_entry::COLUMN.state.eq("waiting"))
}

/// Where an entry stands in the order: the greater priority first, then who joined first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank {
    /// Its priority.
    pub priority: i32,
    /// When it joined.
    pub joined_at: Instant,
    /// Which, to tell those of one instant apart.
    pub id: Uuid,
}

impl Rank {
    /// Of an entry.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self {
            priority: entry.priority,
            joined_at: entry.created_at,
            id: entry.id,
        }
    }

    fn is_before(self) -> Expr {
        let (priority, joined, id) = (
            Expr::col(waitlist_entry::Column::Priority),
            Expr::col(waitlist_entry::Column::CreatedAt),
            Expr::col(waitlist_entry::Column::Id),
        );
        let earlier = joined
            .clone()
            .lt(self.joined_at)
            .or(joined.eq(self.joined_at).and(id.lt(self.id)));
        priority
            .clone()
            .gt(self.priority)
            .or(priority.eq(self.priority).and(earlier))
    }

    fn is_behind(self) -> Expr {
        let same = Expr::col(waitlist_entry::Column::Id).eq(self.id);
        self.is_before().or(same).not()
    }
}

/// Who waits in a campaign, in order, behind that rank.
///
/// # Errors
/// Of the database.
pub async fn list_waiting(
    tx: &Tx,
    campaign: Uuid,
    behind: Option<Rank>,
    most: u64,
) -> Result<Vec<Entry>, StoreError> {
    let mut query = waiting(campaign);
    if let Some(rank) = behind {
        query = query.filter(rank.is_behind());
    }
    Ok(query
        .order_by_desc(waitlist_entry::COLUMN.priority)
        .order_by_asc(waitlist_entry::COLUMN.created_at)
        .order_by_asc(waitlist_entry::COLUMN.id)
        .limit(most)
        .all(&tx.db)
        .await?)
}

/// How many wait in a campaign before that rank.
///
/// # Errors
/// Of the database.
pub async fn count_before(tx: &Tx, campaign: Uuid, rank: Rank) -> Result<i64, StoreError> {
    let count: Option<i64> = waiting(campaign)
        .select_only()
        .column_as(waitlist_entry::COLUMN.id.count(), "n")
        .filter(rank.is_before())
        .into_tuple()
        .one(&tx.db)
        .await?;
    Ok(count.unwrap_or(0))
}

/// The people of these entries who still wait, in their order.
///
/// # Errors
/// Of the database.
pub async fn list_persons(
    tx: &Tx,
    entries: &[Uuid],
) -> Result<HashMap<Uuid, Vec<WaitingPerson>>, StoreError> {
    let mut persons: HashMap<Uuid, Vec<WaitingPerson>> = HashMap::new();
    for chunk in entries.chunks(500) {
        let rows = waitlist_person::Entity::find()
            .filter(waitlist_person::COLUMN.entry_id.is_in(chunk.to_vec()))
            .filter(waitlist_person::COLUMN.live.eq(true))
            .order_by_asc(waitlist_person::COLUMN.position)
            .all(&tx.db)
            .await?;
        for row in rows {
            persons.entry(row.entry_id).or_default().push(row);
        }
    }
    Ok(persons)
}

/// The entries that somebody is or was part of.
///
/// # Errors
/// Of the database.
pub async fn list_entries_of(tx: &Tx, person: Uuid) -> Result<Vec<Uuid>, StoreError> {
    Ok(waitlist_person::Entity::find()
        .select_only()
        .column(waitlist_person::Column::EntryId)
        .filter(waitlist_person::COLUMN.person_id.eq(person))
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// The displaced appointments of these bookings.
///
/// # Errors
/// Of the database.
pub async fn list_displaced(
    tx: &Tx,
    bookings: &[Uuid],
) -> Result<HashMap<Uuid, Vec<appointment::Model>>, StoreError> {
    let mut displaced: HashMap<Uuid, Vec<appointment::Model>> = HashMap::new();
    for chunk in bookings.chunks(500) {
        let rows = appointment::Entity::find()
            .filter(appointment::COLUMN.booking_id.is_in(chunk.to_vec()))
            .filter(appointment::COLUMN.state.eq("displaced"))
            .order_by_asc(appointment::COLUMN.id)
            .all(&tx.db)
            .await?;
        for row in rows {
            displaced.entry(row.booking_id).or_default().push(row);
        }
    }
    Ok(displaced)
}

/// Writes what an entry is now, if it still is what it was read as, by its version; that goes
/// up by one. When it came, and in which campaign, never changes.
///
/// # Errors
/// [`StoreError::Raced`] when it was changed by another in the meantime.
pub async fn update(tx: &Tx, was: &Entry, is: Entry, now: Instant) -> Result<(), StoreError> {
    order::note(tx, Some(was), &is, now);
    let (id, version) = (was.id, was.version);
    let mut row = is.into_active_model().reset_all();
    row.version = sea_orm::Set(version + 1);
    row.updated_at = sea_orm::Set(now);
    let done = waitlist_entry::Entity::update_many()
        .set(row)
        .filter(waitlist_entry::COLUMN.id.eq(id))
        .filter(waitlist_entry::COLUMN.version.eq(version))
        .exec(&tx.db)
        .await?;
    if done.rows_affected == 0 {
        return Err(StoreError::Raced);
    }
    Ok(())
}

/// People of an entry wait no more: these, or all of them.
///
/// # Errors
/// Of the database.
pub async fn end_persons(tx: &Tx, entry: Uuid, persons: Option<&[Uuid]>) -> Result<(), StoreError> {
    let mut update = waitlist_person::Entity::update_many()
        .col_expr(waitlist_person::COLUMN.live, false.into())
        .filter(waitlist_person::COLUMN.entry_id.eq(entry));
    if let Some(persons) = persons {
        update = update.filter(waitlist_person::COLUMN.person_id.is_in(persons.to_vec()));
    }
    update.exec(&tx.db).await?;
    Ok(())
}

/// Where places are looked for.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// In these windows only.
    pub windows: Option<Vec<Uuid>>,
    /// In this session only.
    pub session: Option<Uuid>,
    /// At these sites only; at any when empty.
    pub sites: Vec<Uuid>,
    /// In these shifts only; in any when empty.
    pub shifts: Vec<Uuid>,
    /// From this local date.
    pub from: Option<NaiveDate>,
    /// To this local date.
    pub to: Option<NaiveDate>,
}

#[derive(FromQueryResult)]
struct SpotRow {
    slot_id: Uuid,
    site_id: Uuid,
    shift_id: Uuid,
    date: NaiveDate,
    starts_at: Instant,
    ends_at: Instant,
}

/// Open windows of a campaign that are not over and have places that are free or cooling, in
/// order of time, after that one (by its beginning and id).
///
/// # Errors
/// Of the database.
pub async fn list_spots(
    tx: &Tx,
    campaign: Uuid,
    scope: &Scope,
    ends_after: Instant,
    after: Option<(Instant, Uuid)>,
    most: u64,
) -> Result<Vec<Spot>, StoreError> {
    let free = pool::Entity::find()
        .select_only()
        .column(pool::Column::SlotId)
        .filter(pool::COLUMN.campaign_id.eq(campaign))
        .filter(pool::COLUMN.open.eq(true))
        .filter(Expr::col(pool::Column::Taken).lt(Expr::col(pool::Column::Places)))
        .into_query();
    let cooling = hold::Entity::find()
        .select_only()
        .column(hold::Column::SlotId)
        .filter(hold::COLUMN.campaign_id.eq(campaign))
        .filter(hold::COLUMN.state.eq("kept"))
        .filter(hold::COLUMN.kind.eq("cooling"))
        .into_query();
    let mut query = slot::Entity::find()
        .select_only()
        .column_as(slot::Column::Id, "slot_id")
        .column(slot::Column::SiteId)
        .column(session::Column::ShiftId)
        .column(slot::Column::Date)
        .column(slot::Column::StartsAt)
        .column(slot::Column::EndsAt)
        .inner_join(session::Entity)
        .filter(slot::COLUMN.campaign_id.eq(campaign))
        .filter(slot::COLUMN.open.eq(true))
        .filter(slot::COLUMN.ends_at.gt(ends_after))
        .filter(
            slot::Column::Id
                .in_subquery(free)
                .or(slot::Column::Id.in_subquery(cooling)),
        );
    if let Some((at, id)) = after {
        let later = slot::COLUMN.starts_at.gt(at);
        let same = slot::COLUMN.starts_at.eq(at).and(slot::COLUMN.id.gt(id));
        query = query.filter(later.or(same));
    }
    if let Some(windows) = &scope.windows {
        query = query.filter(slot::COLUMN.id.is_in(windows.clone()));
    }
    if let Some(session) = scope.session {
        query = query.filter(slot::COLUMN.session_id.eq(session));
    }
    if !scope.sites.is_empty() {
        query = query.filter(slot::COLUMN.site_id.is_in(scope.sites.clone()));
    }
    if !scope.shifts.is_empty() {
        query = query.filter(session::COLUMN.shift_id.is_in(scope.shifts.clone()));
    }
    if let Some(from) = scope.from {
        query = query.filter(slot::COLUMN.date.gte(from));
    }
    if let Some(to) = scope.to {
        query = query.filter(slot::COLUMN.date.lte(to));
    }
    let rows = query
        .order_by_asc(slot::COLUMN.starts_at)
        .order_by_asc(slot::COLUMN.id)
        .limit(most)
        .into_model::<SpotRow>()
        .all(&tx.db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|r| Spot {
            window_id: r.slot_id,
            site_id: r.site_id,
            shift_id: r.shift_id,
            date: r.date,
            starts_at: r.starts_at,
            ends_at: r.ends_at,
        })
        .collect())
}

/// Site and start of windows, for claims.
///
/// # Errors
/// Of the database.
pub async fn whereabouts(
    tx: &Tx,
    windows: &[Uuid],
) -> Result<HashMap<Uuid, (Uuid, Instant)>, StoreError> {
    let rows: Vec<(Uuid, Uuid, Instant)> = slot::Entity::find()
        .select_only()
        .column(slot::Column::Id)
        .column(slot::Column::SiteId)
        .column(slot::Column::StartsAt)
        .filter(slot::COLUMN.id.is_in(windows.to_vec()))
        .into_tuple()
        .all(&tx.db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, site, at)| (id, (site, at)))
        .collect())
}

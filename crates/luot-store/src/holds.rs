//! Places kept without an appointment.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use luot_domain::booking::{Hold, Kept, Kind};

use crate::Instant;
use crate::answers;
use crate::entities::{hold, hold_place};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

pub use crate::entities::hold::Model as Row;

/// A hold that is to be written, with its places.
#[derive(Debug, Clone)]
pub struct NewHold {
    /// The row.
    pub row: Row,
    /// Its places, one a pool.
    pub places: Vec<(Uuid, Kept)>,
}

/// Adds holds and their places. What they keep must have been taken from the pools.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &Tx, holds: Vec<NewHold>) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(holds.len());
    let mut places = Vec::new();
    for new in holds {
        for (id, kept) in new.places {
            places.push(hold_place::Model {
                id,
                created_at: new.row.created_at,
                hold_id: new.row.id,
                pool_id: kept.pool_id,
                people: kept.people,
                cards: kept.cards,
            });
        }
        rows.push(new.row);
    }
    insert_all::<_, hold::ActiveModel>(tx, rows).await?;
    insert_all::<_, hold_place::ActiveModel>(tx, places).await
}

/// Those of these holds that are there, as bookings see them.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, ids: &BTreeSet<Uuid>) -> Result<HashMap<Uuid, Hold>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = hold::Entity::find()
        .filter(hold::COLUMN.id.is_in(ids.iter().copied()))
        .all(&tx.db)
        .await?;
    with_places(tx, rows).await
}

/// Which kept places.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Kept places of a campaign.
    OfCampaign(Uuid),
    /// Places of these windows that cool.
    CoolingIn(&'a [Uuid]),
    /// Holds and offers that have run out by then; at most so many.
    Due(Instant, u64),
    /// Places that have cooled by then; at most so many.
    Cooled(Instant, u64),
    /// What is offered to a party.
    OfferedTo(Uuid),
}

/// Holds that are kept.
///
/// # Errors
/// Of the database.
pub async fn list_kept(tx: &Tx, which: Which<'_>) -> Result<Vec<Hold>, StoreError> {
    let mut query = hold::Entity::find().filter(hold::COLUMN.state.eq("kept"));
    query = match which {
        Which::OfCampaign(id) => query.filter(hold::COLUMN.campaign_id.eq(id)),
        Which::CoolingIn(windows) => query
            .filter(hold::COLUMN.slot_id.is_in(windows.to_vec()))
            .filter(hold::COLUMN.kind.eq(Kind::Cooling.as_str())),
        Which::Due(now, most) => query
            .filter(hold::COLUMN.kind.ne(Kind::Cooling.as_str()))
            .filter(hold::COLUMN.expires_at.lte(now))
            .order_by_asc(hold::COLUMN.expires_at)
            .limit(most),
        Which::Cooled(now, most) => query
            .filter(hold::COLUMN.kind.eq(Kind::Cooling.as_str()))
            .filter(hold::COLUMN.expires_at.lte(now))
            .order_by_asc(hold::COLUMN.expires_at)
            .limit(most),
        Which::OfferedTo(entry) => query.filter(hold::COLUMN.entry_id.eq(entry)),
    };
    let rows = query.order_by_asc(hold::COLUMN.id).all(&tx.db).await?;
    let order: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let mut holds = with_places(tx, rows).await?;
    Ok(order.iter().filter_map(|id| holds.remove(id)).collect())
}

async fn with_places(tx: &Tx, rows: Vec<hold::Model>) -> Result<HashMap<Uuid, Hold>, StoreError> {
    let mut holds: HashMap<Uuid, Hold> = HashMap::with_capacity(rows.len());
    for row in rows {
        let kind = Kind::read(&row.kind)
            .ok_or_else(|| StoreError::Bug(sea_orm::DbErr::Type(row.kind.clone())))?;
        let hold = Hold {
            id: row.id,
            campaign_id: row.campaign_id,
            window_id: row.slot_id,
            kind,
            entry_id: row.entry_id,
            kept: row.state == "kept",
            expires_at: row.expires_at,
            places: Vec::new(),
        };
        holds.insert(row.id, hold);
    }
    let ids: Vec<Uuid> = holds.keys().copied().collect();
    for chunk in ids.chunks(500) {
        let places = hold_place::Entity::find()
            .filter(hold_place::COLUMN.hold_id.is_in(chunk.to_vec()))
            .order_by_asc(hold_place::COLUMN.pool_id)
            .all(&tx.db)
            .await?;
        for place in places {
            if let Some(hold) = holds.get_mut(&place.hold_id) {
                hold.places.push(Kept {
                    pool_id: place.pool_id,
                    people: place.people,
                    cards: place.cards,
                });
            }
        }
    }
    Ok(holds)
}

/// Ends holds that are kept: `used`, `released`, `expired` or `withdrawn`. What becomes of
/// their places is the caller's to write.
///
/// # Errors
/// [`StoreError::Raced`] when one of them is not kept any more.
pub async fn end(
    tx: &Tx,
    ids: &[Uuid],
    state: &'static str,
    now: Instant,
) -> Result<(), StoreError> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    for chunk in ids.chunks(500) {
        let done = hold::Entity::update_many()
            .col_expr(hold::COLUMN.state, state.into())
            .col_expr(hold::COLUMN.updated_at, now.into())
            .filter(hold::COLUMN.id.is_in(chunk.to_vec()))
            .filter(hold::COLUMN.state.eq("kept"))
            .exec(&tx.db)
            .await?;
        if done.rows_affected != chunk.len() as u64 {
            return Err(StoreError::Raced);
        }
    }
    Ok(())
}

/// How many places each of these phones and addresses (by blind index) holds in these
/// campaigns while forms are filled in. Until the transaction ends nobody else counts them:
/// two that count at once would both find room for one more.
///
/// # Errors
/// Of the database; [`StoreError::Busy`] when another that counts takes too long.
pub async fn count_by_holder(
    tx: &Tx,
    campaigns: &[Uuid],
    phones: &BTreeSet<Vec<u8>>,
    addresses: &BTreeSet<Vec<u8>>,
) -> Result<HashMap<(Uuid, Vec<u8>), i32>, StoreError> {
    let holders = phones.iter().chain(addresses).map(|who| number_of(who));
    answers::wait_for_turn(tx, holders.collect()).await?;
    let mut counts = HashMap::new();
    for (column, wanted) in [
        (hold::Column::PhoneIndex, phones),
        (hold::Column::AddressIndex, addresses),
    ] {
        if wanted.is_empty() {
            continue;
        }
        let rows: Vec<(Uuid, Vec<u8>, i64)> = hold::Entity::find()
            .select_only()
            .column(hold::Column::CampaignId)
            .column(column)
            .column_as(Expr::col(hold::Column::People).sum(), "people")
            .filter(hold::COLUMN.campaign_id.is_in(campaigns.iter().copied()))
            .filter(hold::COLUMN.state.eq("kept"))
            .filter(hold::COLUMN.kind.eq(Kind::Form.as_str()))
            .filter(column.is_in(wanted.iter().cloned()))
            .group_by(hold::Column::CampaignId)
            .group_by(column)
            .into_tuple()
            .all(&tx.db)
            .await?;
        for (campaign, who, people) in rows {
            counts.insert((campaign, who), i32::try_from(people).unwrap_or(i32::MAX));
        }
    }
    Ok(counts)
}

/// The first bytes of a blind index: two that share them wait for each other in vain, and no
/// harm is done.
fn number_of(index: &[u8]) -> i64 {
    let bytes = index.iter().copied().take(8);
    bytes.fold(0, |number, byte| (number << 8) | i64::from(byte))
}

/// The windows that a party was ever offered places in.
///
/// # Errors
/// Of the database.
pub async fn windows_offered(
    tx: &Tx,
    entries: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Uuid>>, StoreError> {
    let mut offered: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for chunk in entries.chunks(500) {
        let rows: Vec<(Option<Uuid>, Uuid)> = hold::Entity::find()
            .select_only()
            .column(hold::Column::EntryId)
            .column(hold::Column::SlotId)
            .filter(hold::COLUMN.entry_id.is_in(chunk.to_vec()))
            .filter(hold::COLUMN.state.is_in(["released", "expired"]))
            .into_tuple()
            .all(&tx.db)
            .await?;
        for (entry, slot) in rows {
            if let Some(entry) = entry {
                offered.entry(entry).or_default().push(slot);
            }
        }
    }
    Ok(offered)
}

//! The order of those who wait in a campaign, for who keeps a copy of it: its version, and the
//! steps from one version to the next.
//!
//! Whatever changes who waits, or before whom, notes the party in its transaction. The version
//! is raised by the last statement before the commit: its row is locked for the length of the
//! commit, and who holds it waits for nothing but the rows of other campaigns, in the order of
//! their ids. So nobody can be in the way of anybody but for that moment.
//!
//! A version is a count, and below it a random number: when the store was put back to an older
//! state, it comes as far again, but not to the same versions. So a copy that is of a version
//! the store has is of the same story.
//!
//! The hazard: writing entries past [`super::insert`] and [`super::update`].

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Entry, Rank, waiting};
use crate::Instant;
use crate::changed::Place;
use crate::entities::{waitlist_entry, waitlist_order};
use crate::error::StoreError;
use crate::transaction::Tx;

/// Of a version, the share below the count. The count has 33 bits to the 53 that Redis keeps of a
/// number: eight thousand million changes.
const CHANCE: i64 = 1 << 20;

/// Notes that an entry came, or is another now, where the order is another by that.
pub(super) fn note(tx: &Tx, was: Option<&Entry>, is: &Entry, at: Instant) {
    let place = |entry: &Entry| (entry.state == "waiting").then(|| Rank::of(entry));
    let waits = place(is);
    if was.and_then(place) != waits {
        let place = Place {
            rank: Rank::of(is),
            waits: waits.is_some(),
        };
        tx.changed.order(is.campaign_id, place, at);
    }
}

/// Raises the version of each order that the transaction has changed. Its last statements.
pub(crate) async fn raise(tx: &Tx) -> Result<(), StoreError> {
    for (campaign_id, created_at) in tx.changed.orders() {
        let id = Uuid::now_v7();
        // The last digits of an id are random.
        let chance = i64::from(u32::from_be_bytes(last(id))) % CHANCE;
        let new = waitlist_order::Model {
            id,
            created_at,
            campaign_id,
            version: CHANCE + chance,
            previous: 0,
        };
        let version = Expr::col((waitlist_order::Entity, waitlist_order::Column::Version));
        let next = version.clone().div(CHANCE).add(1).mul(CHANCE).add(chance);
        let raised = waitlist_order::Entity::insert(new.into_active_model())
            .on_conflict(
                OnConflict::column(waitlist_order::Column::CampaignId)
                    .value(waitlist_order::Column::Previous, version)
                    .value(waitlist_order::Column::Version, next)
                    .to_owned(),
            )
            .exec_with_returning(&tx.db)
            .await?;
        tx.changed
            .raised(campaign_id, (raised.previous, raised.version));
    }
    Ok(())
}

fn last(id: Uuid) -> [u8; 4] {
    let [.., a, b, c, d] = *id.as_bytes();
    [a, b, c, d]
}

/// Which version the order of a campaign's waitlist is of; a later one is greater.
///
/// # Errors
/// Of the database.
pub async fn find_version(tx: &Tx, campaign: Uuid) -> Result<i64, StoreError> {
    let version: Option<i64> = waitlist_order::Entity::find()
        .select_only()
        .column(waitlist_order::Column::Version)
        .filter(waitlist_order::COLUMN.campaign_id.eq(campaign))
        .into_tuple()
        .one(&tx.db)
        .await?;
    Ok(version.unwrap_or(0))
}

/// Where everybody stands who waits in a campaign, in no order.
///
/// # Errors
/// Of the database.
pub async fn list_ranks(tx: &Tx, campaign: Uuid) -> Result<Vec<Rank>, StoreError> {
    let ranks: Vec<(i32, Instant, Uuid)> = waiting(campaign)
        .select_only()
        .column(waitlist_entry::Column::Priority)
        .column(waitlist_entry::Column::CreatedAt)
        .column(waitlist_entry::Column::Id)
        .into_tuple()
        .all(&tx.db)
        .await?;
    let ranks = ranks.into_iter().map(|(priority, joined_at, id)| Rank {
        priority,
        joined_at,
        id,
    });
    Ok(ranks.collect())
}

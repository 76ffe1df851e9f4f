//! The audit trail and its chains, and the outbox: written in the transaction that caused
//! them.

pub mod deliveries;

use std::sync::Arc;

use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::Instant;
use crate::bulk;
use crate::entities::{audit, audit_link, outbox};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

pub use crate::entities::audit::Model as Audit;
pub use crate::entities::audit_link::Model as Link;
pub use crate::entities::outbox::Model as Outbox;

type Make = dyn Fn(&Audit) -> Vec<u8> + Send + Sync;

/// What vouches for a row of the trail when it is written: made of all that it says by
/// whoever has the keys, so that a row that somebody else put there can be told.
#[derive(Clone, Default)]
pub struct Voucher(Option<Arc<Make>>);

impl std::fmt::Debug for Voucher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() {
            "Voucher"
        } else {
            "no voucher"
        })
    }
}

impl Voucher {
    /// Asks this, for each row.
    pub fn new(make: impl Fn(&Audit) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(make)))
    }
}

/// Adds to the audit trail, as this server, which vouches for each row.
///
/// # Errors
/// Of the database.
pub async fn record(tx: &Tx, mut rows: Vec<Audit>) -> Result<(), StoreError> {
    for row in &mut rows {
        row.server = Some(tx.server);
        row.mac = tx.voucher.0.as_ref().map(|vouch| vouch(row));
    }
    tx.written.note(rows.iter().map(|r| (r.id, r.created_at)));
    insert_all::<_, audit::ActiveModel>(tx, rows).await
}

/// Adds messages to be sent.
///
/// # Errors
/// Of the database.
pub async fn post(tx: &Tx, rows: Vec<Outbox>) -> Result<(), StoreError> {
    insert_all::<_, outbox::ActiveModel>(tx, rows).await
}

/// Rows in order, after that one; of one campaign, if one is named.
///
/// # Errors
/// Of the database.
pub async fn list(
    tx: &Tx,
    campaign: Option<Uuid>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Audit>, StoreError> {
    let mut query = audit::Entity::find()
        .order_by_asc(audit::COLUMN.id)
        .limit(limit);
    if let Some(id) = campaign {
        query = query.filter(audit::COLUMN.campaign_id.eq(id));
    }
    if let Some(id) = after {
        query = query.filter(audit::COLUMN.id.gt(id));
    }
    Ok(query.all(&tx.db).await?)
}

/// Rows of a campaign in order, after that one; with `about`, those that name any of these
/// ids, also where they belong to no campaign.
///
/// # Errors
/// Of the database.
pub async fn list_about(
    tx: &Tx,
    campaign: Uuid,
    about: Option<&[Uuid]>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Audit>, StoreError> {
    let mut query = audit::Entity::find()
        .order_by_asc(audit::COLUMN.id)
        .limit(limit);
    let here = audit::COLUMN.campaign_id.eq(campaign);
    query = match about {
        None => query.filter(here),
        Some(ids) => {
            let text = Expr::col((audit::Entity, audit::Column::Subject)).cast_as("text");
            let named = ids.iter().fold(Condition::any(), |any, id| {
                any.add(text.clone().like(format!("%{id}%")))
            });
            let anywhere = audit::COLUMN.campaign_id.is_null();
            query
                .filter(Condition::any().add(here).add(anywhere))
                .filter(named)
        }
    };
    if let Some(id) = after {
        query = query.filter(audit::COLUMN.id.gt(id));
    }
    Ok(query.all(&tx.db).await?)
}

/// Which rows that are in no chain.
#[derive(Debug, Clone)]
pub enum Unchained {
    /// These.
    Of(Vec<Uuid>),
    /// Anybody's, of before.
    Before(Instant),
    /// Anybody's, of then and later, and of before.
    Between(Instant, Instant),
    /// Anybody's.
    All,
}

/// Rows that are in no chain yet, in order.
///
/// # Errors
/// Of the database.
pub async fn list_unchained(tx: &Tx, of: Unchained, limit: u64) -> Result<Vec<Audit>, StoreError> {
    let mut chained = Query::select();
    chained
        .expr(Expr::val(1))
        .from(audit_link::Entity)
        .and_where(
            Expr::col((audit_link::Entity, audit_link::Column::AuditId))
                .equals((audit::Entity, audit::Column::Id)),
        );
    let which = match of {
        Unchained::Of(ids) => Condition::all().add(audit::COLUMN.id.is_in(ids)),
        Unchained::Before(before) => Condition::all().add(audit::COLUMN.created_at.lt(before)),
        Unchained::Between(since, before) => Condition::all()
            .add(audit::COLUMN.created_at.gte(since))
            .add(audit::COLUMN.created_at.lt(before)),
        Unchained::All => Condition::all(),
    };
    Ok(audit::Entity::find()
        .filter(which)
        .filter(Expr::exists(chained).not())
        .order_by_asc(audit::COLUMN.id)
        .limit(limit)
        .all(&tx.db)
        .await?)
}

/// Adds links to a chain.
///
/// # Errors
/// [`StoreError::Raced`] when another server has taken one of the rows.
pub async fn link(tx: &Tx, links: Vec<Link>) -> Result<(), StoreError> {
    let count = links.len() as u64;
    let nothing = OnConflict::new().do_nothing().to_owned();
    let added = bulk::insert::<_, audit_link::ActiveModel>(tx, links, Some(nothing)).await?;
    if added == count {
        Ok(())
    } else {
        Err(StoreError::Raced)
    }
}

/// The last link of this server's chain.
///
/// # Errors
/// Of the database.
pub async fn find_head(tx: &Tx) -> Result<Option<Link>, StoreError> {
    Ok(audit_link::Entity::find()
        .filter(audit_link::COLUMN.server.eq(tx.server))
        .order_by_desc(audit_link::COLUMN.position)
        .limit(1)
        .one(&tx.db)
        .await?)
}

/// The last link of each chain.
///
/// # Errors
/// Of the database.
pub async fn list_heads(tx: &Tx) -> Result<Vec<Link>, StoreError> {
    let last: Vec<(Uuid, i64)> = audit_link::Entity::find()
        .select_only()
        .column(audit_link::Column::Server)
        .column_as(audit_link::Column::Position.max(), "last")
        .group_by(audit_link::Column::Server)
        .into_tuple()
        .all(&tx.db)
        .await?;
    let mut heads = Vec::with_capacity(last.len());
    for (server, position) in last {
        heads.extend(
            audit_link::Entity::find()
                .filter(audit_link::COLUMN.server.eq(server))
                .filter(audit_link::COLUMN.position.eq(position))
                .one(&tx.db)
                .await?,
        );
    }
    heads.sort_by_key(|h| h.server);
    Ok(heads)
}

/// Some links of a chain from a position on, each with its row, if that is there.
///
/// # Errors
/// Of the database.
pub async fn list_links(
    tx: &Tx,
    server: Uuid,
    from: i64,
    limit: u64,
) -> Result<Vec<(Link, Option<Audit>)>, StoreError> {
    let links = audit_link::Entity::find()
        .filter(audit_link::COLUMN.server.eq(server))
        .filter(audit_link::COLUMN.position.gte(from))
        .order_by_asc(audit_link::COLUMN.position)
        .limit(limit)
        .all(&tx.db)
        .await?;
    let ids: Vec<Uuid> = links.iter().filter_map(|l| l.audit_id).collect();
    let rows = audit::Entity::find()
        .filter(audit::COLUMN.id.is_in(ids))
        .all(&tx.db)
        .await?;
    Ok(links
        .into_iter()
        .map(|link| {
            let row = rows.iter().find(|r| Some(r.id) == link.audit_id).cloned();
            (link, row)
        })
        .collect())
}

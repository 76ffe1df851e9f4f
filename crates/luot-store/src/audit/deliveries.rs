//! Messages of the outbox that are yet to be handed over.

use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::Instant;
use crate::audit::Outbox;
use crate::entities::outbox;
use crate::error::StoreError;
use crate::transaction::Tx;

/// Messages that are due, the most urgent first.
///
/// # Errors
/// Of the database.
pub async fn list_due(tx: &Tx, now: Instant, limit: u64) -> Result<Vec<Outbox>, StoreError> {
    Ok(outbox::Entity::find()
        .filter(outbox::COLUMN.sent_at.is_null())
        .filter(outbox::COLUMN.due_at.lte(now))
        .filter(outbox::COLUMN.failed_at.is_null())
        .filter(outbox::COLUMN.message_sealed.is_not_null())
        .order_by_asc(outbox::COLUMN.due_at)
        .order_by_asc(outbox::COLUMN.id)
        .limit(limit)
        .all(&tx.db)
        .await?)
}

/// Counts an attempt that is about to be made, and says when the next would be due; whether
/// nobody else is about to make the same.
///
/// # Errors
/// Of the database.
pub async fn claim(tx: &Tx, row: &Outbox, next: Instant) -> Result<bool, StoreError> {
    let done = outbox::Entity::update_many()
        .col_expr(outbox::COLUMN.attempts, Expr::value(row.attempts + 1))
        .col_expr(outbox::COLUMN.due_at, Expr::value(next))
        .filter(outbox::COLUMN.id.eq(row.id))
        .filter(outbox::COLUMN.attempts.eq(row.attempts))
        .filter(outbox::COLUMN.sent_at.is_null())
        .exec(&tx.db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// How a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It was handed over.
    Sent,
    /// It was given up.
    Failed,
}

/// Notes how messages ended, and forgets what they said.
///
/// # Errors
/// Of the database.
pub async fn end(tx: &Tx, ids: &[Uuid], how: End, now: Instant) -> Result<(), StoreError> {
    let column = match how {
        End::Sent => outbox::COLUMN.sent_at,
        End::Failed => outbox::COLUMN.failed_at,
    };
    outbox::Entity::update_many()
        .col_expr(column, Expr::value(now))
        .col_expr(outbox::COLUMN.message_sealed, Expr::value(None::<Vec<u8>>))
        .filter(outbox::COLUMN.id.is_in(ids.iter().copied()))
        .exec(&tx.db)
        .await?;
    Ok(())
}

//! The audit trail and the outbox: written in the transaction that caused them.

use crate::entities::{audit, outbox};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

pub use crate::entities::audit::Model as Audit;
pub use crate::entities::outbox::Model as Outbox;

/// Adds to the audit trail.
///
/// # Errors
/// Of the database.
pub async fn record(tx: &Tx, rows: Vec<Audit>) -> Result<(), StoreError> {
    insert_all::<_, audit::ActiveModel>(tx, rows).await
}

/// Adds messages to be sent.
///
/// # Errors
/// Of the database.
pub async fn post(tx: &Tx, rows: Vec<Outbox>) -> Result<(), StoreError> {
    insert_all::<_, outbox::ActiveModel>(tx, rows).await
}

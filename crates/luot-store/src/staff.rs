//! Staff: who has which role, found by the hash of their token.

use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use crate::entities::staff;
use crate::error::StoreError;
use crate::transaction::Tx;

/// Adds somebody.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &Tx, model: staff::Model) -> Result<(), StoreError> {
    staff::Entity::insert(model.into_active_model())
        .exec_without_returning(&tx.db)
        .await?;
    Ok(())
}

/// Whose token has this hash; nobody's once disabled.
///
/// # Errors
/// Of the database.
pub async fn find_by_token(
    tx: &Tx,
    token_hash: Vec<u8>,
) -> Result<Option<staff::Model>, StoreError> {
    Ok(staff::Entity::find()
        .filter(staff::COLUMN.token_hash.0.eq(token_hash))
        .filter(staff::COLUMN.disabled_at.is_null())
        .one(&tx.db)
        .await?)
}

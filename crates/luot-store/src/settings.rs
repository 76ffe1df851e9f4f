//! What all servers of one database must agree on.

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use crate::Instant;
use crate::entities::setting;
use crate::error::StoreError;
use crate::transaction::Tx;

/// The value of a setting: the one that is there, else the one given, which is kept.
///
/// # Errors
/// Of the database.
pub async fn settle(
    tx: &Tx,
    id: Uuid,
    name: &str,
    value: &str,
    now: Instant,
) -> Result<String, StoreError> {
    let row = setting::Model {
        id,
        created_at: now,
        name: name.into(),
        value: value.into(),
    };
    setting::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&tx.db)
        .await?;
    let kept = find(tx, name).await?;
    kept.ok_or(StoreError::Missing("setting"))
}

/// The value of a setting, if it has one.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, name: &str) -> Result<Option<String>, StoreError> {
    let found = setting::Entity::find()
        .filter(setting::COLUMN.name.eq(name))
        .one(&tx.db)
        .await?;
    Ok(found.map(|s| s.value))
}

//! How staff sign in: logins, password hashes, authenticators, recovery codes.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use crate::Instant;
use crate::entities::{credential, recovery_code};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

pub use crate::entities::credential::Model as Credential;
pub use crate::entities::recovery_code::Model as RecoveryCode;

/// By login.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, login: &str) -> Result<Option<Credential>, StoreError> {
    Ok(credential::Entity::find()
        .filter(credential::COLUMN.login.eq(login))
        .one(&tx.db)
        .await?)
}

/// A member of staff's.
///
/// # Errors
/// Of the database.
pub async fn find_of(tx: &Tx, staff: Uuid) -> Result<Option<Credential>, StoreError> {
    Ok(credential::Entity::find()
        .filter(credential::COLUMN.staff_id.eq(staff))
        .one(&tx.db)
        .await?)
}

/// Adds one.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &Tx, model: Credential) -> Result<(), StoreError> {
    credential::Entity::insert(model.into_active_model())
        .exec_without_returning(&tx.db)
        .await?;
    Ok(())
}

/// Writes one over.
///
/// # Errors
/// Of the database.
pub async fn update(tx: &Tx, model: Credential) -> Result<(), StoreError> {
    let id = model.id;
    credential::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(credential::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// Counts a failed try, and tells how many there are now.
///
/// # Errors
/// Of the database.
pub async fn count_failure(tx: &Tx, id: Uuid) -> Result<i32, StoreError> {
    credential::Entity::update_many()
        .col_expr(
            credential::COLUMN.tries,
            Expr::col(credential::Column::Tries).add(1),
        )
        .filter(credential::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await?;
    let tries: Option<i32> = credential::Entity::find_by_id(id)
        .select_only()
        .column(credential::Column::Tries)
        .into_tuple()
        .one(&tx.db)
        .await?;
    Ok(tries.unwrap_or_default())
}

/// Lets nobody in by it until then.
///
/// # Errors
/// Of the database.
pub async fn lock(tx: &Tx, id: Uuid, until: Instant) -> Result<(), StoreError> {
    credential::Entity::update_many()
        .col_expr(credential::COLUMN.locked_until, until.into())
        .filter(credential::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// Gives somebody these recovery codes instead of those they had.
///
/// # Errors
/// Of the database.
pub async fn replace_recovery(
    tx: &Tx,
    staff: Uuid,
    codes: Vec<RecoveryCode>,
) -> Result<(), StoreError> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::COLUMN.staff_id.eq(staff))
        .exec(&tx.db)
        .await?;
    insert_all::<_, recovery_code::ActiveModel>(tx, codes).await
}

/// Uses a recovery code up; tells whether there was one.
///
/// # Errors
/// Of the database.
pub async fn use_recovery(
    tx: &Tx,
    staff: Uuid,
    code_hash: Vec<u8>,
    now: Instant,
) -> Result<bool, StoreError> {
    let done = recovery_code::Entity::update_many()
        .col_expr(recovery_code::COLUMN.used_at, now.into())
        .filter(recovery_code::COLUMN.staff_id.eq(staff))
        .filter(recovery_code::COLUMN.code_hash.0.eq(code_hash))
        .filter(recovery_code::COLUMN.used_at.is_null())
        .exec(&tx.db)
        .await?;
    Ok(done.rows_affected > 0)
}

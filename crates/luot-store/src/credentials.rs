//! How staff sign in: logins, password hashes, authenticators, recovery codes.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QuerySelect, UpdateMany,
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

/// A member of staff's, to be changed: nobody else changes it until this transaction ends.
///
/// # Errors
/// Of the database.
pub async fn hold(tx: &Tx, staff: Uuid) -> Result<Option<Credential>, StoreError> {
    changing()
        .filter(credential::COLUMN.staff_id.eq(staff))
        .exec(&tx.db)
        .await?;
    find_of(tx, staff).await
}

/// Writes one over that is held.
///
/// # Errors
/// [`StoreError::Raced`] when it was changed since it was read, so was not held.
pub async fn update(tx: &Tx, mut model: Credential) -> Result<(), StoreError> {
    let (id, version) = (model.id, model.version);
    model.version += 1;
    let done = credential::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(credential::COLUMN.id.eq(id))
        .filter(credential::COLUMN.version.eq(version))
        .exec(&tx.db)
        .await?;
    match done.rows_affected {
        0 => Err(StoreError::Raced),
        _ => Ok(()),
    }
}

/// Counts a try before it is looked at, and tells how many there are with it; nothing while
/// it is locked. Of tries at the same moment each sees those before it.
///
/// # Errors
/// Of the database.
pub async fn begin_try(tx: &Tx, id: Uuid, now: Instant) -> Result<Option<i32>, StoreError> {
    let done = changing()
        .col_expr(credential::COLUMN.tries, tries().add(1))
        .filter(credential::COLUMN.id.eq(id))
        .filter(
            Condition::any()
                .add(credential::COLUMN.locked_until.is_null())
                .add(credential::COLUMN.locked_until.lte(now)),
        )
        .exec(&tx.db)
        .await?;
    if done.rows_affected == 0 {
        return Ok(None);
    }
    Ok(credential::Entity::find_by_id(id)
        .select_only()
        .column(credential::Column::Tries)
        .into_tuple()
        .one(&tx.db)
        .await?)
}

/// Takes back a try that was counted and was not wrong, with the lock that it brought.
///
/// # Errors
/// Of the database.
pub async fn take_back_try(tx: &Tx, id: Uuid, lock: Option<Instant>) -> Result<(), StoreError> {
    changing()
        .col_expr(credential::COLUMN.tries, tries().sub(1))
        .filter(credential::COLUMN.id.eq(id))
        .filter(credential::COLUMN.tries.gt(0))
        .exec(&tx.db)
        .await?;
    if let Some(until) = lock {
        changing()
            .col_expr(
                credential::COLUMN.locked_until,
                Expr::value(None::<Instant>),
            )
            .filter(credential::COLUMN.id.eq(id))
            .filter(credential::COLUMN.locked_until.eq(until))
            .exec(&tx.db)
            .await?;
    }
    Ok(())
}

/// Lets nobody in by it until then.
///
/// # Errors
/// Of the database.
pub async fn lock(tx: &Tx, id: Uuid, until: Instant) -> Result<(), StoreError> {
    changing()
        .col_expr(credential::COLUMN.locked_until, until.into())
        .filter(credential::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// A change, which whoever has read the row before learns of by its version.
fn changing() -> UpdateMany<credential::Entity> {
    let next = Expr::col(credential::Column::Version).add(1);
    credential::Entity::update_many().col_expr(credential::COLUMN.version, next)
}

fn tries() -> Expr {
    Expr::col(credential::Column::Tries)
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

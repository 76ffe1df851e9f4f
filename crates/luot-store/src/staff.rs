//! Staff, what they reach, and everybody's tokens.

use chrono::Duration;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::Instant;
use crate::entities::{campaign, cohort, site, staff, staff_area, staff_scope, token, unit};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

pub use crate::entities::staff::Model as Staff;
pub use crate::entities::staff_area::Model as StaffArea;
pub use crate::entities::staff_scope::Model as Scope;
pub use crate::entities::token::Model as Token;

/// Adds somebody, with what they reach.
///
/// # Errors
/// Of the database.
pub async fn insert(
    tx: &Tx,
    model: Staff,
    scopes: Vec<Scope>,
    areas: Vec<StaffArea>,
) -> Result<(), StoreError> {
    staff::Entity::insert(model.into_active_model())
        .exec_without_returning(&tx.db)
        .await?;
    insert_all::<_, staff_scope::ActiveModel>(tx, scopes).await?;
    insert_all::<_, staff_area::ActiveModel>(tx, areas).await
}

/// One member of staff.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<Staff>, StoreError> {
    Ok(staff::Entity::find_by_id(id).one(&tx.db).await?)
}

/// Staff in order of creation, after that one.
///
/// # Errors
/// Of the database.
pub async fn list(tx: &Tx, after: Option<Uuid>, limit: u64) -> Result<Vec<Staff>, StoreError> {
    let mut query = staff::Entity::find()
        .order_by_asc(staff::COLUMN.id)
        .limit(limit);
    if let Some(id) = after {
        query = query.filter(staff::COLUMN.id.gt(id));
    }
    Ok(query.all(&tx.db).await?)
}

/// Lets somebody in no longer, and ends all their tokens.
///
/// # Errors
/// Of the database.
pub async fn disable(tx: &Tx, id: Uuid, now: Instant) -> Result<(), StoreError> {
    staff::Entity::update_many()
        .col_expr(staff::COLUMN.disabled_at, now.into())
        .filter(staff::COLUMN.id.eq(id))
        .filter(staff::COLUMN.disabled_at.is_null())
        .exec(&tx.db)
        .await?;
    end_tokens(tx, Holder::Staff(id), None, now).await
}

/// What these members of staff reach.
///
/// # Errors
/// Of the database.
pub async fn list_scopes(tx: &Tx, ids: &[Uuid]) -> Result<Vec<Scope>, StoreError> {
    Ok(staff_scope::Entity::find()
        .filter(staff_scope::COLUMN.staff_id.is_in(ids.iter().copied()))
        .order_by_asc(staff_scope::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// The areas that these members of staff reach.
///
/// # Errors
/// Of the database.
pub async fn list_areas(tx: &Tx, ids: &[Uuid]) -> Result<Vec<StaffArea>, StoreError> {
    Ok(staff_area::Entity::find()
        .filter(staff_area::COLUMN.staff_id.is_in(ids.iter().copied()))
        .order_by_asc(staff_area::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// The campaigns that are of some area, and of which.
///
/// # Errors
/// Of the database.
pub async fn list_campaign_areas(tx: &Tx) -> Result<Vec<(Uuid, String)>, StoreError> {
    Ok(campaign::Entity::find()
        .select_only()
        .column(campaign::Column::Id)
        .column(campaign::Column::Area)
        .filter(campaign::COLUMN.area.is_not_null())
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// The sites and cohorts of these units and of all that lie under them.
///
/// # Errors
/// Of the database.
pub async fn list_of_units(tx: &Tx, units: &[Uuid]) -> Result<(Vec<Uuid>, Vec<Uuid>), StoreError> {
    let mut all = units.to_vec();
    let mut next = units.to_vec();
    // Province, commune, village: the tree is three or four high.
    while !next.is_empty() {
        next = unit::Entity::find()
            .select_only()
            .column(unit::Column::Id)
            .filter(unit::COLUMN.parent_id.is_in(next))
            .into_tuple()
            .all(&tx.db)
            .await?;
        next.retain(|id| !all.contains(id));
        all.extend(&next);
    }
    let sites = site::Entity::find()
        .select_only()
        .column(site::Column::Id)
        .filter(site::COLUMN.unit_id.is_in(all.clone()))
        .into_tuple()
        .all(&tx.db)
        .await?;
    let cohorts = cohort::Entity::find()
        .select_only()
        .column(cohort::Column::Id)
        .filter(cohort::COLUMN.unit_id.is_in(all))
        .into_tuple()
        .all(&tx.db)
        .await?;
    Ok((sites, cohorts))
}

/// The cohorts of people who are left over of these.
///
/// # Errors
/// Of the database.
pub async fn list_left_over(tx: &Tx, cohorts: Vec<Uuid>) -> Result<Vec<Uuid>, StoreError> {
    Ok(cohort::Entity::find()
        .select_only()
        .column(cohort::Column::Id)
        .filter(cohort::COLUMN.left_of_id.is_in(cohorts))
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// Whose a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A member of staff's.
    Staff(Uuid),
    /// A parent's.
    Parent(Uuid),
}

impl Holder {
    fn is(self) -> Condition {
        match self {
            Self::Staff(id) => Condition::all().add(token::COLUMN.staff_id.eq(id)),
            Self::Parent(id) => Condition::all().add(token::COLUMN.parent_id.eq(id)),
        }
    }
}

/// Adds a token.
///
/// # Errors
/// Of the database.
pub async fn insert_token(tx: &Tx, model: Token) -> Result<(), StoreError> {
    token::Entity::insert(model.into_active_model())
        .exec_without_returning(&tx.db)
        .await?;
    Ok(())
}

/// The token with this hash, if it counts now.
///
/// # Errors
/// Of the database.
pub async fn find_token(
    tx: &Tx,
    token_hash: Vec<u8>,
    now: Instant,
) -> Result<Option<Token>, StoreError> {
    Ok(token::Entity::find()
        .filter(token::COLUMN.token_hash.0.eq(token_hash))
        .filter(token::COLUMN.ended_at.is_null())
        .filter(
            Condition::any()
                .add(token::COLUMN.expires_at.is_null())
                .add(token::COLUMN.expires_at.gt(now)),
        )
        .one(&tx.db)
        .await?)
}

/// The tokens that count now.
///
/// # Errors
/// Of the database.
pub async fn list_tokens(tx: &Tx, holder: Holder, now: Instant) -> Result<Vec<Token>, StoreError> {
    Ok(token::Entity::find()
        .filter(holder.is())
        .filter(token::COLUMN.ended_at.is_null())
        .filter(
            Condition::any()
                .add(token::COLUMN.expires_at.is_null())
                .add(token::COLUMN.expires_at.gt(now)),
        )
        .order_by_asc(token::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// Notes that a token was used, unless that was noted within the time given.
///
/// # Errors
/// Of the database.
pub async fn note_use(
    tx: &Tx,
    id: Uuid,
    now: Instant,
    unless_within: Duration,
) -> Result<(), StoreError> {
    token::Entity::update_many()
        .col_expr(token::COLUMN.used_at, now.into())
        .filter(token::COLUMN.id.eq(id))
        .filter(
            Condition::any()
                .add(token::COLUMN.used_at.is_null())
                .add(token::COLUMN.used_at.lt(now - unless_within)),
        )
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// Ends tokens of somebody: that one, or all that signing in made; all of them for staff who
/// are disabled.
///
/// # Errors
/// Of the database.
pub async fn end_tokens(
    tx: &Tx,
    holder: Holder,
    only: Option<Uuid>,
    now: Instant,
) -> Result<(), StoreError> {
    let mut update = token::Entity::update_many()
        .col_expr(token::COLUMN.ended_at, Expr::value(now))
        .filter(holder.is())
        .filter(token::COLUMN.ended_at.is_null());
    if let Some(id) = only {
        update = update.filter(token::COLUMN.id.eq(id));
    }
    update.exec(&tx.db).await?;
    Ok(())
}

//! Plans and their states.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entities::plan;
use crate::error::StoreError;
use crate::transaction::Tx;

/// Adds a plan.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &Tx, model: plan::Model) -> Result<(), StoreError> {
    plan::Entity::insert(model.into_active_model())
        .exec_without_returning(&tx.db)
        .await?;
    Ok(())
}

/// The plan of that id.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<plan::Model>, StoreError> {
    Ok(plan::Entity::find_by_id(id).one(&tx.db).await?)
}

/// The campaign's published plan.
///
/// # Errors
/// Of the database.
pub async fn find_published(tx: &Tx, campaign: Uuid) -> Result<Option<plan::Model>, StoreError> {
    Ok(plan::Entity::find()
        .filter(plan::COLUMN.campaign_id.eq(campaign))
        .filter(plan::COLUMN.state.eq("published"))
        .one(&tx.db)
        .await?)
}

/// The id of the campaign's published plan, without what the plan says.
///
/// # Errors
/// Of the database.
pub async fn find_published_id(tx: &Tx, campaign: Uuid) -> Result<Option<Uuid>, StoreError> {
    Ok(plan::Entity::find()
        .select_only()
        .column(plan::Column::Id)
        .filter(plan::COLUMN.campaign_id.eq(campaign))
        .filter(plan::COLUMN.state.eq("published"))
        .into_tuple()
        .one(&tx.db)
        .await?)
}

/// Plans of a campaign in order of creation, after that one; without what they say, which is
/// a megabyte each in a province.
///
/// # Errors
/// Of the database.
pub async fn list(
    tx: &Tx,
    campaign: Uuid,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<plan::Model>, StoreError> {
    let but_content = plan::Column::iter().filter(|c| !matches!(c, plan::Column::Content));
    let mut query = plan::Entity::find()
        .select_only()
        .columns(but_content)
        .expr_as(Expr::cust("CAST(NULL AS jsonb)"), "content")
        .filter(plan::COLUMN.campaign_id.eq(campaign));
    if let Some(after) = after {
        query = query.filter(plan::COLUMN.id.gt(after));
    }
    Ok(query
        .order_by_asc(plan::COLUMN.id)
        .limit(limit)
        .all(&tx.db)
        .await?)
}

/// Writes a plan, if it is still in state `from`; the version goes up by one.
///
/// # Errors
/// [`StoreError::Stale`] when it is in another state by now.
pub async fn advance(tx: &Tx, from: &str, mut model: plan::Model) -> Result<(), StoreError> {
    let id = model.id;
    model.version += 1;
    let done = plan::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(plan::COLUMN.id.eq(id))
        .filter(plan::COLUMN.state.eq(from))
        .exec(&tx.db)
        .await?;
    if done.rows_affected == 0 {
        return Err(StoreError::Stale);
    }
    Ok(())
}

/// The ids of the plans said to be running.
///
/// # Errors
/// Of the database.
pub async fn list_running(tx: &Tx) -> Result<Vec<plan::Model>, StoreError> {
    Ok(plan::Entity::find()
        .filter(plan::COLUMN.state.eq("running"))
        .all(&tx.db)
        .await?)
}

//! From when on a campaign's data is kept, and parents of whom nothing is left to keep.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::Instant;
use crate::entities::{child, parent, person, session, token};
use crate::error::StoreError;
use crate::transaction::Tx;

/// The last day of each campaign on which something was held, or is planned to be.
///
/// # Errors
/// Of the database.
pub async fn last_days(tx: &Tx) -> Result<HashMap<Uuid, NaiveDate>, StoreError> {
    let days: Vec<(Uuid, NaiveDate)> = session::Entity::find()
        .select_only()
        .column(session::Column::CampaignId)
        .column_as(session::COLUMN.date.max(), "last")
        .filter(session::COLUMN.state.ne("withdrawn"))
        .group_by(session::COLUMN.campaign_id)
        .into_tuple()
        .all(&tx.db)
        .await?;
    Ok(days.into_iter().collect())
}

/// Erases the phones of parents who have no child here any more but such as are erased, and
/// are signed in nowhere; tells who they were.
///
/// # Errors
/// Of the database.
pub async fn erase_parents(tx: &Tx, now: Instant) -> Result<Vec<Uuid>, StoreError> {
    let nothing = || Expr::value(Option::<Vec<u8>>::None);
    let mut not_erased = Query::select();
    not_erased
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(Expr::col(person::Column::ErasedAt).is_null());
    let mut with_children = Query::select();
    with_children
        .column(child::Column::ParentId)
        .from(child::Entity)
        .and_where(Expr::col(child::Column::PersonId).in_subquery(not_erased));
    let mut signed_in = Query::select();
    signed_in
        .column(token::Column::ParentId)
        .from(token::Entity)
        .and_where(Expr::col(token::Column::ParentId).is_not_null())
        .and_where(Expr::col(token::Column::EndedAt).is_null())
        .and_where(Expr::col(token::Column::ExpiresAt).gt(now));
    let ids: Vec<Uuid> = parent::Entity::find()
        .select_only()
        .column(parent::Column::Id)
        .filter(parent::COLUMN.erased_at.is_null())
        .filter(Expr::col(parent::Column::Id).not_in_subquery(with_children))
        .filter(Expr::col(parent::Column::Id).not_in_subquery(signed_in))
        .order_by_asc(parent::COLUMN.id)
        .into_tuple()
        .all(&tx.db)
        .await?;
    for some in ids.chunks(500) {
        parent::Entity::update_many()
            .col_expr(parent::COLUMN.phone_sealed.0, nothing())
            .col_expr(parent::COLUMN.phone_index.0, nothing())
            .col_expr(parent::COLUMN.zalo_index.0, nothing())
            .col_expr(parent::COLUMN.zalo_sealed.0, nothing())
            .col_expr(parent::COLUMN.erased_at, now.into())
            .filter(parent::COLUMN.id.is_in(some.to_vec()))
            .exec(&tx.db)
            .await?;
    }
    Ok(ids)
}

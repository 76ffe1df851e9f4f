//! Out of which pool a hold keeps how many places.

use sea_orm::entity::prelude::*;

/// Out of which pool a hold keeps how many places.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold_place")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub hold_id: Uuid,
    pub pool_id: Uuid,
    pub people: i32,
    pub cards: i32,
}

impl ActiveModelBehavior for ActiveModel {}

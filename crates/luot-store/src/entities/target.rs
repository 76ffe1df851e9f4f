//! How many people of a unit are to be enrolled, or activated.

use sea_orm::entity::prelude::*;

/// How many people of a unit are to be enrolled, or activated.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "target")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub unit_id: Uuid,
    pub measure: String,
    pub starts_on: Date,
    pub ends_on: Date,
    pub people: i32,
    pub per_day: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}

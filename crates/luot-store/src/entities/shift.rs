//! Named hours of a day, with the records one machine takes in them.

use sea_orm::entity::prelude::*;

/// Named hours of a day, with the records one machine takes in them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shift")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub code: String,
    pub name: String,
    pub position: i32,
    pub starts: Time,
    pub ends: Time,
    pub records: i32,
    pub retired_at: Option<DateTimeUtc>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

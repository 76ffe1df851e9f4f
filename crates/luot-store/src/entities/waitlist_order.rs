//! Which version the order of those who wait in a campaign is of.

use sea_orm::entity::prelude::*;

/// Which version the order of those who wait in a campaign is of.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist_order")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub version: i64,
    pub previous: i64,
}

impl ActiveModelBehavior for ActiveModel {}

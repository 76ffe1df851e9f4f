//! A province, commune, village, school or organisation within a campaign.

use sea_orm::entity::prelude::*;

/// A province, commune, village, school or organisation within a campaign.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub kind: String,
    pub official_code: Option<String>,
    pub code: String,
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}

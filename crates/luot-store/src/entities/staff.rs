//! Somebody who works with the service; the token is stored hashed.

use sea_orm::entity::prelude::*;

/// Somebody who works with the service; the token is stored hashed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Option<Uuid>,
    pub unit_id: Option<Uuid>,
    pub name: String,
    pub role: String,
    pub device: Option<String>,
    pub token_hash: Vec<u8>,
    pub disabled_at: Option<DateTimeUtc>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

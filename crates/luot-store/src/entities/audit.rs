//! Who did what, when.

use sea_orm::entity::prelude::*;

/// Who did what, when.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Option<Uuid>,
    pub staff_id: Option<Uuid>,
    pub action: String,
    pub subject: Json,
    pub server: Option<Uuid>,
    pub actor: Option<String>,
    pub parent_id: Option<Uuid>,
    pub reason: Option<String>,
    pub request: Option<String>,
    pub mac: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}

//! A token by its hash: of a member of staff, a system, a device, or a parent.

use sea_orm::entity::prelude::*;

/// A token by its hash: of a member of staff, a system, a device, or a parent.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub staff_id: Option<Uuid>,
    pub parent_id: Option<Uuid>,
    pub kind: String,
    pub token_hash: Vec<u8>,
    pub label: String,
    pub expires_at: Option<DateTimeUtc>,
    pub used_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

//! A link of a server's chain over the audit trail.

use sea_orm::entity::prelude::*;

/// A link of a server's chain over the audit trail.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_link")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub audit_id: Option<Uuid>,
    pub server: Uuid,
    pub position: i64,
    pub hash: Vec<u8>,
    pub note: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

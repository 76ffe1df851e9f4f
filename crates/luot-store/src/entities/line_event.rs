//! What followers of a line are told: one row a version that changed something.

use sea_orm::entity::prelude::*;

/// What followers of a line are told: one row a version that changed something.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "line_event")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub session_id: Uuid,
    pub version: i64,
    pub payload: Json,
}

impl ActiveModelBehavior for ActiveModel {}

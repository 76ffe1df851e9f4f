//! A message to the outside, written in the transaction that caused it.

use sea_orm::entity::prelude::*;

/// A message to the outside, written in the transaction that caused it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Option<Uuid>,
    pub kind: String,
    pub payload: Json,
    pub attempts: i32,
    pub due_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
    pub message_sealed: Option<Vec<u8>>,
    pub good_until: Option<DateTimeUtc>,
    pub failed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

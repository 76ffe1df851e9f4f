//! What a parent asks about the data on a child, and by when it is due.

use sea_orm::entity::prelude::*;

/// What a parent asks about the data on a child, and by when it is due.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "privacy_request")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub person_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub decided_by_id: Option<Uuid>,
    pub kind: String,
    pub state: String,
    pub due_at: DateTimeUtc,
    pub decided_at: Option<DateTimeUtc>,
    pub asked_sealed: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}

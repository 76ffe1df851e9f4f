//! That somebody agreed to a text, for somebody.

use sea_orm::entity::prelude::*;

/// That somebody agreed to a text, for somebody.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub person_id: Uuid,
    pub text_version: String,
    pub given_by: String,
    pub given_at: DateTimeUtc,
    pub withdrawn_at: Option<DateTimeUtc>,
    pub parent_id: Option<Uuid>,
    pub channel: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

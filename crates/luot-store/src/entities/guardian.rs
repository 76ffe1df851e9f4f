//! A phone that a list or a booking names for a person.

use sea_orm::entity::prelude::*;

/// A phone that a list or a booking names for a person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "guardian")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub person_id: Uuid,
    pub phone_index: Vec<u8>,
    pub phone_sealed: Vec<u8>,
    pub source: String,
}

impl ActiveModelBehavior for ActiveModel {}

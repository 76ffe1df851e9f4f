//! That a person is a parent's child, or that the parent says so.

use sea_orm::entity::prelude::*;

/// That a person is a parent's child, or that the parent says so.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "child")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub parent_id: Uuid,
    pub person_id: Uuid,
    pub decided_by_id: Option<Uuid>,
    pub source: String,
    pub state: String,
    pub updated_at: DateTimeUtc,
    pub asked_sealed: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}

//! What all servers of one database must agree on.

use sea_orm::entity::prelude::*;

/// What all servers of one database must agree on.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "setting")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub name: String,
    pub value: String,
}

impl ActiveModelBehavior for ActiveModel {}

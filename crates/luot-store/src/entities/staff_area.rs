//! A province or commune whose campaigns a member of staff reaches.

use sea_orm::entity::prelude::*;

/// A province or commune whose campaigns a member of staff reaches.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_area")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub staff_id: Uuid,
    pub area: String,
}

impl ActiveModelBehavior for ActiveModel {}

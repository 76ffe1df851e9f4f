//! That a person is on the list of a cohort.

use sea_orm::entity::prelude::*;

/// That a person is on the list of a cohort.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roster_entry")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub cohort_id: Uuid,
    pub person_id: Uuid,
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}

//! Places of a session given to a cohort.

use sea_orm::entity::prelude::*;

/// Places of a session given to a cohort.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "allotment")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub session_id: Uuid,
    pub cohort_id: Uuid,
    pub places: i32,
    pub moved_before: bool,
}

impl ActiveModelBehavior for ActiveModel {}

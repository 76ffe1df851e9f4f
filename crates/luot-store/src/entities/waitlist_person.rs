//! One of a party that waits.

use sea_orm::entity::prelude::*;

/// One of a party that waits.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist_person")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub entry_id: Uuid,
    pub person_id: Uuid,
    pub service_id: Uuid,
    pub cohort_id: Option<Uuid>,
    pub position: i32,
    pub live: bool,
}

impl ActiveModelBehavior for ActiveModel {}

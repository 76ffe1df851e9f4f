//! A party that waits for places.

use sea_orm::entity::prelude::*;

/// A party that waits for places.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist_entry")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub booking_id: Uuid,
    pub kind: String,
    pub state: String,
    pub priority: i32,
    pub grounds: Json,
    pub wishes: Json,
    pub at_once: bool,
    pub vouched: bool,
    pub people: i32,
    pub missed: i32,
    pub passed_over: Option<Json>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

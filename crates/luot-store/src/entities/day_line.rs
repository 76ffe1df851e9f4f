//! A session's line as a whole: its version, its last number, what was completed.

use sea_orm::entity::prelude::*;

/// A session's line as a whole: its version, its last number, what was completed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "day_line")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub session_id: Uuid,
    pub version: i64,
    pub last_number: i32,
    pub done_people: i32,
    pub done_seconds: i64,
    pub done_squares: i64,
    pub closed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

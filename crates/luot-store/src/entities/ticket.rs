//! A place in the line of a session.

use sea_orm::entity::prelude::*;

/// A place in the line of a session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub session_id: Uuid,
    pub appointment_id: Option<Uuid>,
    pub given_by_id: Option<Uuid>,
    pub number: i32,
    pub came: String,
    pub ground: Option<String>,
    pub persons: i32,
    pub needs_card: bool,
    pub state: String,
    pub rank: i64,
    pub misses: i32,
    pub was_parked: bool,
    pub parked_until: Option<DateTimeUtc>,
    pub arrived_at: DateTimeUtc,
    pub window_starts_at: Option<DateTimeUtc>,
    pub window_ends_at: Option<DateTimeUtc>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

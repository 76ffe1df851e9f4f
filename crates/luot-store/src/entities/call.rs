//! A ticket called to a station.

use sea_orm::entity::prelude::*;

/// A ticket called to a station.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub session_id: Uuid,
    pub station_id: Uuid,
    pub ticket_id: Uuid,
    pub called_by_id: Option<Uuid>,
    pub state: String,
    pub outcome: Option<String>,
    pub reason: Json,
    pub recalls: i32,
    pub called_at: DateTimeUtc,
    pub served_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub lease_until: DateTimeUtc,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

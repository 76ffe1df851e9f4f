//! People booked as one: a class, a village, an organisation.

use sea_orm::entity::prelude::*;

/// People booked as one: a class, a village, an organisation.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cohort")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub unit_id: Option<Uuid>,
    pub service_id: Uuid,
    pub code: String,
    pub name: String,
    pub position: i32,
    pub people: i32,
    pub sites: Json,
    pub whole: bool,
    pub due_on: Option<Date>,
    pub weight: i32,
    pub calendar: Json,
    pub left_of_id: Option<Uuid>,
    pub retired_at: Option<DateTimeUtc>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

//! A campaign: dates, time zone, policies, and the planning parameters of its instance.

use sea_orm::entity::prelude::*;

/// A campaign: dates, time zone, policies, and the planning parameters of its instance.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "campaign")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub name: String,
    pub title: String,
    pub timezone: String,
    pub starts_on: Date,
    pub ends_on: Date,
    pub planning: Json,
    pub policies: Json,
    pub rehearsal: bool,
    pub frozen_before: Option<Date>,
    pub area: Option<String>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

//! An enrolment kit.

use sea_orm::entity::prelude::*;

/// An enrolment kit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub home_site_id: Option<Uuid>,
    pub code: String,
    pub name: String,
    pub position: i32,
    pub issues_cards: bool,
    pub rate_hundredths: i32,
    pub calendar: Json,
    pub out: Json,
    pub retired_at: Option<DateTimeUtc>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

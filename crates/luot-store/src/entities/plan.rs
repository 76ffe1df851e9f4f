//! A rotation with its allotments, in one of its states.

use sea_orm::entity::prelude::*;

/// A rotation with its allotments, in one of its states.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub against_plan_id: Option<Uuid>,
    pub state: String,
    pub origin: String,
    pub title: String,
    pub campaign_version: i32,
    pub options: Json,
    pub steps: i64,
    pub cost: Option<i64>,
    pub terms: Option<Json>,
    pub content: Option<Json>,
    pub unserved: Option<Json>,
    pub failure: Option<String>,
    pub finished_at: Option<DateTimeUtc>,
    pub published_at: Option<DateTimeUtc>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

//! What a person comes for, and which kind of machine it needs.

use sea_orm::entity::prelude::*;

/// What a person comes for, and which kind of machine it needs.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub code: String,
    pub title: String,
    pub issues_card: bool,
    pub subject: String,
    pub age_from: Option<i32>,
    pub age_under: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}

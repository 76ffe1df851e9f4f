//! A window of a session. SQL reserves the word WINDOW.

use sea_orm::entity::prelude::*;

/// A window of a session. SQL reserves the word WINDOW.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "slot")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub session_id: Uuid,
    pub site_id: Uuid,
    pub date: Date,
    pub starts: Time,
    pub ends: Time,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub open: bool,
    #[sea_orm(belongs_to, from = "session_id", to = "id")]
    pub session: BelongsTo<super::session::Entity>,
    #[sea_orm(has_many)]
    pub pools: HasMany<super::pool::Entity>,
    #[sea_orm(has_many)]
    pub appointments: HasMany<super::appointment::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

//! One person's place in a window.

use sea_orm::entity::prelude::*;

/// One person's place in a window.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub booking_id: Uuid,
    pub person_id: Uuid,
    pub service_id: Uuid,
    pub cohort_id: Option<Uuid>,
    pub slot_id: Uuid,
    pub pool_id: Uuid,
    pub code: String,
    pub needs_card: bool,
    pub state: String,
    pub moves: i32,
    pub version: i32,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "slot_id", to = "id")]
    pub slot: BelongsTo<super::slot::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

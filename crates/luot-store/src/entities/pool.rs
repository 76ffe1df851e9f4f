//! Places in a window, for everybody or for one cohort: what booking takes from.

use sea_orm::entity::prelude::*;

/// Places in a window, for everybody or for one cohort: what booking takes from.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pool")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub slot_id: Uuid,
    pub cohort_id: Option<Uuid>,
    pub open: bool,
    pub places: i32,
    pub taken: i32,
    pub card_places: i32,
    pub card_taken: i32,
    #[sea_orm(belongs_to, from = "slot_id", to = "id")]
    pub slot: BelongsTo<super::slot::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

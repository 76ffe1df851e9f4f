//! Places of a window that are kept without an appointment.

use sea_orm::entity::prelude::*;

/// Places of a window that are kept without an appointment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub slot_id: Uuid,
    pub entry_id: Option<Uuid>,
    pub kind: String,
    pub state: String,
    pub people: i32,
    pub cards: i32,
    pub phone_index: Option<Vec<u8>>,
    pub address_index: Option<Vec<u8>>,
    pub expires_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

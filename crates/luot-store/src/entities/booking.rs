//! A party that booked together, and whom to tell.

use sea_orm::entity::prelude::*;

/// A party that booked together, and whom to tell.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "booking")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub booked_by_id: Option<Uuid>,
    pub contact_name_sealed: Option<Vec<u8>>,
    pub contact_phone_sealed: Option<Vec<u8>>,
    pub contact_phone_index: Option<Vec<u8>>,
    pub erased_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

//! A subject: sealed personal values, and the keyed hash that tells people apart.

use sea_orm::entity::prelude::*;

/// A subject: sealed personal values, and the keyed hash that tells people apart.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub unit_id: Option<Uuid>,
    pub merged_into_id: Option<Uuid>,
    pub subject: String,
    pub person_key: Vec<u8>,
    pub full_name_sealed: Option<Vec<u8>>,
    pub birth_date_sealed: Option<Vec<u8>>,
    pub personal_number_sealed: Option<Vec<u8>>,
    pub personal_number_index: Option<Vec<u8>>,
    pub representative_sealed: Option<Vec<u8>>,
    pub claim_hash: Option<Vec<u8>>,
    pub renamed_at: Option<DateTimeUtc>,
    pub erased_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

//! What came of a visit.

use sea_orm::entity::prelude::*;

/// What came of a visit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub appointment_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub cohort_id: Option<Uuid>,
    pub unit_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub machine_id: Option<Uuid>,
    pub referred_site_id: Option<Uuid>,
    pub recorded_by_id: Option<Uuid>,
    pub confirmed_by_id: Option<Uuid>,
    pub kind: String,
    pub reason: Option<String>,
    pub occurred_at: DateTimeUtc,
    pub recorded_at: DateTimeUtc,
    pub reason_sealed: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}

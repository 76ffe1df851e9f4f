//! What a member of staff reaches: everything, a campaign, a unit, a site, a session, or a cohort.

use sea_orm::entity::prelude::*;

/// What a member of staff reaches: everything, a campaign, a unit, a site, a session, or a cohort.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_scope")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub staff_id: Uuid,
    pub campaign_id: Option<Uuid>,
    pub unit_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub cohort_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

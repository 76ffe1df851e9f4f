//! A machine with its operator, calling tickets of one session.

use sea_orm::entity::prelude::*;

/// A machine with its operator, calling tickets of one session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "station")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub campaign_id: Uuid,
    pub session_id: Uuid,
    pub machine_id: Option<Uuid>,
    pub opened_by_id: Option<Uuid>,
    pub number: i32,
    pub issues_cards: bool,
    pub closed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

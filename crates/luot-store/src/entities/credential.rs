//! How a member of staff signs in.

use sea_orm::entity::prelude::*;

/// How a member of staff signs in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
#[allow(missing_docs, reason = "the columns are told in the migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub created_at: DateTimeUtc,
    pub staff_id: Uuid,
    pub login: String,
    pub password_hash: String,
    pub must_change: bool,
    pub totp_sealed: Option<Vec<u8>>,
    pub totp_on: bool,
    pub totp_step: i64,
    pub tries: i32,
    pub locked_until: Option<DateTimeUtc>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

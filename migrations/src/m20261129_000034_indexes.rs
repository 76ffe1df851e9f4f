//! Indexes that cost a rush less. Bookings are looked up by phone whatever their campaign, which
//! the index by campaign and phone was no help for: on PostgreSQL a hash is the smallest that is,
//! and when first answers run out is in the order in which they are written, as a BRIN index
//! keeps it. Each is a lock on its table until the end: some seconds for a million rows.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::on_postgres;

#[derive(DeriveMigrationName)]
pub struct Migration;

const SMALLER: [&str; 4] = [
    "DROP INDEX ix_booking_phone",
    "CREATE INDEX ix_booking_phone ON booking USING hash (contact_phone_index)",
    "DROP INDEX ix_first_answer_expires",
    "CREATE INDEX ix_first_answer_expires ON first_answer USING brin (expires_at)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Sqlite {
            return on_postgres(manager, &SMALLER).await;
        }
        let before = Index::drop()
            .name("ix_booking_phone")
            .table("booking")
            .to_owned();
        manager.drop_index(before).await?;
        let by_phone = Index::create()
            .name("ix_booking_phone")
            .table("booking")
            .col("contact_phone_index")
            .to_owned();
        manager.create_index(by_phone).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

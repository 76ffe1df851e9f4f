//! Bookings are looked up by phone whatever their campaign, which the index by campaign and phone
//! was no help for. On PostgreSQL a hash is the smallest that is, and costs a rush the least. Its
//! table is locked until the end, some seconds for a million rows; who has it is waited for no
//! longer than ten seconds, for everybody else would wait behind.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::on_postgres;

#[derive(DeriveMigrationName)]
pub struct Migration;

const HASHED: [&str; 3] = [
    "SET LOCAL lock_timeout = '10s'",
    "DROP INDEX ix_booking_phone",
    "CREATE INDEX ix_booking_phone ON booking USING hash (contact_phone_index)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Sqlite {
            return on_postgres(manager, &HASHED).await;
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

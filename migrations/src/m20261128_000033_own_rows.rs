//! Two more references of an appointment that the transaction which writes it has proved: its
//! booking and its person are rows that the same transaction writes, or has just read; neither
//! is ever deleted. As before (`m20261128_000031_references`), on PostgreSQL only.

use sea_orm_migration::prelude::*;

use crate::schema::on_postgres;

#[derive(DeriveMigrationName)]
pub struct Migration;

const PROVED: [&str; 2] = [
    "ALTER TABLE appointment DROP CONSTRAINT fk_appointment_booking",
    "ALTER TABLE appointment DROP CONSTRAINT fk_appointment_person",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, &PROVED).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

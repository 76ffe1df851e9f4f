//! References that the transaction which writes them has proved already, and that every booking
//! paid for.
//!
//! Who books has the campaign's row locked, and takes the place by changing the pool's row, in
//! the same transaction; neither is ever deleted. PostgreSQL looked each of them up once more
//! for every row: a fifth of what it spent on a booking. On SQLite they cost little, and stay;
//! so whatever broke one of them would show in the tests there.

use sea_orm_migration::prelude::*;

use crate::schema::on_postgres;

#[derive(DeriveMigrationName)]
pub struct Migration;

const PROVED: [&str; 3] = [
    "ALTER TABLE appointment DROP CONSTRAINT fk_appointment_pool",
    "ALTER TABLE booking DROP CONSTRAINT fk_booking_campaign",
    "ALTER TABLE person DROP CONSTRAINT fk_person_campaign",
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

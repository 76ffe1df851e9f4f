//! References that another one implies, and that every booking paid for.
//!
//! An appointment's campaign is its booking's, and its window is its pool's: both rows are
//! written together and never moved apart. A service comes with its campaign and never goes.
//! PostgreSQL looks each of them up for every row and locks it, which in a rush over many
//! windows was most of what a booking cost. On SQLite they cost little, and cannot be taken
//! away without writing the table anew.

use sea_orm_migration::prelude::*;

use crate::schema::on_postgres;

#[derive(DeriveMigrationName)]
pub struct Migration;

const IMPLIED: &str = "ALTER TABLE appointment \
    DROP CONSTRAINT fk_appointment_campaign, \
    DROP CONSTRAINT fk_appointment_slot, \
    DROP CONSTRAINT fk_appointment_service";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, &[IMPLIED]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

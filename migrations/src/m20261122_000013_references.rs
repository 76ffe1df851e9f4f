//! References that another one implies, and that every booking paid for.
//!
//! An appointment's campaign is its booking's, and its window is its pool's: both rows are
//! written together and never moved apart. A service comes with its campaign and never goes.
//! PostgreSQL looks each of them up for every row and locks it, which in a rush over many
//! windows was most of what a booking cost. On SQLite they cost little, and cannot be taken
//! away without writing the table anew.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

const IMPLIED: &str = "ALTER TABLE appointment \
    DROP CONSTRAINT fk_appointment_campaign, \
    DROP CONSTRAINT fk_appointment_slot, \
    DROP CONSTRAINT fk_appointment_service";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let database = manager.get_connection();
            database.execute_unprepared(IMPLIED).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

//! What is told of people whose names were claimed before a list said them: since when a list
//! calls somebody otherwise than was claimed, and what a parent says whose child is to be
//! confirmed, so that whoever confirms it sees what is asked. And who a parent is for Zalo,
//! sealed, so that the index of it can be made anew when keys change.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (bytes, instant) = match manager.get_database_backend() {
            DbBackend::Sqlite => ("blob", "timestamp_with_timezone_text"),
            _ => ("bytea", "timestamp with time zone"),
        };
        for add in [
            format!("ALTER TABLE person ADD COLUMN renamed_at {instant}"),
            format!("ALTER TABLE child ADD COLUMN asked_sealed {bytes}"),
            format!("ALTER TABLE parent ADD COLUMN zalo_sealed {bytes}"),
        ] {
            manager.get_connection().execute_unprepared(&add).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

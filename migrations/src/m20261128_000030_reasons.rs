//! Why somebody was not served, in an officer's own words, which may name somebody: sealed.
//! What was written before stays where it is until it is erased.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bytes = match manager.get_database_backend() {
            DbBackend::Sqlite => "blob",
            _ => "bytea",
        };
        let add = format!("ALTER TABLE outcome ADD COLUMN reason_sealed {bytes}");
        manager.get_connection().execute_unprepared(&add).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

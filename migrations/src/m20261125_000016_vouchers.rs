//! Rows of the audit trail that are vouched for: a keyed hash of all that a row says, made by
//! who wrote it. Rows of before have none; those that were chained need none.

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
        manager
            .get_connection()
            .execute_unprepared(&format!("ALTER TABLE audit ADD COLUMN mac {bytes}"))
            .await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

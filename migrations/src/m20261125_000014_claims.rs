//! What shows that somebody knows a person: whoever has only their personal number is not
//! given their appointments. Rows from before have none until they are written anew; what is
//! sealed in them is compared instead.

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
        let add = format!("ALTER TABLE person ADD COLUMN claim_hash {bytes}");
        manager.get_connection().execute_unprepared(&add).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

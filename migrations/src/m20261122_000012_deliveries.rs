//! Messages whose text is personal are sealed in the outbox until they are sent or given up.

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
        for column in [
            format!("message_sealed {bytes}"),
            format!("good_until {instant}"),
            format!("failed_at {instant}"),
        ] {
            manager
                .get_connection()
                .execute_unprepared(&format!("ALTER TABLE outbox ADD COLUMN {column}"))
                .await?;
        }
        // Looked at each second, among rows of which most are no messages.
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE INDEX ix_outbox_message ON outbox (due_at) WHERE message_sealed IS NOT NULL",
            )
            .await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

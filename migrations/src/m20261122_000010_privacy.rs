//! What children's data is kept by: consent with its channel, what parents ask, legal holds.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{col, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let uuid = if sqlite { "uuid_text" } else { "uuid" };
        db.execute_unprepared(&format!(
            "ALTER TABLE consent ADD COLUMN parent_id {uuid} \
             CONSTRAINT fk_consent_parent REFERENCES parent (id) ON DELETE RESTRICT"
        ))
        .await?;
        db.execute_unprepared("ALTER TABLE consent ADD COLUMN channel text")
            .await?;
        table("privacy_request")
            .refers("campaign_id", "fk_privacy_request_campaign", "campaign")
            .refers("person_id", "fk_privacy_request_person", "person")
            .refers_null("parent_id", "fk_privacy_request_parent", "parent")
            .refers_null("decided_by_id", "fk_privacy_request_decided_by", "staff")
            .one_of(
                "kind",
                "ck_privacy_request_kind",
                &["correct", "withdraw", "export"],
            )
            .one_of(
                "state",
                "ck_privacy_request_state",
                &["open", "done", "refused"],
            )
            .instant("due_at")
            .instant_null("decided_at")
            .bytes_null("asked_sealed")
            .index_where(
                "ix_privacy_request_due",
                &["campaign_id", "due_at"],
                col("state").eq("open"),
            )
            .index("ix_privacy_request_person", &["person_id"])
            .create(manager)
            .await?;
        table("legal_hold")
            .refers("campaign_id", "fk_legal_hold_campaign", "campaign")
            .refers_null("person_id", "fk_legal_hold_person", "person")
            .refers_null("placed_by_id", "fk_legal_hold_placed_by", "staff")
            .text("reference")
            .instant_null("ended_at")
            .index("ix_legal_hold_campaign", &["campaign_id"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

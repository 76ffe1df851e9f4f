//! What keeps the service honest: first answers kept for retries, the audit trail, the
//! outbox, and the settings that servers of one database must share.

use sea_orm_migration::prelude::*;

use crate::schema::{col, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `id` is derived from the caller's scope and key, so that the primary key decides.
        table("first_answer")
            .bytes("request_hash")
            .int("status")
            .json("answer")
            .instant("expires_at")
            .index("ix_first_answer_expires", &["expires_at"])
            .create(manager)
            .await?;

        table("audit")
            .refers_null("campaign_id", "fk_audit_campaign", "campaign")
            .refers_null("staff_id", "fk_audit_staff", "staff")
            .text("action")
            .json("subject")
            .index("ix_audit_campaign", &["campaign_id", "created_at"])
            .create(manager)
            .await?;

        table("outbox")
            .refers_null("campaign_id", "fk_outbox_campaign", "campaign")
            .text("kind")
            .json("payload")
            .int("attempts")
            .instant("due_at")
            .instant_null("sent_at")
            .index_where("ix_outbox_due", &["due_at"], col("sent_at").is_null())
            .create(manager)
            .await?;

        table("setting")
            .text("name")
            .text("value")
            .unique("uq_setting_name", &["name"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

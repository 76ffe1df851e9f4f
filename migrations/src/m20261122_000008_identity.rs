//! Who somebody is and what they may reach: scopes of staff, tokens, passwords, parents,
//! one-time codes, and whose children are whose.

use sea_orm_migration::prelude::*;

use crate::schema::{col, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        scopes(manager).await?;
        parents(manager).await?;
        tokens(manager).await?;
        passwords(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// A row of nothing but the member of staff reaches everything; no row reaches nothing.
async fn scopes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // `display` is a device; what kind it is, is told here, since a check cannot be widened.
    manager
        .get_connection()
        .execute_unprepared(
            "ALTER TABLE staff ADD COLUMN device text \
             CONSTRAINT ck_staff_device CHECK (device IN ('board', 'kiosk'))",
        )
        .await?;
    table("staff_scope")
        .refers("staff_id", "fk_staff_scope_staff", "staff")
        .refers_null("campaign_id", "fk_staff_scope_campaign", "campaign")
        .refers_null("unit_id", "fk_staff_scope_unit", "unit")
        .refers_null("site_id", "fk_staff_scope_site", "site")
        .refers_null("session_id", "fk_staff_scope_session", "session")
        .refers_null("cohort_id", "fk_staff_scope_cohort", "cohort")
        .index("ix_staff_scope_staff", &["staff_id"])
        .create(manager)
        .await?;
    // Whoever is there already reaches what they reached before.
    manager
        .get_connection()
        .execute_unprepared(
            "INSERT INTO staff_scope (id, created_at, staff_id, campaign_id, unit_id) \
             SELECT id, created_at, id, campaign_id, unit_id FROM staff",
        )
        .await?;
    Ok(())
}

async fn parents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("parent")
        .bytes_null("phone_sealed")
        .bytes_null("phone_index")
        .bytes_null("zalo_index")
        .instant("seen_at")
        .instant_null("erased_at")
        .unique_where(
            "uq_parent_phone",
            &["phone_index"],
            col("phone_index").is_not_null(),
        )
        .unique_where(
            "uq_parent_zalo",
            &["zalo_index"],
            col("zalo_index").is_not_null(),
        )
        .create(manager)
        .await?;
    // Only the newest code of a phone counts; the row is written over by the next.
    table("phone_code")
        .bytes("phone_index")
        .bytes("code_hash")
        .instant("expires_at")
        .int("tries")
        .instant_null("used_at")
        .unique("uq_phone_code", &["phone_index"])
        .index("ix_phone_code_expires", &["expires_at"])
        .create(manager)
        .await?;
    // A phone that a list or a booking names for somebody.
    table("guardian")
        .refers("person_id", "fk_guardian_person", "person")
        .bytes("phone_index")
        .bytes("phone_sealed")
        .one_of("source", "ck_guardian_source", &["roster", "booking"])
        .unique("uq_guardian", &["person_id", "phone_index"])
        .index("ix_guardian_phone", &["phone_index"])
        .create(manager)
        .await?;
    table("child")
        .refers("parent_id", "fk_child_parent", "parent")
        .refers("person_id", "fk_child_person", "person")
        .refers_null("decided_by_id", "fk_child_decided_by", "staff")
        .one_of(
            "source",
            "ck_child_source",
            &["roster", "booking", "number", "parent", "staff"],
        )
        .one_of("state", "ck_child_state", &["linked", "asked", "refused"])
        .instant("updated_at")
        .unique("uq_child", &["parent_id", "person_id"])
        .index("ix_child_person", &["person_id"])
        .create(manager)
        .await
}

async fn tokens(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("token")
        .refers_null("staff_id", "fk_token_staff", "staff")
        .refers_null("parent_id", "fk_token_parent", "parent")
        .one_of("kind", "ck_token_kind", &["api", "sign_in"])
        .bytes("token_hash")
        .text("label")
        .instant_null("expires_at")
        .instant_null("used_at")
        .instant_null("ended_at")
        .check(
            "ck_token_holder",
            col("staff_id")
                .is_null()
                .and(col("parent_id").is_not_null())
                .or(col("staff_id")
                    .is_not_null()
                    .and(col("parent_id").is_null())),
        )
        .unique("uq_token_hash", &["token_hash"])
        .index("ix_token_staff", &["staff_id"])
        .index("ix_token_parent", &["parent_id"])
        .create(manager)
        .await?;
    // The tokens there are go on being what they were. `staff.token_hash` is no longer read.
    manager
        .get_connection()
        .execute_unprepared(
            "INSERT INTO token (id, created_at, staff_id, kind, token_hash, label) \
             SELECT id, created_at, id, 'api', token_hash, 'first' FROM staff",
        )
        .await?;
    Ok(())
}

async fn passwords(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("credential")
        .refers("staff_id", "fk_credential_staff", "staff")
        .text("login")
        .text("password_hash")
        .bool("must_change")
        .bytes_null("totp_sealed")
        .bool("totp_on")
        .big("totp_step")
        .int("tries")
        .instant_null("locked_until")
        .version()
        .unique("uq_credential_staff", &["staff_id"])
        .unique("uq_credential_login", &["login"])
        .create(manager)
        .await?;
    table("recovery_code")
        .refers("staff_id", "fk_recovery_code_staff", "staff")
        .bytes("code_hash")
        .instant_null("used_at")
        .unique("uq_recovery_code", &["staff_id", "code_hash"])
        .create(manager)
        .await
}

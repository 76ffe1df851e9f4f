//! The people: subjects, rosters, staff. Personal values are encrypted; what must be
//! looked up has a blind index (a keyed hash) beside it.

use sea_orm_migration::prelude::*;

use crate::schema::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("person")
            .refers("campaign_id", "fk_person_campaign", "campaign")
            .refers_null("unit_id", "fk_person_unit", "unit")
            .refers_null("merged_into_id", "fk_person_merged_into", "person")
            .one_of("subject", "ck_person_subject", &["person", "organisation"])
            .bytes("person_key")
            .bytes_null("full_name_sealed")
            .bytes_null("birth_date_sealed")
            .bytes_null("personal_number_sealed")
            .bytes_null("personal_number_index")
            .bytes_null("representative_sealed")
            .instant_null("erased_at")
            .unique("uq_person_key", &["campaign_id", "person_key"])
            .create(manager)
            .await?;

        table("roster_entry")
            .refers("cohort_id", "fk_roster_entry_cohort", "cohort")
            .refers("person_id", "fk_roster_entry_person", "person")
            .int("position")
            .unique("uq_roster_entry", &["cohort_id", "person_id"])
            .index("ix_roster_entry_person", &["person_id"])
            .create(manager)
            .await?;

        table("staff")
            .refers_null("campaign_id", "fk_staff_campaign", "campaign")
            .refers_null("unit_id", "fk_staff_unit", "unit")
            .text("name")
            .one_of(
                "role",
                "ck_staff_role",
                &[
                    "admin",
                    "scheduler",
                    "school",
                    "village",
                    "operator",
                    "supervisor",
                    "display",
                ],
            )
            .bytes("token_hash")
            .instant_null("disabled_at")
            .version()
            .unique("uq_staff_token", &["token_hash"])
            .create(manager)
            .await?;

        table("consent")
            .refers("person_id", "fk_consent_person", "person")
            .text("text_version")
            .text("given_by")
            .instant("given_at")
            .instant_null("withdrawn_at")
            .index("ix_consent_person", &["person_id"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

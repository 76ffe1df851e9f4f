//! Campaigns and their parts: units, services, sites, machines, shifts, cohorts, targets.

use sea_orm_migration::prelude::*;

use crate::schema::{col, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("campaign")
            .text("name")
            .text("title")
            .text("timezone")
            .date("starts_on")
            .date("ends_on")
            .json("planning")
            .json("policies")
            .bool("rehearsal")
            .date_null("frozen_before")
            .version()
            .check("ck_campaign_dates", col("starts_on").lte(col("ends_on")))
            .index("ix_campaign_created", &["created_at"])
            .create(manager)
            .await?;

        table("unit")
            .refers("campaign_id", "fk_unit_campaign", "campaign")
            .refers_null("parent_id", "fk_unit_parent", "unit")
            .one_of(
                "kind",
                "ck_unit_kind",
                &["province", "commune", "village", "school", "organisation"],
            )
            .text_null("official_code")
            .text("code")
            .text("name")
            .unique("uq_unit_code", &["campaign_id", "code"])
            .create(manager)
            .await?;

        table("service")
            .refers("campaign_id", "fk_service_campaign", "campaign")
            .text("code")
            .text("title")
            .bool("issues_card")
            .one_of("subject", "ck_service_subject", &["person", "organisation"])
            .int_null("age_from")
            .int_null("age_under")
            .unique("uq_service_code", &["campaign_id", "code"])
            .create(manager)
            .await?;

        table("site")
            .refers("campaign_id", "fk_site_campaign", "campaign")
            .refers_null("unit_id", "fk_site_unit", "unit")
            .text("code")
            .text("name")
            .int("position")
            .int("machines_at_once")
            .json("calendar")
            .instant_null("retired_at")
            .version()
            .check("ck_site_machines", col("machines_at_once").gte(1))
            .unique("uq_site_code", &["campaign_id", "code"])
            .create(manager)
            .await?;

        table("machine")
            .refers("campaign_id", "fk_machine_campaign", "campaign")
            .refers_null("home_site_id", "fk_machine_home", "site")
            .text("code")
            .text("name")
            .int("position")
            .bool("issues_cards")
            .int("rate_hundredths")
            .json("calendar")
            .json("out")
            .instant_null("retired_at")
            .version()
            .check("ck_machine_rate", col("rate_hundredths").gte(0))
            .unique("uq_machine_code", &["campaign_id", "code"])
            .create(manager)
            .await?;

        table("shift")
            .refers("campaign_id", "fk_shift_campaign", "campaign")
            .text("code")
            .text("name")
            .int("position")
            .time("starts")
            .time("ends")
            .int("records")
            .instant_null("retired_at")
            .version()
            .check("ck_shift_hours", col("starts").lt(col("ends")))
            .check("ck_shift_records", col("records").gte(0))
            .unique("uq_shift_code", &["campaign_id", "code"])
            .create(manager)
            .await?;

        table("cohort")
            .refers("campaign_id", "fk_cohort_campaign", "campaign")
            .refers_null("unit_id", "fk_cohort_unit", "unit")
            .refers("service_id", "fk_cohort_service", "service")
            .text("code")
            .text("name")
            .int("position")
            .int("people")
            .json("sites")
            .bool("whole")
            .date_null("due_on")
            .int("weight")
            .json("calendar")
            .instant_null("retired_at")
            .version()
            .check("ck_cohort_people", col("people").gte(0))
            .unique("uq_cohort_code", &["campaign_id", "code"])
            .create(manager)
            .await?;

        table("target")
            .refers("campaign_id", "fk_target_campaign", "campaign")
            .refers("unit_id", "fk_target_unit", "unit")
            .one_of("measure", "ck_target_measure", &["enrolled", "activated"])
            .date("starts_on")
            .date("ends_on")
            .int("people")
            .int_null("per_day")
            .check("ck_target_people", col("people").gte(0))
            .unique("uq_target_unit_measure", &["unit_id", "measure"])
            .index("ix_target_campaign", &["campaign_id"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

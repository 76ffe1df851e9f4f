//! Plans, and what a published plan becomes: sessions, windows, pools, allotments.

use sea_orm_migration::prelude::*;

use crate::schema::{col, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("plan")
            .refers("campaign_id", "fk_plan_campaign", "campaign")
            .refers_null("against_plan_id", "fk_plan_against", "plan")
            .one_of(
                "state",
                "ck_plan_state",
                &[
                    "running",
                    "draft",
                    "published",
                    "superseded",
                    "cancelled",
                    "failed",
                ],
            )
            .one_of(
                "origin",
                "ck_plan_origin",
                &["solver", "import", "instance", "hand", "proposal"],
            )
            .text("title")
            .int("campaign_version")
            .json("options")
            .big("steps")
            .big_null("cost")
            .json_null("terms")
            .json_null("content")
            .json_null("unserved")
            .text_null("failure")
            .instant_null("finished_at")
            .instant_null("published_at")
            .version()
            .index("ix_plan_campaign", &["campaign_id", "created_at"])
            .unique_where(
                "uq_plan_published",
                &["campaign_id"],
                col("state").eq("published"),
            )
            .create(manager)
            .await?;

        table("session")
            .refers("campaign_id", "fk_session_campaign", "campaign")
            .refers("site_id", "fk_session_site", "site")
            .refers("shift_id", "fk_session_shift", "shift")
            .date("date")
            .instant("starts_at")
            .instant("ends_at")
            .int("capacity")
            .int("card_capacity")
            .one_of("state", "ck_session_state", &["open", "withdrawn"])
            .json("machines")
            .version()
            .check("ck_session_capacity", col("capacity").gte(0))
            .check(
                "ck_session_cards",
                col("card_capacity").lte(col("capacity")),
            )
            .unique("uq_session_place", &["site_id", "date", "shift_id"])
            .index("ix_session_campaign", &["campaign_id", "date"])
            .create(manager)
            .await?;

        table("allotment")
            .refers("campaign_id", "fk_allotment_campaign", "campaign")
            .refers("session_id", "fk_allotment_session", "session")
            .refers("cohort_id", "fk_allotment_cohort", "cohort")
            .int("places")
            .bool("moved_before")
            .check("ck_allotment_places", col("places").gte(0))
            .unique("uq_allotment_session_cohort", &["session_id", "cohort_id"])
            .index("ix_allotment_campaign", &["campaign_id"])
            .create(manager)
            .await?;

        // Named "slot" in SQL, because WINDOW is a reserved word there.
        table("slot")
            .refers("campaign_id", "fk_slot_campaign", "campaign")
            .refers("session_id", "fk_slot_session", "session")
            .refers("site_id", "fk_slot_site", "site")
            .date("date")
            .time("starts")
            .time("ends")
            .instant("starts_at")
            .instant("ends_at")
            .bool("open")
            .unique("uq_slot_session_start", &["session_id", "starts"])
            .index("ix_slot_campaign", &["campaign_id", "starts_at"])
            .create(manager)
            .await?;

        table("pool")
            .refers("campaign_id", "fk_pool_campaign", "campaign")
            .refers("slot_id", "fk_pool_slot", "slot")
            .refers_null("cohort_id", "fk_pool_cohort", "cohort")
            .bool("open")
            .int("places")
            .int("taken")
            .int("card_places")
            .int("card_taken")
            .check(
                "ck_pool_taken",
                col("taken").gte(0).and(col("taken").lte(col("places"))),
            )
            .check(
                "ck_pool_card_taken",
                col("card_taken")
                    .gte(0)
                    .and(col("card_taken").lte(col("card_places"))),
            )
            .check("ck_pool_cards", col("card_places").lte(col("places")))
            .unique_where(
                "uq_pool_cohort",
                &["slot_id", "cohort_id"],
                col("cohort_id").is_not_null(),
            )
            .unique_where(
                "uq_pool_everybody",
                &["slot_id"],
                col("cohort_id").is_null(),
            )
            .index("ix_pool_campaign", &["campaign_id"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

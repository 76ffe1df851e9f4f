//! Places that are kept without an appointment, and parties that wait for places.

use sea_orm_migration::prelude::*;

use crate::schema::{col, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A party waits under the booking that it is to become: its contact is there, and so
        // is what its token is made from. A claim waits for the displaced appointments of
        // its booking; the people of any other entry are in `waitlist_person`.
        table("waitlist_entry")
            .refers("campaign_id", "fk_waitlist_entry_campaign", "campaign")
            .refers("booking_id", "fk_waitlist_entry_booking", "booking")
            .one_of("kind", "ck_waitlist_entry_kind", &["party", "claim"])
            .one_of(
                "state",
                "ck_waitlist_entry_state",
                &["waiting", "offered", "served", "left", "ended"],
            )
            .int("priority")
            .json("grounds")
            .json("wishes")
            .bool("at_once")
            .bool("vouched")
            .int("people")
            .int("missed")
            .json_null("passed_over")
            .version()
            .unique_where(
                "uq_waitlist_entry_booking",
                &["booking_id"],
                col("state").is_in(["waiting", "offered"]),
            )
            .index_where(
                "ix_waitlist_entry_order",
                &["campaign_id", "priority", "created_at", "id"],
                col("state").eq("waiting"),
            )
            .create(manager)
            .await?;

        table("waitlist_person")
            .refers("entry_id", "fk_waitlist_person_entry", "waitlist_entry")
            .refers("person_id", "fk_waitlist_person_person", "person")
            .refers("service_id", "fk_waitlist_person_service", "service")
            .refers_null("cohort_id", "fk_waitlist_person_cohort", "cohort")
            .int("position")
            .bool("live")
            .unique_where(
                "uq_waitlist_person_live",
                &["person_id", "service_id"],
                col("live").eq(true),
            )
            .index("ix_waitlist_person_entry", &["entry_id"])
            .create(manager)
            .await?;

        // `form`: while a form is filled in. `offer`: made to a waiting party. `cooling`:
        // given back, and not yet open to everybody. Counted as taken while `kept`.
        table("hold")
            .refers("campaign_id", "fk_hold_campaign", "campaign")
            .refers("slot_id", "fk_hold_slot", "slot")
            .refers_null("entry_id", "fk_hold_entry", "waitlist_entry")
            .one_of("kind", "ck_hold_kind", &["form", "offer", "cooling"])
            .one_of(
                "state",
                "ck_hold_state",
                &["kept", "used", "released", "expired", "withdrawn"],
            )
            .int("people")
            .int("cards")
            .bytes_null("phone_index")
            .bytes_null("address_index")
            .instant("expires_at")
            .instant("updated_at")
            .index_where("ix_hold_due", &["expires_at"], col("state").eq("kept"))
            .index_where("ix_hold_slot", &["slot_id"], col("state").eq("kept"))
            .index_where(
                "ix_hold_campaign",
                &["campaign_id"],
                col("state").eq("kept"),
            )
            .index_where("ix_hold_phone", &["phone_index"], col("state").eq("kept"))
            .index_where(
                "ix_hold_address",
                &["address_index"],
                col("state").eq("kept"),
            )
            .index("ix_hold_entry", &["entry_id"])
            .create(manager)
            .await?;

        table("hold_place")
            .refers("hold_id", "fk_hold_place_hold", "hold")
            .refers("pool_id", "fk_hold_place_pool", "pool")
            .int("people")
            .int("cards")
            .unique("uq_hold_place", &["hold_id", "pool_id"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

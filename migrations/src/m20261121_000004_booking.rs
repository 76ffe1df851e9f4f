//! Bookings, appointments and their outcomes.

use sea_orm_migration::prelude::*;

use crate::schema::{col, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("booking")
            .refers("campaign_id", "fk_booking_campaign", "campaign")
            .refers_null("booked_by_id", "fk_booking_booked_by", "staff")
            .bytes_null("contact_name_sealed")
            .bytes_null("contact_phone_sealed")
            .bytes_null("contact_phone_index")
            .instant_null("erased_at")
            .index("ix_booking_phone", &["campaign_id", "contact_phone_index"])
            .create(manager)
            .await?;

        table("appointment")
            .refers("campaign_id", "fk_appointment_campaign", "campaign")
            .refers("booking_id", "fk_appointment_booking", "booking")
            .refers("person_id", "fk_appointment_person", "person")
            .refers("service_id", "fk_appointment_service", "service")
            .refers_null("cohort_id", "fk_appointment_cohort", "cohort")
            .refers("slot_id", "fk_appointment_slot", "slot")
            .refers("pool_id", "fk_appointment_pool", "pool")
            .text("code")
            .bool("needs_card")
            .one_of(
                "state",
                "ck_appointment_state",
                &[
                    "booked",
                    "arrived",
                    "called",
                    "fulfilled",
                    "cancelled",
                    "noshow",
                    "displaced",
                ],
            )
            .int("moves")
            .version()
            .unique("uq_appointment_code", &["code"])
            .unique_where(
                "uq_appointment_live",
                &["person_id", "service_id"],
                col("state").is_in(["booked", "arrived", "called", "displaced"]),
            )
            .index("ix_appointment_slot", &["slot_id"])
            .index("ix_appointment_booking", &["booking_id"])
            .index_where(
                "ix_appointment_displaced",
                &["campaign_id"],
                col("state").eq("displaced"),
            )
            .create(manager)
            .await?;

        table("outcome")
            .refers("campaign_id", "fk_outcome_campaign", "campaign")
            .refers_null("appointment_id", "fk_outcome_appointment", "appointment")
            .refers_null("person_id", "fk_outcome_person", "person")
            .refers_null("cohort_id", "fk_outcome_cohort", "cohort")
            .refers_null("unit_id", "fk_outcome_unit", "unit")
            .refers_null("session_id", "fk_outcome_session", "session")
            .refers_null("machine_id", "fk_outcome_machine", "machine")
            .refers_null("referred_site_id", "fk_outcome_referred_site", "site")
            .refers_null("recorded_by_id", "fk_outcome_recorded_by", "staff")
            .refers_null("confirmed_by_id", "fk_outcome_confirmed_by", "staff")
            .one_of(
                "kind",
                "ck_outcome_kind",
                &[
                    "enrolled",
                    "missing-papers",
                    "capture-failed",
                    "refused",
                    "absent",
                    "activated",
                    "cannot",
                ],
            )
            .text_null("reason")
            .instant("occurred_at")
            .instant("recorded_at")
            .index("ix_outcome_campaign", &["campaign_id", "occurred_at"])
            .index("ix_outcome_appointment", &["appointment_id"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

//! The day: stations, the line of a session, tickets, calls, and what followers are told.

use sea_orm_migration::prelude::*;

use crate::schema::{col, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One row a session that anybody came to. Whoever changes its line raises the version
        // first, and so waits for whoever does at the same time.
        table("day_line")
            .refers("campaign_id", "fk_day_line_campaign", "campaign")
            .refers("session_id", "fk_day_line_session", "session")
            .big("version")
            .int("last_number")
            .int("done_people")
            .big("done_seconds")
            .big("done_squares")
            .instant_null("closed_at")
            .unique("uq_day_line_session", &["session_id"])
            .create(manager)
            .await?;

        table("station")
            .refers("campaign_id", "fk_station_campaign", "campaign")
            .refers("session_id", "fk_station_session", "session")
            .refers_null("machine_id", "fk_station_machine", "machine")
            .refers_null("opened_by_id", "fk_station_opened_by", "staff")
            .int("number")
            .bool("issues_cards")
            .instant_null("closed_at")
            .unique("uq_station_number", &["session_id", "number"])
            .unique_where(
                "uq_station_machine",
                &["session_id", "machine_id"],
                col("closed_at").is_null(),
            )
            .create(manager)
            .await?;

        table("ticket")
            .refers("campaign_id", "fk_ticket_campaign", "campaign")
            .refers("session_id", "fk_ticket_session", "session")
            .refers_null("appointment_id", "fk_ticket_appointment", "appointment")
            .refers_null("given_by_id", "fk_ticket_given_by", "staff")
            .int("number")
            .one_of(
                "came",
                "ck_ticket_came",
                &["early", "on_time", "late", "too_late", "walk_in"],
            )
            .text_null("ground")
            .int("persons")
            .bool("needs_card")
            .one_of(
                "state",
                "ck_ticket_state",
                &["waiting", "called", "parked", "done", "out", "closed"],
            )
            .big("rank")
            .int("misses")
            .bool("was_parked")
            .instant_null("parked_until")
            .instant("arrived_at")
            .instant_null("window_starts_at")
            .instant_null("window_ends_at")
            .version()
            .check("ck_ticket_persons", col("persons").gte(1))
            .unique("uq_ticket_number", &["session_id", "number"])
            .unique_where(
                "uq_ticket_live",
                &["appointment_id"],
                col("state").is_in(["waiting", "called", "parked"]),
            )
            .index("ix_ticket_line", &["session_id", "state", "rank"])
            .index_where(
                "ix_ticket_parked",
                &["parked_until"],
                col("state").eq("parked"),
            )
            .create(manager)
            .await?;

        table("call")
            .refers("campaign_id", "fk_call_campaign", "campaign")
            .refers("session_id", "fk_call_session", "session")
            .refers("station_id", "fk_call_station", "station")
            .refers("ticket_id", "fk_call_ticket", "ticket")
            .refers_null("called_by_id", "fk_call_called_by", "staff")
            .one_of(
                "state",
                "ck_call_state",
                &[
                    "called", "serving", "finished", "missed", "parked", "lapsed",
                ],
            )
            .text_null("outcome")
            .json("reason")
            .int("recalls")
            .instant("called_at")
            .instant_null("served_at")
            .instant_null("ended_at")
            .instant("lease_until")
            .version()
            .unique_where(
                "uq_call_ticket",
                &["ticket_id"],
                col("state").is_in(["called", "serving"]),
            )
            .unique_where(
                "uq_call_station",
                &["station_id"],
                col("state").is_in(["called", "serving"]),
            )
            .index("ix_call_session", &["session_id", "state"])
            .index_where(
                "ix_call_lease",
                &["lease_until"],
                col("state").is_in(["called", "serving"]),
            )
            .create(manager)
            .await?;

        table("line_event")
            .refers("session_id", "fk_line_event_session", "session")
            .big("version")
            .json("payload")
            .unique("uq_line_event", &["session_id", "version"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

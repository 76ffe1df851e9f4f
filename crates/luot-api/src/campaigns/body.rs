//! A campaign as anybody may see it.

use chrono::{DateTime, Utc};
use luot_app::campaigns::CampaignView;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::policies::Policies;
use crate::words::{AreaCode, Day};

/// A campaign.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "name": "binh-gia-2023", "title": "Bình Gia, tháng 4 đến tháng 6",
    "timezone": "Asia/Ho_Chi_Minh", "starts_on": "2026-11-24", "ends_on": "2027-02-02",
    "policies": {
        "window_minutes": 30, "hold_seconds": 600, "hold_places_per_phone": 10, "hold_places_per_address": 200,
        "party_most": 10, "age_from": 6, "age_under": null, "keep_days": 90, "consent_required": true,
        "line": {
            "grace_minutes": 10, "noshow_minutes": 20, "walk_in_delay_minutes": 30, "priority_minutes": 30,
            "miss_behind": 3, "misses_most": 3, "park_minutes": 15, "call_lease_seconds": 300, "serve_lease_seconds": 1800,
            "close_hours": 3, "tickets_for_anybody": true, "kiosk_grants_priority": false, "allotments_open_hours": 2
        },
        "waitlist": {
            "offer_minutes": 240, "offer_minutes_on_day": 20, "offers_most": 3, "late_minutes": 60,
            "cooling_seconds_least": 60, "cooling_seconds_most": 600,
            "priority_out_of_school": 30, "priority_hardship": 20, "priority_moved_before": 10
        }
    },
    "area": "20/06001", "rehearsal": false, "published_plan_id": null, "version": 1,
    "created_at": "2026-11-21T02:00:00Z", "updated_at": "2026-11-21T02:00:00Z"
}))]
pub(crate) struct Campaign {
    /// Its id.
    id: Uuid,
    /// The instance's name, for programs.
    name: String,
    /// What people read.
    title: String,
    /// IANA name of the zone in which its dates and clock times are local.
    timezone: String,
    /// First date.
    starts_on: Day,
    /// Last date, itself included.
    ends_on: Day,
    /// What it decides for itself.
    policies: Policies,
    /// The province or commune it is of.
    #[schema(required = true)]
    area: Option<AreaCode>,
    /// Whether it was over when it was created, and is kept for rehearsal: its first day never passes.
    rehearsal: bool,
    /// The plan in force.
    #[schema(required = true)]
    published_plan_id: Option<Uuid>,
    /// Its version, also in the `ETag`.
    version: i32,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it, or what is published in it, last changed.
    updated_at: DateTime<Utc>,
}

impl From<CampaignView> for Campaign {
    fn from(view: CampaignView) -> Self {
        let (row, policies) = (view.row, view.policies);
        Self {
            id: row.id,
            name: row.name,
            title: row.title,
            timezone: row.timezone,
            starts_on: Day(row.starts_on),
            ends_on: Day(row.ends_on),
            policies: policies.into(),
            area: row.area.and_then(|it| it.parse().ok()).map(AreaCode),
            rehearsal: row.rehearsal,
            published_plan_id: view.published_plan_id,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

//! A campaign as anybody may see it.

use chrono::{DateTime, Utc};
use luot_app::campaigns::CampaignView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::Day;

/// A campaign.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "name": "binh-gia-2023", "title": "Bình Gia, tháng 4 đến tháng 6",
    "timezone": "Asia/Ho_Chi_Minh", "starts_on": "2026-11-24", "ends_on": "2027-02-02",
    "policies": {"window_minutes": 30, "hold_seconds": 600, "party_most": 10, "age_from": 6, "age_under": null},
    "rehearsal": false, "published_plan_id": null, "version": 1,
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

/// What a campaign decides for itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Policies {
    /// Length of a window.
    window_minutes: u32,
    /// How long a hold is kept.
    hold_seconds: u32,
    /// Most people that book together.
    party_most: u32,
    /// From which age, in full years on the day.
    #[schema(required = true)]
    age_from: Option<u32>,
    /// Under which age, in full years on the day.
    #[schema(required = true)]
    age_under: Option<u32>,
}

/// What a campaign is to decide for itself; what is left out has its default.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPolicies {
    /// Length of a window.
    #[schema(minimum = 5, maximum = 480, default = 30, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    window_minutes: Option<u32>,
    /// How long a hold is kept.
    #[schema(minimum = 30, maximum = 3600, default = 600, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_seconds: Option<u32>,
    /// Most people that book together.
    #[schema(minimum = 1, maximum = 50, default = 10, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    party_most: Option<u32>,
    /// From which age, in full years on the day; everybody if left out.
    #[schema(minimum = 0, maximum = 150)]
    age_from: Option<u32>,
    /// Under which age, in full years on the day; no bound if left out.
    #[schema(minimum = 1, maximum = 150)]
    age_under: Option<u32>,
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
            policies: Policies {
                window_minutes: policies.window_minutes,
                hold_seconds: policies.hold_seconds,
                party_most: policies.party_most,
                age_from: policies.age_from,
                age_under: policies.age_under,
            },
            rehearsal: row.rehearsal,
            published_plan_id: view.published_plan_id,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

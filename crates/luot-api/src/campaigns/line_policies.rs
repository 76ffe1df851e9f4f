//! A campaign's policies for the day itself.

use luot_domain::line::policies;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::given;

/// What a campaign decides about its days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinePolicies {
    /// How long after its window's end an appointment still counts as on time.
    grace_minutes: u32,
    /// How long after its window's end who has not come counts as not come.
    noshow_minutes: u32,
    /// How much later than their arrival those without an appointment count.
    walk_in_delay_minutes: u32,
    /// The credit of those who must not be made to stand.
    priority_minutes: u32,
    /// Behind how many of those who wait somebody goes who did not answer a call.
    miss_behind: u32,
    /// After how many calls without an answer somebody is out of the line.
    misses_most: u32,
    /// How long somebody is set aside where the station does not say.
    park_minutes: u32,
    /// How long a station may be silent after a call before the call goes back.
    call_lease_seconds: u32,
    /// The same while it serves.
    serve_lease_seconds: u32,
    /// How many hours after its end a session's line is closed.
    close_hours: u32,
    /// Whether anybody may take a ticket, or only staff and kiosks give them.
    tickets_for_anybody: bool,
    /// Whether a kiosk may be believed about the grounds of priority.
    kiosk_grants_priority: bool,
    /// How many hours before its session an allotment's unclaimed places open to everybody; never if `null`.
    #[schema(required = true)]
    allotments_open_hours: Option<u32>,
}

/// What a campaign is to decide about its days; what is left out has its default.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLinePolicies {
    /// How long after its window's end an appointment still counts as on time.
    #[schema(minimum = 0, maximum = 240, default = 10, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_minutes: Option<u32>,
    /// How long after its window's end who has not come counts as not come.
    #[schema(minimum = 0, maximum = 480, default = 20, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    noshow_minutes: Option<u32>,
    /// How much later than their arrival those without an appointment count.
    #[schema(minimum = 0, maximum = 480, default = 30, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    walk_in_delay_minutes: Option<u32>,
    /// The credit of those who must not be made to stand.
    #[schema(minimum = 0, maximum = 480, default = 30, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    priority_minutes: Option<u32>,
    /// Behind how many of those who wait somebody goes who did not answer a call.
    #[schema(minimum = 1, maximum = 50, default = 3, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    miss_behind: Option<u32>,
    /// After how many calls without an answer somebody is out of the line.
    #[schema(minimum = 1, maximum = 10, default = 3, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    misses_most: Option<u32>,
    /// How long somebody is set aside where the station does not say.
    #[schema(minimum = 1, maximum = 480, default = 15, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    park_minutes: Option<u32>,
    /// How long a station may be silent after a call before the call goes back.
    #[schema(minimum = 30, maximum = 7200, default = 300, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    call_lease_seconds: Option<u32>,
    /// The same while it serves.
    #[schema(minimum = 60, maximum = 14400, default = 1800, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    serve_lease_seconds: Option<u32>,
    /// How many hours after its end a session's line is closed.
    #[schema(minimum = 1, maximum = 24, default = 3, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    close_hours: Option<u32>,
    /// Whether anybody may take a ticket, or only staff and kiosks give them.
    #[schema(default = true, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tickets_for_anybody: Option<bool>,
    /// Whether a kiosk may be believed about the grounds of priority.
    #[schema(default = false, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    kiosk_grants_priority: Option<bool>,
    /// How many hours before its session an allotment's unclaimed places open to everybody; never if `null`.
    #[schema(minimum = 1, maximum = 2400, default = 2)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    allotments_open_hours: Option<Option<u32>>,
}

impl From<policies::LinePolicies> for LinePolicies {
    fn from(line: policies::LinePolicies) -> Self {
        Self {
            grace_minutes: line.grace_minutes,
            noshow_minutes: line.noshow_minutes,
            walk_in_delay_minutes: line.walk_in_delay_minutes,
            priority_minutes: line.priority_minutes,
            miss_behind: line.miss_behind,
            misses_most: line.misses_most,
            park_minutes: line.park_minutes,
            call_lease_seconds: line.call_lease_seconds,
            serve_lease_seconds: line.serve_lease_seconds,
            close_hours: line.close_hours,
            tickets_for_anybody: line.tickets_for_anybody,
            kiosk_grants_priority: line.kiosk_grants_priority,
            allotments_open_hours: line.allotments_open_hours,
        }
    }
}

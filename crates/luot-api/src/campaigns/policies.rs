//! What a campaign decides for itself.

use luot_domain::policies;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::line_policies::{LinePolicies, NewLinePolicies};

/// What a campaign decides for itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Policies {
    /// Length of a window.
    window_minutes: u32,
    /// How long a hold is kept.
    hold_seconds: u32,
    /// Most places that one phone holds at a time.
    hold_places_per_phone: u32,
    /// Most places that one address holds at a time.
    hold_places_per_address: u32,
    /// Most people that book together.
    party_most: u32,
    /// From which age, in full years on the day.
    #[schema(required = true)]
    age_from: Option<u32>,
    /// Under which age, in full years on the day.
    #[schema(required = true)]
    age_under: Option<u32>,
    /// For how many days after its end names, dates, numbers and phones are kept.
    keep_days: u32,
    /// Whether who books or waits without an account must name the text they agree to.
    consent_required: bool,
    /// The day itself.
    line: LinePolicies,
    /// About those who wait, and places that come free.
    waitlist: WaitlistPolicies,
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
    /// Most places that one phone holds at a time.
    #[schema(minimum = 1, maximum = 1000, default = 10, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_places_per_phone: Option<u32>,
    /// Most places that one address holds at a time.
    #[schema(minimum = 1, maximum = 100000, default = 200, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_places_per_address: Option<u32>,
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
    /// For how many days after its end names, dates, numbers and phones are kept.
    #[schema(minimum = 0, maximum = 3650, default = 90, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_days: Option<u32>,
    /// Whether who books or waits without an account must name the text they agree to. Parents who have signed in always
    /// must, staff never.
    #[schema(default = false, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    consent_required: Option<bool>,
    /// The day itself.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<NewLinePolicies>,
    /// About those who wait, and places that come free.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    waitlist: Option<WaitlistPolicies>,
}

/// What a campaign decides about those who wait, and about places that come free.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaitlistPolicies {
    /// How long an offer holds its places.
    #[schema(minimum = 5, maximum = 10080, default = 240, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    offer_minutes: Option<u32>,
    /// The same for a window that begins in less than twelve hours.
    #[schema(minimum = 1, maximum = 720, default = 20, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    offer_minutes_on_day: Option<u32>,
    /// Offers that a party may let run out before it waits no more.
    #[schema(minimum = 1, maximum = 100, default = 3, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    offers_most: Option<u32>,
    /// Places of a window that begins in less than so many minutes go to those who can come at once.
    #[schema(minimum = 0, maximum = 720, default = 60, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    late_minutes: Option<u32>,
    /// Shortest time for which a place that was given back is not open to everybody.
    #[schema(minimum = 0, maximum = 86400, default = 60, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    cooling_seconds_least: Option<u32>,
    /// Longest such time; with 0 the place is open at once.
    #[schema(minimum = 0, maximum = 86400, default = 600, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    cooling_seconds_most: Option<u32>,
    /// What being out of school adds to a party's priority.
    #[schema(minimum = 0, maximum = 100, default = 30, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    priority_out_of_school: Option<u32>,
    /// What hardship adds to it.
    #[schema(minimum = 0, maximum = 100, default = 20, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    priority_hardship: Option<u32>,
    /// What having been displaced before adds to it.
    #[schema(minimum = 0, maximum = 100, default = 10, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    priority_moved_before: Option<u32>,
}

impl From<policies::Policies> for Policies {
    fn from(from: policies::Policies) -> Self {
        Self {
            window_minutes: from.window_minutes,
            hold_seconds: from.hold_seconds,
            hold_places_per_phone: from.hold_places_per_phone,
            hold_places_per_address: from.hold_places_per_address,
            party_most: from.party_most,
            age_from: from.age_from,
            age_under: from.age_under,
            keep_days: from.keep_days,
            consent_required: from.consent_required,
            line: from.line.into(),
            waitlist: from.waitlist.into(),
        }
    }
}

impl From<policies::Waitlist> for WaitlistPolicies {
    fn from(from: policies::Waitlist) -> Self {
        Self {
            offer_minutes: Some(from.offer_minutes),
            offer_minutes_on_day: Some(from.offer_minutes_on_day),
            offers_most: Some(from.offers_most),
            late_minutes: Some(from.late_minutes),
            cooling_seconds_least: Some(from.cooling_seconds_least),
            cooling_seconds_most: Some(from.cooling_seconds_most),
            priority_out_of_school: Some(from.priority_out_of_school),
            priority_hardship: Some(from.priority_hardship),
            priority_moved_before: Some(from.priority_moved_before),
        }
    }
}

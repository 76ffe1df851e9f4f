//! What is asked about the windows that can be booked, and what is answered.

use chrono::{NaiveDate, NaiveTime};
use luot_store::Instant;
use uuid::Uuid;

/// What somebody looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Question {
    /// At this site, by id or code.
    pub site: Option<String>,
    /// With this cohort, by id or code.
    pub cohort: Option<String>,
    /// Whether they need a card.
    pub needs_card: bool,
    /// From this date.
    pub from: Option<NaiveDate>,
    /// To this date.
    pub to: Option<NaiveDate>,
    /// So many together (1).
    pub party: u32,
}

/// A window with its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowPlaces {
    /// The window.
    pub window_id: Uuid,
    /// The session it is part of.
    pub session_id: Uuid,
    /// Where.
    pub site_id: Uuid,
    /// The local date.
    pub date: NaiveDate,
    /// From, local.
    pub starts: NaiveTime,
    /// To, local.
    pub ends: NaiveTime,
    /// From.
    pub starts_at: Instant,
    /// To.
    pub ends_at: Instant,
    /// Places for everybody.
    pub places_left: i32,
    /// Places for the cohort that was named.
    pub cohort_places_left: Option<i32>,
}

/// What can be booked.
#[derive(Debug, Clone, Default)]
pub struct Availability {
    /// Windows that take the whole party, in order of time.
    pub windows: Vec<WindowPlaces>,
    /// Whether there are more: ask for fewer dates or one site.
    pub truncated: bool,
}

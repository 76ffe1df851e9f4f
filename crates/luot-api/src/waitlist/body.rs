//! An entry of the waitlist as its party sees it.

use chrono::{DateTime, Utc};
use luot_app::waitlist::{OfferView, PassedOver as PassedOverView, WaitlistView};
use luot_domain::waitlist;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::{Day, Hour};

/// A party that waits for places.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "booking_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "kind": "party", "state": "waiting", "people": 2,
    "position": 4, "priority": 20, "grounds": ["hardship"],
    "sites": [], "shifts": [], "from": "2027-01-04", "to": null, "at_once": false, "missed": 0,
    "passed_over": {
        "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "at": "2026-12-20T02:00:00Z",
        "reason": "too-few-places", "needed": 2, "needed_cards": 0
    },
    "offer": null, "version": 1,
    "created_at": "2026-12-19T02:00:00Z", "updated_at": "2026-12-20T02:00:00Z"
}))]
pub(super) struct WaitlistEntry {
    /// Its id.
    id: Uuid,
    /// The campaign.
    campaign_id: Uuid,
    /// The booking it is to become.
    booking_id: Uuid,
    /// Whether it waits for its first place or for one it has lost.
    kind: Kind,
    /// Where it stands.
    state: EntryState,
    /// How many wait together.
    people: i32,
    /// 1 for the next; null when it does not wait at the moment. Those before it may want other sites or days.
    #[schema(required = true)]
    position: Option<i64>,
    /// The greater goes first; of the same, who joined first.
    priority: i32,
    /// What gives it precedence.
    grounds: Vec<Ground>,
    /// At one of these sites; at any when empty.
    sites: Vec<Uuid>,
    /// In one of these shifts; in any when empty.
    shifts: Vec<Uuid>,
    /// From this date on.
    #[schema(required = true)]
    from: Option<Day>,
    /// To this date, itself included.
    #[schema(required = true)]
    to: Option<Day>,
    /// Whether they can come at once when a place comes free late.
    at_once: bool,
    /// Offers that it has let run out.
    missed: i32,
    /// When a party behind it was last preferred because it did not fit.
    #[schema(required = true)]
    passed_over: Option<PassedOver>,
    /// What it is offered now.
    #[schema(required = true)]
    offer: Option<Offer>,
    /// Its version.
    version: i32,
    /// When it joined.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

/// What a party waits for.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// Its first places.
    Party,
    /// Places equal to those it has lost.
    Claim,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum EntryState {
    /// It waits.
    Waiting,
    /// It is offered places.
    Offered,
    /// It has its places, or nobody of it needs one any more.
    Served,
    /// It has left.
    Left,
    /// It has let too many offers run out.
    Ended,
}

/// What gives a party precedence. Staff say it, or the service finds it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ground {
    /// A child out of school, or living away from the family.
    OutOfSchool,
    /// Illness, disability, a long way, no phone.
    Hardship,
    /// Lost a place before by no doing of its own.
    MovedBefore,
}

/// Why somebody behind a party was preferred to it.
#[derive(Debug, Serialize, ToSchema)]
struct PassedOver {
    /// In which window.
    window_id: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// Why: `too-few-places` (fewer than it needs together, or that it may draw on), `not-at-once` (they came free so
    /// late that they went to those who can come at once), `not-eligible` (somebody of it may not come to that window).
    reason: String,
    /// So many places it needs together.
    needed: i64,
    /// Of them so many for people who need a card.
    needed_cards: i64,
}

/// Places offered to a party.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Offer {
    /// The offer, to be accepted or declined.
    id: Uuid,
    /// The window.
    window_id: Uuid,
    /// The session it is part of.
    session_id: Uuid,
    /// Where.
    site_id: Uuid,
    /// The date.
    date: Day,
    /// From, local.
    starts: Hour,
    /// To, local.
    ends: Hour,
    /// For so many people.
    people: i32,
    /// Until when the places are kept.
    expires_at: DateTime<Utc>,
}

impl From<WaitlistView> for WaitlistEntry {
    fn from(view: WaitlistView) -> Self {
        let row = view.row;
        Self {
            id: row.id,
            campaign_id: row.campaign_id,
            booking_id: row.booking_id,
            kind: match row.kind.as_str() {
                "claim" => Kind::Claim,
                _ => Kind::Party,
            },
            state: match row.state.as_str() {
                "waiting" => EntryState::Waiting,
                "offered" => EntryState::Offered,
                "served" => EntryState::Served,
                "left" => EntryState::Left,
                _ => EntryState::Ended,
            },
            people: row.people,
            position: view.before.map(|before| before + 1),
            priority: row.priority,
            grounds: view.grounds.into_iter().map(Ground::from).collect(),
            sites: view.wishes.sites,
            shifts: view.wishes.shifts,
            from: view.wishes.from.map(Day),
            to: view.wishes.to.map(Day),
            at_once: row.at_once,
            missed: row.missed,
            passed_over: view.passed_over.map(PassedOver::from),
            offer: view.offer.map(Offer::from),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<waitlist::Ground> for Ground {
    fn from(ground: waitlist::Ground) -> Self {
        match ground {
            waitlist::Ground::OutOfSchool => Self::OutOfSchool,
            waitlist::Ground::Hardship => Self::Hardship,
            waitlist::Ground::MovedBefore => Self::MovedBefore,
        }
    }
}

impl From<Ground> for waitlist::Ground {
    fn from(ground: Ground) -> Self {
        match ground {
            Ground::OutOfSchool => Self::OutOfSchool,
            Ground::Hardship => Self::Hardship,
            Ground::MovedBefore => Self::MovedBefore,
        }
    }
}

impl From<PassedOverView> for PassedOver {
    fn from(view: PassedOverView) -> Self {
        Self {
            window_id: view.window_id,
            at: view.at,
            reason: view.reason,
            needed: view.needed,
            needed_cards: view.needed_cards,
        }
    }
}

impl From<OfferView> for Offer {
    fn from(view: OfferView) -> Self {
        Self {
            id: view.id,
            window_id: view.window_id,
            session_id: view.session_id,
            site_id: view.site_id,
            date: Day(view.date),
            starts: Hour(view.starts),
            ends: Hour(view.ends),
            people: view.people,
            expires_at: view.expires_at,
        }
    }
}

//! What comes to the intake: ready to be decided, with nothing left to compute.

use luot_store::entities::{booking, person};
use uuid::Uuid;

use luot_domain::booking::{AskedPerson, Consent};

use crate::idempotency::Once;
use crate::trail::Asker;

/// A request for places.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// A party books.
    Book(BookOrder),
    /// An appointment moves.
    Move(MoveOrder),
    /// Places are kept while a form is filled in.
    Hold(HoldOrder),
    /// Displaced appointments take the places they were offered.
    Claim(ClaimOrder),
}

/// Where a party wants its places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// In this window.
    Window(Uuid),
    /// Those that are kept by this hold.
    Hold(Uuid),
    /// Those that were offered to the party, which waits under its booking.
    Offer(Uuid),
}

/// A party that books.
#[derive(Debug, Clone)]
pub(crate) struct BookOrder {
    pub once: Option<Once>,
    pub asker: Asker,
    /// Whether staff who may say so say that these people belong to their cohorts.
    pub vouched: bool,
    pub wanted: Wanted,
    /// What whoever books agreed to, in which version.
    pub consent: Option<String>,
    /// What is known of consent.
    pub agreed: Consent,
    pub booking: NewBooking,
    pub persons: Vec<NewPerson>,
}

/// The booking's row, but for its campaign.
pub(crate) type NewBooking = booking::Model;

/// A person of a party, with their row should they be new (but for its campaign).
#[derive(Debug, Clone)]
pub(crate) struct NewPerson {
    pub asked: AskedPerson,
    pub row: person::Model,
    pub code: String,
}

/// An appointment that moves to another window.
#[derive(Debug, Clone)]
pub(crate) struct MoveOrder {
    pub once: Option<Once>,
    pub asker: Asker,
    pub code: String,
    pub window_id: Uuid,
}

/// Places to be kept while a form is filled in.
#[derive(Debug, Clone)]
pub(crate) struct HoldOrder {
    pub once: Option<Once>,
    /// Whether staff who may say so say that these people belong to the cohort.
    pub vouched: bool,
    pub hold_id: Uuid,
    pub window_id: Uuid,
    pub people: u32,
    pub cards: u32,
    pub cohort_id: Option<Uuid>,
    pub phone: Option<Vec<u8>>,
    pub address: Option<Vec<u8>>,
}

/// Displaced appointments that take the places they were offered.
#[derive(Debug, Clone)]
pub(crate) struct ClaimOrder {
    pub once: Option<Once>,
    pub asker: Asker,
    pub hold_id: Uuid,
    /// Of the displaced appointments.
    pub codes: Vec<String>,
}

impl Order {
    pub(crate) fn once(&self) -> Option<&Once> {
        match self {
            Self::Book(order) => order.once.as_ref(),
            Self::Move(order) => order.once.as_ref(),
            Self::Hold(order) => order.once.as_ref(),
            Self::Claim(order) => order.once.as_ref(),
        }
    }
}

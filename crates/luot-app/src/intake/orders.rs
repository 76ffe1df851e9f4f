//! What comes to the intake: ready to be decided, with nothing left to compute.

use luot_store::entities::{booking, person};
use uuid::Uuid;

use luot_domain::booking::AskedPerson;

use crate::authz::Actor;
use crate::idempotency::Once;

/// A request for places.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// A party books.
    Book(BookOrder),
    /// An appointment moves.
    Move(MoveOrder),
}

/// A party that books.
#[derive(Debug, Clone)]
pub(crate) struct BookOrder {
    pub once: Option<Once>,
    pub staff_id: Option<Uuid>,
    /// Who asks: some staff may vouch that somebody belongs to a cohort.
    pub actor: Actor,
    pub window_id: Uuid,
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
    pub staff_id: Option<Uuid>,
    pub code: String,
    pub window_id: Uuid,
}

impl Order {
    pub(crate) fn once(&self) -> Option<&Once> {
        match self {
            Self::Book(order) => order.once.as_ref(),
            Self::Move(order) => order.once.as_ref(),
        }
    }
}

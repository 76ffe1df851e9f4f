//! Why the rules say no, with what a person needs to know to go on.

use uuid::Uuid;

use super::eligibility::Ineligible;

/// The rules said no. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody has agreed to the storing of these people's data.
    #[error("consent is missing")]
    ConsentRequired,
    /// There is no such window.
    #[error("there is no such window")]
    WindowUnknown,
    /// The window takes no bookings (any more).
    #[error("the window takes no bookings")]
    WindowClosed,
    /// The window is over.
    #[error("the window is over")]
    WindowPast,
    /// Not everybody fits.
    #[error("the window has no places for {needed} people")]
    WindowFull {
        /// Size of the party.
        needed: usize,
        /// Of them, people who need a card.
        needed_cards: usize,
        /// Cohorts on whose places everybody of the party may draw.
        cohorts: Vec<Uuid>,
    },
    /// These people (by their place in the request) are known under their key by another
    /// name or birth date.
    #[error("somebody is known otherwise")]
    PersonMismatch(Vec<usize>),
    /// These people (by their place in the request) have a live appointment.
    #[error("somebody has an appointment already")]
    AlreadyBooked(Vec<usize>),
    /// These people (by their place in the request) were named before.
    #[error("somebody is named twice")]
    NamedTwice(Vec<usize>),
    /// These people (by their place in the request) may not come, and why.
    #[error("somebody is not eligible")]
    NotEligible(Vec<(usize, Ineligible)>),
    /// A cohort that is not of this campaign.
    #[error("there is no such cohort")]
    CohortUnknown(usize),
    /// More people than book together.
    #[error("a party has at most {most} people")]
    PartyTooLarge {
        /// The campaign's bound.
        most: u32,
    },
    /// The appointment is not in a state that allows it.
    #[error("the appointment is {0}")]
    StateForbids(&'static str),
    /// A window of another campaign.
    #[error("the window belongs to another campaign")]
    OtherCampaign,
    /// There is no such hold or offer (any more, for who asks).
    #[error("there is no such hold")]
    HoldUnknown,
    /// The hold has run out, was used or given back.
    #[error("the hold has expired")]
    HoldExpired,
    /// The offer has run out or was answered.
    #[error("the offer has expired")]
    OfferExpired,
    /// Whoever asks holds as many places already as one may.
    #[error("at most {most} places are held at a time")]
    HoldsSpent {
        /// The campaign's bound.
        most: u32,
        /// After so many seconds the places held now are free again.
        retry_seconds: u32,
    },
    /// There is no such appointment (or not for this caller).
    #[error("there is no such appointment")]
    AppointmentUnknown(Uuid),
}

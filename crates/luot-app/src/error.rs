//! Why a use case did not do what was asked. One enum for all of them: the same few things
//! can go wrong everywhere, and the edge converts it by one exhaustive `match`.

use luot_domain::booking::{Refusal, alternatives::Candidate};
use luot_domain::finding::Note;
use luot_store::FromStore;
pub use luot_store::{Conflict, StoreError};

/// What use cases give.
pub type Result<T> = std::result::Result<T, Error>;

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller must say who they are.
    #[error("the caller is not known")]
    Unauthorized,
    /// The caller is known, and may not.
    #[error("the caller may not do that")]
    Forbidden,
    /// There is no such thing, or not for this caller.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Somebody else changed it first.
    #[error("it has changed since")]
    Stale,
    /// The plan was made against an older state of the campaign.
    #[error("the plan was made against an older state")]
    PlanStale,
    /// Understood, but at fault; each fault with its pointer.
    #[error("{} faults in the input", .1.len())]
    Invalid(Invalid, Vec<Note>),
    /// The rules of booking said no.
    #[error("{refusal}")]
    Booking {
        /// Why.
        refusal: Refusal,
        /// Windows that would do instead.
        alternatives: Vec<Candidate>,
    },
    /// Its state forbids it now.
    #[error("its state forbids it: {0:?}")]
    State(Forbidden),
    /// The same key came with another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first of the same request is still being answered.
    #[error("the same request is being answered")]
    InProgress,
    /// Nobody is signed in by that.
    #[error("nobody is signed in: {0:?}")]
    SignIn(Refused),
    /// The caller is over their rate; in how many seconds there is room again.
    #[error("over the rate, for {0} s")]
    Limited(u32),
    /// What is outside does not answer, or is not set up.
    #[error("the outside does not answer")]
    Outside,
    /// Too much to do at the moment.
    #[error("too busy")]
    Busy,
    /// As many follow on this server as may.
    #[error("too many follow on this server")]
    Crowded,
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// A fault of ours.
    #[error("unexpected: {0}")]
    Bug(String),
}

/// What was at fault as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// A request's values.
    Input,
    /// A planning instance.
    Instance,
    /// A plan.
    Plan,
    /// An imported file.
    Import,
}

/// Why nobody is signed in. Which part of what was given is wrong is never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Something is wrong, too late, or was tried too often.
    Wrong,
    /// The password is right; the authenticator's code is wanted too.
    SecondFactorNeeded,
    /// The password was given by somebody else and must be changed.
    NewPasswordNeeded,
    /// They are signed in, and must set up an authenticator before anything else.
    SetUpNeeded,
    /// Zalo tells nothing to requests from outside Viet Nam.
    Abroad,
}

/// What a state forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// The plan is not finished, or is no draft.
    PlanNotDraft,
    /// The plan was made of a campaign that is not: what if.
    PlanWhatIf,
    /// The plan is not running.
    PlanNotRunning,
    /// Nothing is published.
    NothingPublished,
    /// Too many plans are running for the campaign.
    PlansRunning,
    /// A code is taken.
    CodeTaken,
    /// The part is in use.
    InUse,
    /// All of the day's time is spoken for.
    SessionFull,
    /// No machine that issues cards is at work or planned there.
    NoCardMachine,
    /// It is not the session's day, or its line is closed.
    NotTheDay,
    /// The appointment is in another session.
    OtherSession,
    /// The station is closed.
    StationClosed,
    /// The machine is at work at another station of the session.
    MachineTaken,
    /// The call has ended otherwise.
    CallOver,
    /// The ticket is not set aside.
    NotParked,
    /// The ticket has been called, or its turn is over.
    NotWaiting,
    /// Somebody else is known under these data.
    SomebodyElse,
}

impl Error {
    /// What the planner found at fault.
    pub(crate) fn at_fault(what: Invalid, faults: Vec<luot_planner::Fault>) -> Self {
        Self::Invalid(what, faults.into_iter().map(note_of).collect())
    }
}

/// A fault of the planner's, as everybody else tells theirs.
pub(crate) fn note_of(fault: luot_planner::Fault) -> Note {
    Note::new(fault.pointer, &fault.code, fault.detail, fault.detail_vi)
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::Stale,
            other => Self::Store(other),
        }
    }
}

impl FromStore for Error {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Booking {
            refusal,
            alternatives: Vec::new(),
        }
    }
}

//! What can go wrong in the store, told by type: what to retry, what lost to whom.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// A failure of the store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database is too busy, or a deadlock or serialization failure: again, a little later.
    #[error("the database is busy")]
    Busy(#[source] Option<DbErr>),
    /// What was read was changed by another before it was written: again, at once.
    #[error("another transaction was faster")]
    Raced,
    /// A unique index said no.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// The version given is not the present one.
    #[error("the version is not the present one")]
    Stale,
    /// The database cannot be reached.
    #[error("the database is unavailable")]
    Unavailable(#[source] DbErr),
    /// Anything else: a fault of ours.
    #[error("unexpected database error")]
    Bug(#[source] DbErr),
    /// A row that must be there is not.
    #[error("no {0} of that id")]
    Missing(&'static str),
}

/// Which unique index said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// Another part of the campaign has that code.
    PartCode,
    /// The person has a live appointment for the service.
    LiveAppointment,
    /// The person waits already.
    Waiting,
    /// The campaign has a published plan.
    PublishedPlan,
    /// The request was answered before.
    FirstAnswer,
    /// The person is known already.
    Person,
    /// Any other.
    Other,
}

/// Each constraint that a request can run into: its name (PostgreSQL tells it), the columns
/// (SQLite tells those), and what it means.
pub(crate) const CONFLICTS: &[(&str, &str, Conflict)] = &[
    (
        "uq_site_code",
        "site.campaign_id, site.code",
        Conflict::PartCode,
    ),
    (
        "uq_machine_code",
        "machine.campaign_id, machine.code",
        Conflict::PartCode,
    ),
    (
        "uq_shift_code",
        "shift.campaign_id, shift.code",
        Conflict::PartCode,
    ),
    (
        "uq_cohort_code",
        "cohort.campaign_id, cohort.code",
        Conflict::PartCode,
    ),
    (
        "uq_unit_code",
        "unit.campaign_id, unit.code",
        Conflict::PartCode,
    ),
    (
        "uq_service_code",
        "service.campaign_id, service.code",
        Conflict::PartCode,
    ),
    (
        "uq_appointment_live",
        "appointment.person_id, appointment.service_id",
        Conflict::LiveAppointment,
    ),
    (
        "uq_waitlist_person_live",
        "waitlist_person.person_id, waitlist_person.service_id",
        Conflict::Waiting,
    ),
    (
        "uq_plan_published",
        "plan.campaign_id",
        Conflict::PublishedPlan,
    ),
    (
        "first_answer_pkey",
        "first_answer.id",
        Conflict::FirstAnswer,
    ),
    (
        "uq_person_key",
        "person.campaign_id, person.person_key",
        Conflict::Person,
    ),
];

impl StoreError {
    /// Where the rules have looked before, a unique index says that another transaction was
    /// faster.
    pub(crate) fn conflict_is_a_race(self) -> Self {
        match self {
            Self::Conflict(_) => Self::Raced,
            other => other,
        }
    }

    /// Whether any other transaction would probably fail just now as well: the database is
    /// away, or somebody was waited for in vain.
    #[must_use]
    pub const fn is_of_the_whole_database(&self) -> bool {
        matches!(self, Self::Busy(Some(_)) | Self::Unavailable(_))
    }

    /// Whether the same transaction may go through when tried again.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Raced)
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(text)) = error.sql_err() {
            let conflict = CONFLICTS
                .iter()
                .find(|(name, columns, _)| text.contains(name) || text.ends_with(columns))
                .map_or(Conflict::Other, |(_, _, conflict)| *conflict);
            return Self::Conflict(conflict);
        }
        match classify(&error) {
            Class::Busy => Self::Busy(Some(error)),
            Class::Unavailable => Self::Unavailable(error),
            Class::Bug => Self::Bug(error),
        }
    }
}

enum Class {
    Busy,
    Unavailable,
    Bug,
}

/// PostgreSQL: serialization failure, deadlock, lock not available, statement timeout, too
/// many connections, shutting down. SQLite: busy and locked, with their extended codes.
fn classify(error: &DbErr) -> Class {
    use sea_orm::sqlx::Error as Sqlx;
    let (DbErr::Conn(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))) = error
    else {
        return match error {
            DbErr::ConnectionAcquire(_) => Class::Busy,
            DbErr::Conn(_) => Class::Unavailable,
            _ => Class::Bug,
        };
    };
    match &**inner {
        Sqlx::PoolTimedOut => Class::Busy,
        Sqlx::Io(_) | Sqlx::Tls(_) | Sqlx::PoolClosed | Sqlx::WorkerCrashed | Sqlx::Protocol(_) => {
            Class::Unavailable
        }
        Sqlx::Database(told) => match told.code().as_deref() {
            Some("40001" | "40P01" | "55P03" | "57014") => Class::Busy,
            Some("5" | "6" | "261" | "262" | "517" | "773") => Class::Busy,
            // A table is missing: migrations are pending.
            Some("42P01") => Class::Unavailable,
            Some("53300" | "57P01" | "57P02" | "57P03" | "08006" | "08003") => Class::Unavailable,
            _ => Class::Bug,
        },
        _ => Class::Bug,
    }
}

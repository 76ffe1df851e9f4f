//! Who may come: by age on the day, and by service.

use chrono::NaiveDate;

use super::facts::Service;
use crate::calendar::age_on;
use crate::policies::Policies;

/// Why somebody may not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Ineligible {
    /// Not born on the day.
    #[error("born after the day")]
    NotBorn,
    /// Younger than the campaign or service takes, on that day.
    #[error("{age} years old on the day; from {from}")]
    TooYoung {
        /// Full years on the day.
        age: u32,
        /// Least age.
        from: u32,
    },
    /// Older than the campaign or service takes, on that day.
    #[error("{age} years old on the day; under {under}")]
    TooOld {
        /// Full years on the day.
        age: u32,
        /// Age under which one must be.
        under: u32,
    },
    /// The campaign has no service of that kind.
    #[error("the campaign has no such service")]
    NoService,
}

/// Whether somebody born then may come for the service on the day.
///
/// # Errors
/// The first reason that they may not.
pub fn eligible(
    birth: NaiveDate,
    day: NaiveDate,
    policies: &Policies,
    service: &Service,
) -> Result<(), Ineligible> {
    let age = age_on(birth, day).ok_or(Ineligible::NotBorn)?;
    let from = policies.age_from.max(service.age_from);
    let under = match (policies.age_under, service.age_under) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    if let Some(from) = from.filter(|&from| age < from) {
        return Err(Ineligible::TooYoung { age, from });
    }
    if let Some(under) = under.filter(|&under| age >= under) {
        return Err(Ineligible::TooOld { age, under });
    }
    Ok(())
}

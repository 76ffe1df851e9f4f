//! Sessions with their numbers, the windows that can be booked, and the published times of
//! a cohort. All public: computed from what is published, at the time of asking.

mod availability;
mod list;
mod timetable;

pub use availability::{Availability, Question, WindowPlaces};
pub use list::SessionView;
pub use timetable::TimetableRow;

use luot_store::Tx;
use luot_store::entities::{cohort, site};
use luot_store::parts::{cohorts, sites};
use uuid::Uuid;

use crate::error::{Error, Result};

/// A part named by its id or by its code: people know the code, programs the id.
pub(crate) async fn find_site(tx: &Tx, campaign: Uuid, named: &str) -> Result<site::Model> {
    let all = sites::list(tx, campaign).await?;
    let id = Uuid::parse_str(named).ok();
    all.into_iter()
        .find(|s| Some(s.id) == id || s.code == named)
        .ok_or(Error::NotFound("site"))
}

/// A cohort named by its id or by its code.
pub(crate) async fn find_cohort(tx: &Tx, campaign: Uuid, named: &str) -> Result<cohort::Model> {
    let all = cohorts::list(tx, campaign).await?;
    let id = Uuid::parse_str(named).ok();
    all.into_iter()
        .find(|c| Some(c.id) == id || c.code == named)
        .ok_or(Error::NotFound("cohort"))
}

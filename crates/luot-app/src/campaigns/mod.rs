//! Campaigns: create, list, read, change.

mod change;
mod checks;
mod create;
mod list;

pub use change::ChangeCampaign;
pub(crate) use checks::{impossible_texts, no_room};
pub use create::Created;
pub(crate) use create::{insert, read};
pub use list::CampaignView;

use chrono::NaiveDate;
use luot_domain::calendar::Zone;
use luot_store::campaigns::Dates;
use luot_store::entities::campaign;
use luot_store::{Instant, facts};

use crate::error::{Error, Result};

/// The campaign's time zone.
pub(crate) fn zone(row: &campaign::Model) -> Result<Zone> {
    Zone::named(&row.timezone).map_err(|e| Error::Bug(e.to_string()))
}

/// What counts as now in the campaign, and as today.
pub(crate) fn present(row: &campaign::Model, now: Instant) -> Result<(Instant, NaiveDate)> {
    present_of(
        &Dates {
            id: row.id,
            timezone: row.timezone.clone(),
            starts_on: row.starts_on,
            frozen_before: row.frozen_before,
            rehearsal: row.rehearsal,
            version: row.version,
        },
        now,
    )
}

/// The same, of what tells it.
pub(crate) fn present_of(dates: &Dates, now: Instant) -> Result<(Instant, NaiveDate)> {
    let zone = Zone::named(&dates.timezone).map_err(|e| Error::Bug(e.to_string()))?;
    let first = dates.frozen_before.unwrap_or(dates.starts_on);
    let now = facts::effective_now(dates.rehearsal, zone, first, now);
    Ok((now, zone.date_at(now)))
}

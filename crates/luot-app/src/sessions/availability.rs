//! The windows that can be booked, computed at the time of asking.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime};
use luot_store::views::{self, Scope, WindowPool};
use luot_store::{Instant, campaigns};
use uuid::Uuid;

use super::{find_cohort, find_site};
use crate::campaigns::present;
use crate::error::{Error, Result};
use crate::{App, limits};

/// What somebody looks for.
#[derive(Debug, Clone, Default)]
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

impl App {
    /// The windows of a campaign that take the party.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a campaign, site or cohort that is not there.
    pub async fn list_availability(
        &self,
        campaign: Uuid,
        question: &Question,
    ) -> Result<Availability> {
        self.store
            .read(async |tx| {
                let row = campaigns::find(tx, campaign)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                let (now, _) = present(&row, self.clock.now())?;
                let site = match &question.site {
                    Some(named) => Some(find_site(tx, campaign, named).await?.id),
                    None => None,
                };
                let cohort = match &question.cohort {
                    Some(named) => Some(find_cohort(tx, campaign, named).await?.id),
                    None => None,
                };
                let scope = Scope {
                    site,
                    from: question.from,
                    to: question.to,
                };
                let pools = views::list_window_pools(tx, campaign, &scope, cohort, now).await?;
                Ok(gather(&pools, cohort, question))
            })
            .await
    }
}

/// One entry a window, those out that do not take the party.
fn gather(pools: &[WindowPool], cohort: Option<Uuid>, question: &Question) -> Availability {
    let party = i32::try_from(question.party.max(1)).unwrap_or(i32::MAX);
    let left = |p: &WindowPool| {
        let places = p.places - p.taken;
        if question.needs_card {
            places.min(p.card_places - p.card_taken)
        } else {
            places
        }
    };
    let mut windows: Vec<WindowPlaces> = Vec::new();
    let mut index: HashMap<Uuid, usize> = HashMap::new();
    for pool in pools {
        let at = *index.entry(pool.slot_id).or_insert_with(|| {
            windows.push(WindowPlaces {
                window_id: pool.slot_id,
                session_id: pool.session_id,
                site_id: pool.site_id,
                date: pool.date,
                starts: pool.starts,
                ends: pool.ends,
                starts_at: pool.starts_at,
                ends_at: pool.ends_at,
                places_left: 0,
                cohort_places_left: cohort.map(|_| 0),
            });
            windows.len() - 1
        });
        match pool.cohort_id {
            None => windows[at].places_left += left(pool),
            Some(_) => windows[at].cohort_places_left = Some(left(pool)),
        }
    }
    windows.retain(|w| w.places_left + w.cohort_places_left.unwrap_or(0) >= party);
    let truncated = windows.len() > limits::WINDOWS_MOST;
    windows.truncate(limits::WINDOWS_MOST);
    Availability { windows, truncated }
}

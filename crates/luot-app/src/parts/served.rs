//! Cohorts of which people were served already: how many they are can change only beside those.

use luot_domain::finding::Note;
use luot_planner::{Cohort, Plan};
use luot_store::entities::cohort;
use luot_store::parts::cohorts;
use luot_store::{Instant, Tx, plans};

use crate::campaigns::present;
use crate::disruptions::left_over_of;
use crate::error::{Error, Invalid, Result};
use crate::instances::{Against, Campaign, from_json};

/// What of a campaign was published and is fixed by now.
pub(crate) struct Served<'a> {
    campaign: &'a Campaign,
    past: Plan,
    instance: luot_planner::Instance,
}

impl<'a> Served<'a> {
    /// Of a campaign; nothing where nothing is published.
    pub(crate) async fn load(
        tx: &Tx,
        campaign: &'a Campaign,
        now: Instant,
    ) -> Result<Option<Self>> {
        let published = plans::find_published(tx, campaign.row.id).await?;
        let Some(content) = published.and_then(|p| p.content) else {
            return Ok(None);
        };
        let (_, today) = present(&campaign.row, now)?;
        Ok(Some(Self {
            campaign,
            past: campaign
                .frozen(campaign.begun(now)?)
                .of(&from_json(&content)?),
            instance: campaign.instance(&Against {
                published: None,
                today,
            })?,
        }))
    }

    /// A cohort as it is planned with, were it in use.
    pub(crate) fn find(&self, row: &cohort::Model) -> Result<Option<Cohort>> {
        let found = self.instance.cohorts.iter().find(|c| c.id == row.code);
        let calendar = from_json(&row.calendar)?;
        Ok(found.map(|c| Cohort {
            calendar,
            ..c.clone()
        }))
    }

    /// Brings what a cohort is to be together with those of it who were served: there are no
    /// fewer of it, and whoever more there are of a whole one is booked as a cohort beside
    /// it, as it is after a disruption.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cohort that is to stay whole and was served in parts.
    pub(crate) async fn settle(
        &mut self,
        tx: &Tx,
        fields: &mut Cohort,
        row: &cohort::Model,
        now: Instant,
    ) -> Result<()> {
        let of_it = || self.past.allotments.iter().filter(|a| a.cohort == row.code);
        let served: u32 = of_it().map(|a| a.people).sum();
        if served == 0 {
            return Ok(());
        }
        if !fields.whole {
            fields.people = fields.people.max(served);
            return Ok(());
        }
        let mut sessions = of_it().map(|a| (a.date, &a.shift, &a.site));
        let first = sessions.next();
        if sessions.any(|other| Some(other) != first) {
            return Err(in_parts());
        }
        let more = fields.people.saturating_sub(served);
        fields.people = served;
        if more > 0 {
            let extra = luot_planner::left_over(&self.instance, fields, more);
            let last = self.campaign.cohorts.iter().map(|c| c.position).max();
            let position = last.map_or(0, |last| last.saturating_add(1));
            let new = left_over_of(self.campaign, &extra, position, now)?;
            self.instance.cohorts.push(extra);
            cohorts::insert(tx, vec![new]).await?;
        }
        Ok(())
    }
}

fn in_parts() -> Error {
    Error::Invalid(
        Invalid::Input,
        vec![Note::new(
            "/whole",
            "served-in-parts",
            "its people have been to several sessions already",
            "đã có người của nhóm này đến nhiều buổi khác nhau",
        )],
    )
}

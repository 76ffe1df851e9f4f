//! A session on its day: what everything in the line needs to know of it.

use chrono::Duration;
use luot_domain::calendar::Zone;
use luot_domain::line::policies::LinePolicies;
use luot_domain::policies::Policies;
use luot_store::campaigns::Rules;
use luot_store::lines::{self, Session};
use luot_store::{Instant, Tx, campaigns};
use uuid::Uuid;

use crate::App;
use crate::authz::Where;
use crate::error::{Error, Forbidden, Result};

/// A session, its campaign's policies, and what counts as now in it.
#[derive(Debug, Clone)]
pub(super) struct Day {
    pub session: Session,
    pub policies: LinePolicies,
    pub zone: Zone,
    /// Whether the campaign is a rehearsal.
    pub rehearsal: bool,
    /// In a rehearsal, the present hour of the session's own date.
    pub now: Instant,
    /// Now, by everybody's clock: when the trail says that something was done.
    pub at: Instant,
}

/// A campaign's zone and policies of the day.
pub(super) fn rules_of(rules: &Rules) -> Result<(Zone, LinePolicies)> {
    let zone = Zone::named(&rules.timezone).map_err(|e| Error::Bug(e.to_string()))?;
    let policies: Policies = serde_json::from_value(rules.policies.clone())
        .map_err(|e| Error::Bug(format!("policies cannot be read: {e}")))?;
    Ok((zone, policies.line))
}

impl Day {
    /// Of a session.
    pub async fn load(app: &App, tx: &Tx, session: Uuid) -> Result<Self> {
        let session = lines::find_session(tx, session)
            .await?
            .ok_or(Error::NotFound("session"))?;
        let rules = campaigns::find_rules(tx, session.campaign_id)
            .await?
            .ok_or(Error::NotFound("session"))?;
        let (zone, policies) = rules_of(&rules)?;
        let now = app.clock.now();
        Ok(Self {
            now: if rules.rehearsal {
                zone.instant(session.date, zone.local(now).time())
            } else {
                now
            },
            at: now,
            rehearsal: rules.rehearsal,
            session,
            policies,
            zone,
        })
    }

    /// The campaign.
    pub fn campaign(&self) -> Uuid {
        self.session.campaign_id
    }

    /// Where it is, for who may do something there.
    pub fn place(&self) -> Where {
        Where::Within {
            campaign: self.campaign(),
            site: Some(self.session.site_id),
            session: Some(self.session.id),
            cohort: None,
        }
    }

    /// When the line is closed.
    pub fn closes_at(&self) -> Instant {
        self.session.ends_at + Duration::hours(i64::from(self.policies.close_hours))
    }

    /// Refuses what can be done only on the session's day.
    pub fn must_be_now(&self) -> Result<()> {
        let begun =
            self.zone.date_at(self.now) == self.session.date || self.now >= self.session.starts_at;
        if self.session.state == "open" && begun && self.now < self.closes_at() {
            Ok(())
        } else {
            Err(Error::State(Forbidden::NotTheDay))
        }
    }

    /// Machines that the plan has here: whether each issues cards.
    pub fn planned(&self) -> Vec<bool> {
        let machines = self.session.machines.as_array();
        let machines = machines.map(Vec::as_slice).unwrap_or_default();
        machines
            .iter()
            .map(|m| m["cards"].as_bool() == Some(true))
            .collect()
    }
}

//! What staff reach, as it is said, stored, and turned into a [`Reach`].

use std::collections::{BTreeSet, HashMap};

use luot_domain::area::{Area, NoArea};
use luot_domain::finding::Note;
use luot_store::parts::{cohorts, sites, units};
use luot_store::staff::{self, Scope, StaffArea};
use luot_store::{Instant, Tx, campaigns, views};
use uuid::Uuid;

use crate::authz::Reach;
use crate::error::{Error, Invalid, Result};
use crate::new_id;

/// A part of what somebody reaches. With nothing named, it is everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScopeOf {
    /// The campaigns of a province or commune; nothing else goes with it.
    pub area: Option<Area>,
    /// Within this campaign; all of it, if nothing further is named.
    pub campaign: Option<Uuid>,
    /// The sites and cohorts of a unit, and of all units under it.
    pub unit: Option<Uuid>,
    /// A site.
    pub site: Option<Uuid>,
    /// A session.
    pub session: Option<Uuid>,
    /// A cohort.
    pub cohort: Option<Uuid>,
}

pub(crate) async fn reach_of(tx: &Tx, staff_id: Uuid) -> Result<Reach> {
    let mut reach = Reach::default();
    let mut of_units = Vec::new();
    for row in staff::list_scopes(tx, &[staff_id]).await? {
        match (row.unit_id, row.site_id, row.session_id, row.cohort_id) {
            (None, None, None, None) => match row.campaign_id {
                Some(campaign) => drop(reach.campaigns.insert(campaign)),
                None => reach.everywhere = true,
            },
            (unit, site, session, cohort) => {
                of_units.extend(unit);
                reach.sites.extend(site);
                reach.sessions.extend(session);
                reach.cohorts.extend(cohort);
            }
        }
    }
    if !of_units.is_empty() {
        let (sites, cohorts) = staff::list_of_units(tx, &of_units).await?;
        reach.sites.extend(sites);
        reach.cohorts.extend(cohorts);
    }
    if !reach.cohorts.is_empty() {
        let theirs: Vec<Uuid> = reach.cohorts.iter().copied().collect();
        reach
            .cohorts
            .extend(staff::list_left_over(tx, theirs).await?);
    }
    let areas = staff::list_areas(tx, &[staff_id]).await?;
    if !areas.is_empty() {
        let areas: Vec<Area> = areas
            .iter()
            .map(|a| area_of(&a.area))
            .collect::<Result<_>>()?;
        for (campaign, of) in staff::list_campaign_areas(tx).await? {
            let of = area_of(&of)?;
            if areas.iter().any(|area| area.covers(of)) {
                reach.campaigns.insert(campaign);
            }
        }
    }
    Ok(reach)
}

/// Refuses a scope that names what is not there.
pub(crate) async fn check(tx: &Tx, i: usize, scope: &ScopeOf) -> Result<()> {
    let unknown = |field: &str| {
        Error::Invalid(
            Invalid::Input,
            vec![Note::new(
                format!("/scopes/{i}/{field}"),
                "unknown",
                "there is no such thing in that campaign",
                "đợt đó không có mục này",
            )],
        )
    };
    let narrow = [scope.unit, scope.site, scope.session, scope.cohort];
    if scope.area.is_some() && (scope.campaign.is_some() || narrow.iter().any(Option::is_some)) {
        return Err(Error::Invalid(
            Invalid::Input,
            vec![Note::new(
                format!("/scopes/{i}/area"),
                "area-alone",
                "an area stands alone: its campaigns are reached as a whole",
                "phạm vi tỉnh, xã đứng riêng, không kèm mục khác",
            )],
        ));
    }
    let Some(campaign) = scope.campaign else {
        return match narrow.iter().any(Option::is_some) {
            true => Err(unknown("campaign_id")),
            false => Ok(()),
        };
    };
    campaigns::find_dates(tx, campaign)
        .await?
        .ok_or_else(|| unknown("campaign_id"))?;
    if let Some(id) = scope.unit {
        units::find(tx, campaign, id)
            .await?
            .ok_or_else(|| unknown("unit_id"))?;
    }
    if let Some(id) = scope.site {
        sites::find(tx, campaign, id)
            .await?
            .ok_or_else(|| unknown("site_id"))?;
    }
    if let Some(id) = scope.cohort {
        cohorts::find(tx, campaign, id)
            .await?
            .ok_or_else(|| unknown("cohort_id"))?;
    }
    if let Some(id) = scope.session {
        views::find_session(tx, id)
            .await?
            .filter(|s| s.session.campaign_id == campaign)
            .ok_or_else(|| unknown("session_id"))?;
    }
    Ok(())
}

/// The rows of what somebody is to reach.
pub(crate) fn rows(
    staff_id: Uuid,
    scopes: &[ScopeOf],
    now: Instant,
) -> (Vec<Scope>, Vec<StaffArea>) {
    let named = scopes.iter().filter(|s| s.area.is_none());
    let areas: BTreeSet<Area> = scopes.iter().filter_map(|s| s.area).collect();
    let areas = areas.into_iter().map(|a| area_row(staff_id, a, now));
    (
        named.map(|s| scope_row(staff_id, s, now)).collect(),
        areas.collect(),
    )
}

/// What each of these reaches, as it was said.
pub(crate) async fn list(tx: &Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<ScopeOf>>> {
    let mut found: HashMap<Uuid, Vec<ScopeOf>> = HashMap::new();
    for row in staff::list_scopes(tx, ids).await? {
        found.entry(row.staff_id).or_default().push(scope_of(&row));
    }
    for row in staff::list_areas(tx, ids).await? {
        found.entry(row.staff_id).or_default().push(ScopeOf {
            area: Some(area_of(&row.area)?),
            ..ScopeOf::default()
        });
    }
    Ok(found)
}

fn area_row(staff_id: Uuid, area: Area, now: Instant) -> StaffArea {
    StaffArea {
        id: new_id(),
        created_at: now,
        staff_id,
        area: area.to_string(),
    }
}

fn area_of(stored: &str) -> Result<Area> {
    stored
        .parse()
        .map_err(|e: NoArea| Error::Bug(e.to_string()))
}

fn scope_row(staff_id: Uuid, scope: &ScopeOf, now: Instant) -> Scope {
    Scope {
        id: new_id(),
        created_at: now,
        staff_id,
        campaign_id: scope.campaign,
        unit_id: scope.unit,
        site_id: scope.site,
        session_id: scope.session,
        cohort_id: scope.cohort,
    }
}

fn scope_of(row: &Scope) -> ScopeOf {
    ScopeOf {
        area: None,
        campaign: row.campaign_id,
        unit: row.unit_id,
        site: row.site_id,
        session: row.session_id,
        cohort: row.cohort_id,
    }
}

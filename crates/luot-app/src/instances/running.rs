//! The shifts that run just now, and whom they have served.

use std::collections::{BTreeMap, HashMap};

use luot_planner::{Plan, Running};
use luot_store::{Instant, Tx, lines};

use super::Campaign;
use crate::campaigns::{present, zone};
use crate::error::Result;

/// The shifts of a campaign that run, with the people served in the sessions of a plan. They
/// are told by what they were booked with: a walk-in's cohort is not known. People left over
/// of a cohort are booked as that one, which is served first.
///
/// # Errors
/// Of the database.
pub(crate) async fn running(
    tx: &Tx,
    campaign: &Campaign,
    plan: &Plan,
    now: Instant,
) -> Result<Vec<Running>> {
    let (over, begun) = (campaign.past(now)?, campaign.begun(now)?);
    let (now, today) = present(&campaign.row, now)?;
    let zone = zone(&campaign.row)?;
    let shifts = campaign.shifts.iter();
    let shifts = shifts.filter(|s| begun.has_id(today, s.id) && !over.has_id(today, s.id));
    // One that lies within another may have ended before it.
    let shifts = shifts.filter(|s| zone.instant(today, s.ends) > now);
    let mut running = Vec::new();
    let mut counted = None;
    for shift in shifts {
        let counts = match &counted {
            Some(counts) => counts,
            None => counted.insert(lines::count_served(tx, campaign.row.id, today).await?),
        };
        let mut left: HashMap<_, u32> = HashMap::new();
        for &(site, _, cohort, people) in counts.iter().filter(|c| c.1 == shift.id) {
            let people = u32::try_from(people).unwrap_or(u32::MAX);
            *left.entry((site, campaign.booked_as(cohort))).or_default() += people;
        }
        let mut served: BTreeMap<(String, String), u32> = BTreeMap::new();
        let here = plan.allotments.iter();
        for a in here.filter(|a| a.date == today && a.shift == shift.code) {
            let site = campaign.sites.iter().find(|s| s.code == a.site);
            let cohort = campaign.cohorts.iter().find(|c| c.code == a.cohort);
            let key = site
                .zip(cohort)
                .map(|(s, c)| (s.id, campaign.booked_as(c.id)));
            if let Some(left) = key.and_then(|key| left.get_mut(&key)) {
                let people = a.people.min(*left);
                *left -= people;
                *served
                    .entry((a.site.clone(), a.cohort.clone()))
                    .or_default() += people;
            }
        }
        let minutes = (zone.instant(today, shift.ends) - now).num_minutes();
        running.push(Running {
            date: today,
            shift: shift.code.clone(),
            minutes_left: u32::try_from(minutes).unwrap_or(0),
            served,
        });
    }
    Ok(running)
}

/// Of the people served in sessions that run, those whom a plan has elsewhere: cohort and site.
pub(crate) fn taken_away<'a>(running: &'a [Running], plan: &Plan) -> Option<(&'a str, &'a str)> {
    let stay = |at: &Running, site: &str, cohort: &str| -> u32 {
        let here = plan.allotments.iter();
        let here = here.filter(|a| a.date == at.date && a.shift == at.shift);
        let theirs = here.filter(|a| a.site == site && a.cohort == cohort);
        theirs.map(|a| a.people).sum()
    };
    let served = running
        .iter()
        .flat_map(|at| at.served.iter().map(move |s| (at, s)));
    let mut gone = served.filter(|(at, ((site, cohort), n))| stay(at, site, cohort) < **n);
    gone.next()
        .map(|(_, ((site, cohort), _))| (&**cohort, &**site))
}

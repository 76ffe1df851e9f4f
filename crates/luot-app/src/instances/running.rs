//! The shifts that run just now, and whom they have served.

use std::collections::{BTreeMap, HashMap};

use luot_planner::{Plan, Running};
use luot_store::{Instant, Tx, lines};

use super::Campaign;
use crate::campaigns::{present, zone};
use crate::error::Result;

/// The shifts of a campaign that run, with the people served in the sessions of a plan, and
/// those in their lines. They are told by what they were booked with: a walk-in's cohort is
/// not known. People left over of a cohort are booked as that one, which is served first.
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
            None => counted.insert(lines::count_seen(tx, campaign.row.id, today).await?),
        };
        // Served, and in the line.
        let mut left: HashMap<_, [u32; 2]> = HashMap::new();
        for seen in counts.iter().filter(|c| c.shift_id == shift.id) {
            let people = u32::try_from(seen.people).unwrap_or(u32::MAX);
            let cohort = seen.cohort_id.map(|id| campaign.booked_as(id));
            let of = left.entry((seen.site_id, cohort)).or_default();
            of[usize::from(seen.state != "fulfilled")] += people;
        }
        let mut came = [BTreeMap::new(), BTreeMap::new()];
        let here = plan.allotments.iter();
        for a in here.filter(|a| a.date == today && a.shift == shift.code) {
            let site = campaign.sites.iter().find(|s| s.code == a.site);
            let cohort = campaign.cohorts.iter().find(|c| c.code == a.cohort);
            let key = site
                .zip(cohort)
                .map(|(s, c)| (s.id, Some(campaign.booked_as(c.id))));
            let Some(left) = key.and_then(|key| left.get_mut(&key)) else {
                continue;
            };
            let mut places = a.people;
            for (left, came) in left.iter_mut().zip(&mut came) {
                let people = places.min(*left);
                (places, *left) = (places - people, *left - people);
                *came.entry((a.site.clone(), a.cohort.clone())).or_default() += people;
            }
        }
        let mut others: BTreeMap<String, u32> = BTreeMap::new();
        for ((site, _), [_, waiting]) in left {
            if let Some(site) = campaign.sites.iter().find(|s| s.id == site) {
                *others.entry(site.code.clone()).or_default() += waiting;
            }
        }
        let [served, waiting] = came;
        let minutes = (zone.instant(today, shift.ends) - now).num_minutes();
        running.push(Running {
            date: today,
            shift: shift.code.clone(),
            minutes_left: u32::try_from(minutes).unwrap_or(0),
            served,
            waiting,
            others,
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

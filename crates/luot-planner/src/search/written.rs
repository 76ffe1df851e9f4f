//! From indices back to the words of the file format.

use super::anneal::Packed;
use super::problem::Problem;
use crate::types::{Allotment, Placement, Plan};

/// A packed plan in the words of the file format, in the order of cohorts and of the calendar.
pub(crate) fn written(p: &Problem<'_>, packed: &Packed) -> Plan {
    let instance = p.instance;
    let date = |cell: usize| instance.start + chrono::Days::new((cell / p.shifts) as u64);
    let shift = |cell: usize| instance.shifts[cell % p.shifts].id.clone();
    let mut plan = Plan::default();
    if let Some(published) = &instance.published {
        plan.rotation.extend(
            published
                .rotation
                .iter()
                .filter(|r| instance.is_frozen(r.date, &r.shift))
                .cloned(),
        );
        plan.allotments.extend(
            published
                .allotments
                .iter()
                .filter(|a| instance.is_frozen(a.date, &a.shift))
                .cloned(),
        );
    }
    for &(m, t, s) in packed
        .rotation
        .iter()
        .filter(|r| r.1 as usize >= p.first_free)
    {
        let (machine, site) = (
            instance.machines[m as usize].id.clone(),
            instance.sites[s as usize].id.clone(),
        );
        plan.rotation.push(Placement {
            machine,
            date: date(t as usize),
            shift: shift(t as usize),
            site,
        });
    }
    if let Some(pinned) = &instance.pinned {
        plan.allotments.extend(
            pinned
                .allotments
                .iter()
                .filter(|a| !instance.is_frozen(a.date, &a.shift))
                .cloned(),
        );
    }
    for &(c, session, people) in &packed.allotments {
        let fixed = p.cohorts[c as usize]
            .fixed
            .iter()
            .find(|f| f.0 == session)
            .map_or(0, |f| f.1);
        if people > fixed {
            let (cell, site) = (
                p.cell(session),
                instance.sites[p.site(session) as usize].id.clone(),
            );
            let cohort = instance.cohorts[c as usize].id.clone();
            plan.allotments.push(Allotment {
                cohort,
                date: date(cell),
                shift: shift(cell),
                site,
                people: people - fixed,
                moved_before: false,
            });
        }
    }
    plan
}

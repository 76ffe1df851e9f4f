//! A first plan: what was published as far as it still holds, then everybody else in turn.

use super::insert::{Inserter, Taste};
use super::rng::Rng;
use super::state::State;

/// Puts the published plan in, as far as the rules let it.
pub(crate) fn keep_published(state: &mut State<'_>) {
    let p = state.p;
    let Some(published) = &p.instance.published else {
        return;
    };
    let machines: std::collections::HashMap<&str, u32> = p
        .instance
        .machines
        .iter()
        .enumerate()
        .map(|(n, m)| (m.id.as_str(), n as u32))
        .collect();
    let sites: std::collections::HashMap<&str, u32> = p
        .instance
        .sites
        .iter()
        .enumerate()
        .map(|(n, s)| (s.id.as_str(), n as u32))
        .collect();
    for r in &published.rotation {
        let day = (r.date - p.instance.start).num_days();
        let shift = p.instance.shifts.iter().position(|s| s.id == r.shift);
        let (Ok(day), Some(shift)) = (usize::try_from(day), shift) else {
            continue;
        };
        let cell = day * p.shifts + shift;
        if day >= p.days || cell < p.first_free {
            continue;
        }
        if let (Some(&m), Some(&s)) = (machines.get(r.machine.as_str()), sites.get(r.site.as_str()))
            && state.may_place(m, cell, s)
        {
            state.place(m, cell, s);
        }
    }
    for c in 0..p.cohorts.len() as u32 {
        let group = &p.cohorts[c as usize];
        for &(session, people) in &group.was {
            if !state.is_open_to_places(c) || !p.offers(c, session) {
                continue;
            }
            let slack = state.sessions[session as usize].slack(group.card).max(0) as u32;
            let people = people.min(state.left[c as usize]).min(slack);
            let all = people == state.left[c as usize] && state.parts[c as usize].is_empty();
            if people > 0 && (all || !group.whole) {
                state.give(c, session, people);
            }
        }
    }
}

/// Brings machines to sessions in which somebody was fixed by hand without enough of them.
pub(crate) fn cover_pins(state: &mut State<'_>) {
    let p = state.p;
    for &(cohort, session, _) in &p.fixed.allotments {
        let (site, cell) = (p.site(session), p.cell(session));
        let cards = p.cohorts[cohort as usize].card;
        for machine in 0..p.machines as u32 {
            let short = state.sessions[session as usize].slack(cards) < 0;
            if short
                && cell >= p.first_free
                && state.may_place(machine, cell, site)
                && (!cards || p.issues_cards[machine as usize])
            {
                state.place(machine, cell, site);
            }
        }
    }
}

/// Gives places to everybody who has none, site by site, those with the fewest choices first.
pub(crate) fn construct(state: &mut State<'_>, rng: &mut Rng, stop: &dyn Fn() -> bool) {
    let p = state.p;
    let mut order: Vec<u32> = (0..p.cohorts.len() as u32)
        .filter(|c| state.is_open_to_places(*c))
        .collect();
    order.sort_by_cached_key(|c| {
        let group = &p.cohorts[*c as usize];
        // Where a machine is at home, it costs no relocation if it begins there: so those come first.
        let serves = |m: &u32| !group.card || p.issues_cards[*m as usize];
        let at_home = |s: &u32| {
            p.locals[*s as usize]
                .iter()
                .any(|m| p.home[*m as usize] == *s && serves(m))
        };
        (
            !group.sites.iter().any(at_home),
            group.due,
            group.sites.first().copied(),
            p.choices(*c),
            u32::MAX - group.people,
        )
    });
    let mut inserter = Inserter::default();
    let taste = Taste {
        blink: false,
        waste: 0.2,
        spare: 0.3,
    };
    for c in order {
        if stop() {
            return;
        }
        inserter.insert(state, c, taste, f64::INFINITY, rng);
    }
}

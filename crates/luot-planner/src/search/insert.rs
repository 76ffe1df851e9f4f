//! Putting cohorts into sessions, with the machines that this needs, each time at the least cost at the moment.

use super::problem::{Group, NONE};
use super::rng::Rng;
use super::state::State;

/// How an insertion is biased; drawn anew for each round, so that ties fall in different ways.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taste {
    /// Skip one choice in so many.
    pub blink: usize,
    /// Price of a place left over in a session that was staffed already.
    pub waste: f64,
    /// Worth of a place left over when a machine is added.
    pub spare: f64,
}

/// Where a cohort goes, and with which further machine.
#[derive(Clone, Copy, Debug)]
struct Choice {
    session: u32,
    machine: u32,
    people: u32,
    score: f64,
}

/// Scratch memory of insertions.
#[derive(Default)]
pub(crate) struct Inserter {
    /// Machines worth a look whatever the site.
    pub freed: Vec<u32>,
    near: Vec<u32>,
}

/// With so many machines or fewer, all of them are looked at for every session.
const FEW_MACHINES: usize = 12;
/// Otherwise so many besides those that stand at the site or were just freed.
const STRANGERS: usize = 3;

impl Inserter {
    /// Gives a cohort all the places it can get.
    pub(crate) fn insert(
        &mut self,
        state: &mut State<'_>,
        cohort: u32,
        taste: Taste,
        rng: &mut Rng,
    ) {
        while state.is_open_to_places(cohort) {
            let Some(choice) = self.best(state, cohort, taste, rng) else {
                return;
            };
            if choice.machine != NONE {
                let p = state.p;
                state.place(
                    choice.machine,
                    p.cell(choice.session),
                    p.site(choice.session),
                );
            }
            state.give(cohort, choice.session, choice.people);
        }
    }

    fn machines_near(&mut self, state: &State<'_>, site: u32, rng: &mut Rng) {
        let p = state.p;
        self.near.clear();
        if p.machines <= FEW_MACHINES {
            self.near.extend(0..p.machines as u32);
            return;
        }
        self.near
            .extend(state.standing[site as usize].iter().map(|(m, _)| *m));
        for k in 0..self.freed.len() {
            let m = self.freed[k];
            if !self.near.contains(&m) {
                self.near.push(m);
            }
        }
        for _ in 0..STRANGERS {
            let m = rng.below(p.machines) as u32;
            if !self.near.contains(&m) {
                self.near.push(m);
            }
        }
    }

    fn best(
        &mut self,
        state: &State<'_>,
        cohort: u32,
        taste: Taste,
        rng: &mut Rng,
    ) -> Option<Choice> {
        let p = state.p;
        let group = &p.cohorts[cohort as usize];
        let left = state.left[cohort as usize];
        let mut best: Option<Choice> = None;
        let mut at_site = NONE;
        let mut offset = rng.below(taste.blink.max(1));
        for &session in p.menu(cohort) {
            // Skipping every n-th from a random start is as good as a die for each, and cheaper.
            if taste.blink > 0 {
                if offset == 0 {
                    offset = taste.blink + rng.below(8);
                    continue;
                }
                offset -= 1;
            }
            let (site, cell) = (p.site(session), p.cell(session));
            let here = &state.sessions[session as usize];
            let slack = here.slack(group.card);
            let late = p.late(group, cell);
            let worst = best.map_or(f64::INFINITY, |b| b.score);
            let fits = |slack: i32| slack > 0 && (!group.whole || slack as u32 >= left);
            if fits(slack) {
                let people = left.min(slack as u32);
                let base = late * i64::from(people) + gain(state, group, cohort, session, people);
                let score = base as f64
                    + shortfall(state, left, people)
                    + taste.waste * f64::from(slack - people as i32);
                if score < worst {
                    best = Some(Choice {
                        session,
                        machine: NONE,
                        people,
                        score,
                    });
                }
                if people == left {
                    continue;
                }
            }
            if here.machines.len() >= p.room[site as usize] as usize {
                continue;
            }
            let add = p.costs.session as f64
                + late as f64 * if group.whole { f64::from(left) } else { 1.0 };
            if add - 100.0 * taste.spare >= worst {
                continue;
            }
            if site != at_site {
                self.machines_near(state, site, rng);
                at_site = site;
            }
            let day = cell / p.shifts;
            let later = (day + 1).saturating_sub(state.finish) as i64 * p.costs.finish;
            for &machine in &self.near {
                if state.is_busy(machine, cell)
                    || !p.does_run(machine, cell)
                    || (group.card && !p.issues_cards[machine as usize])
                {
                    continue;
                }
                // A machine that issues cards adds to both kinds of room, another only to the kind that is asked here.
                let slack = slack + p.records_in(machine, cell);
                if !fits(slack) {
                    continue;
                }
                let people = left.min(slack as u32);
                let (before, after) = state.neighbours(machine, cell);
                let way = State::detour(before, site, after) * p.costs.relocation;
                let base = p.costs.session
                    + later
                    + way
                    + late * i64::from(people)
                    + gain(state, group, cohort, session, people);
                let score = base as f64 + shortfall(state, left, people)
                    - taste.spare * f64::from(slack - people as i32);
                if score < best.map_or(f64::INFINITY, |b| b.score)
                    && state.gets_there(machine, cell, site)
                {
                    best = Some(Choice {
                        session,
                        machine,
                        people,
                        score,
                    });
                }
            }
        }
        best
    }
}

/// What giving places costs in splits and in moving; negative where a promise is kept.
fn gain(state: &State<'_>, group: &Group, cohort: u32, session: u32, people: u32) -> i64 {
    let p = state.p;
    let parts = &state.parts[cohort as usize];
    let here = parts
        .iter()
        .find(|part| part.0 == session)
        .map_or(0, |part| part.1);
    let split = if !parts.is_empty() && here == 0 {
        p.costs.split
    } else {
        0
    };
    if group.promised == 0 {
        return split;
    }
    let was = group.was.iter().find(|w| w.0 == session).map_or(0, |w| w.1);
    let kept = i64::from(was.min(here + people) - was.min(here));
    let factor = if group.again > 0 { 10 } else { 1 };
    split - kept * p.costs.moved * factor
}

/// What the people that are still left will cost at least: splits and the share of a session.
fn shortfall(state: &State<'_>, left: u32, people: u32) -> f64 {
    if people >= left {
        return 0.0;
    }
    let costs = &state.p.costs;
    costs.split as f64 + f64::from(left - people) * costs.session as f64 / 100.0
}

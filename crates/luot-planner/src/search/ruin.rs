//! Tearing parts out of a plan: which parts belong together is what decides how good the repair can be.

use super::bits;
use super::manner::{Manner, Way};
use super::problem::NONE;
use super::rng::Rng;
use super::state::State;

/// Scratch memory of ruins, and what the last one took out.
#[derive(Default)]
pub(crate) struct Ruin {
    /// Cohorts with people taken out, each once.
    pub removed: Vec<u32>,
    /// Whether people who are fixed were left without room: then all of it is to be taken back.
    pub spoilt: bool,
    /// Machines that were freed, each once.
    pub freed: Vec<u32>,
    pub(super) cohorts: Vec<u32>,
    pub(super) moves: Vec<(u32, usize, u32)>,
}

impl Ruin {
    /// Takes something out; what, is left to chance.
    pub(crate) fn strike(&mut self, state: &mut State<'_>, rng: &mut Rng, manner: &Manner) {
        self.removed.clear();
        self.freed.clear();
        self.spoilt = false;
        match manner.way(rng.below(100)) {
            Way::Strings => self.strings(state, rng, manner.size),
            Way::Neighbours => self.neighbours(state, rng, manner.size),
            Way::Visit => self.visit(state, rng),
            Way::Days => self.days(state, rng),
            Way::LastDay => self.last_day(state, rng),
            Way::Swap => self.swap_machines(state, rng),
        }
    }

    /// Takes out the people of a cohort in a session that are not fixed there.
    pub(super) fn take(&mut self, state: &mut State<'_>, cohort: u32, session: u32) {
        let people = state.loose(cohort, session);
        if people > 0 {
            state.take(cohort, session, people);
            if !self.removed.contains(&cohort) {
                self.removed.push(cohort);
            }
        }
    }

    /// Takes everybody out of a session, and the machines that are then not needed.
    pub(crate) fn clear_session(&mut self, state: &mut State<'_>, session: u32) {
        let mut cohorts = std::mem::take(&mut self.cohorts);
        cohorts.clear();
        cohorts.extend_from_slice(&state.guests[session as usize]);
        for &cohort in &cohorts {
            self.take(state, cohort, session);
        }
        self.cohorts = cohorts;
        self.trim(state, session);
    }

    /// Takes away the machines of a session that are not needed for those who come, the dearest first.
    pub(crate) fn trim(&mut self, state: &mut State<'_>, session: u32) {
        let p = state.p;
        let cell = p.cell(session);
        let site = p.site(session);
        loop {
            let here = &state.sessions[session as usize];
            let mut best: Option<(i64, u32)> = None;
            for &machine in &state.crews[session as usize] {
                let records = p.records_in(machine, cell);
                let cards = if p.issues_cards[machine as usize] {
                    records
                } else {
                    0
                };
                if here.room - records < here.load
                    || here.card_room - cards < here.card_load
                    || cell < p.first_free
                    || p.is_held(machine, cell)
                {
                    continue;
                }
                let (before, after) = state.neighbours(machine, cell);
                let saved = State::detour(before, site, after) * 1000 - i64::from(records);
                if best.is_none_or(|(most, _)| saved > most) {
                    best = Some((saved, machine));
                }
            }
            let Some((_, machine)) = best else { return };
            state.unplace(machine, cell);
            if !self.freed.contains(&machine) {
                self.freed.push(machine);
            }
        }
    }

    /// A machine and a cell in which it stands somewhere, not frozen.
    pub(super) fn placement(state: &State<'_>, rng: &mut Rng) -> Option<(u32, usize)> {
        let p = state.p;
        if p.machines == 0 || p.first_free >= p.cells {
            return None;
        }
        for _ in 0..20 {
            let machine = rng.below(p.machines) as u32;
            let cell = rng.between(p.first_free, p.cells - 1);
            let found = if state.is_busy(machine, cell) {
                Some(cell)
            } else {
                state
                    .after(machine, cell)
                    .or_else(|| state.before(machine, cell))
            };
            if let Some(cell) = found.filter(|t| *t >= p.first_free && !p.is_held(machine, *t)) {
                return Some((machine, cell));
            }
        }
        None
    }

    fn clear_at(&mut self, state: &mut State<'_>, machine: u32, cell: usize) {
        let site = state.stand(machine, cell);
        if site != NONE && cell >= state.p.first_free {
            self.clear_session(state, state.p.session(site, cell));
        }
    }

    /// Consecutive placements of one machine around a cell.
    fn string(
        &mut self,
        state: &mut State<'_>,
        machine: u32,
        cell: usize,
        length: usize,
        rng: &mut Rng,
    ) {
        let p = state.p;
        let mut first = cell;
        for _ in 0..rng.below(length) {
            match state.before(machine, first).filter(|t| *t >= p.first_free) {
                Some(t) => first = t,
                None => break,
            }
        }
        let mut at = Some(first);
        for _ in 0..length {
            let Some(cell) = at else { break };
            at = state.after(machine, cell);
            self.clear_at(state, machine, cell);
        }
    }

    /// Strings of placements, each near to those before in that people could change between them.
    fn strings(&mut self, state: &mut State<'_>, rng: &mut Rng, size: usize) {
        let Some((machine, cell)) = Self::placement(state, rng) else {
            return;
        };
        let length = rng.between(1, 1 + size / 2);
        self.string(state, machine, cell, length, rng);
        for _ in 0..rng.below(3) {
            let Some((machine, cell)) = self.related(state, rng) else {
                continue;
            };
            let length = rng.between(1, 1 + size / 2);
            self.string(state, machine, cell, length, rng);
        }
    }

    /// A staffed session to which somebody who was taken out could go, as a machine and a cell.
    fn related(&self, state: &State<'_>, rng: &mut Rng) -> Option<(u32, usize)> {
        if self.removed.is_empty() {
            return None;
        }
        let p = state.p;
        let cohort = self.removed[rng.below(self.removed.len())];
        let group = &p.cohorts[cohort as usize];
        let k = rng.below(group.sites.len());
        let site = *group.sites.get(k)?;
        let menu = &p.menu(cohort)[k * p.words..][..p.words];
        let staffed = &state.staffed[site as usize * p.words..][..p.words];
        let first = rng.below(p.words);
        for w in (first..p.words).chain(0..first) {
            let set = menu[w] & staffed[w];
            if set != 0 {
                let bit = bits::nth(set, rng.below(set.count_ones() as usize));
                let cell = w * 64 + bit;
                let machines = &state.crews[p.session(site, cell) as usize];
                return Some((machines[rng.below(machines.len())], cell));
            }
        }
        None
    }

    /// Some cohorts of one site, wherever they are now; machines only where they are not needed then.
    fn neighbours(&mut self, state: &mut State<'_>, rng: &mut Rng, size: usize) {
        let p = state.p;
        if p.cohorts.is_empty() {
            return;
        }
        let seed = &p.cohorts[rng.below(p.cohorts.len())];
        if seed.sites.is_empty() {
            return;
        }
        let site = seed.sites[rng.below(seed.sites.len())];
        let visitors = &p.visitors[site as usize];
        for _ in 0..rng.between(2, 2 + size) {
            let cohort = visitors[rng.below(visitors.len())];
            if let Some(&(session, _)) = state.parts[cohort as usize].first() {
                self.take(state, cohort, session);
                self.trim(state, session);
            }
        }
    }

    /// A whole visit: the placements of a machine at one site, until it goes elsewhere.
    fn visit(&mut self, state: &mut State<'_>, rng: &mut Rng) {
        let Some((machine, cell)) = Self::placement(state, rng) else {
            return;
        };
        let p = state.p;
        let site = state.stand(machine, cell);
        let mut first = cell;
        while let Some(t) = state
            .before(machine, first)
            .filter(|t| *t >= p.first_free && state.stand(machine, *t) == site)
        {
            first = t;
        }
        let mut at = Some(first);
        for _ in 0..16 {
            let Some(cell) = at.filter(|t| state.stand(machine, *t) == site) else {
                break;
            };
            at = state.after(machine, cell);
            self.clear_at(state, machine, cell);
        }
    }

    /// One or two days of a machine.
    fn days(&mut self, state: &mut State<'_>, rng: &mut Rng) {
        let Some((machine, cell)) = Self::placement(state, rng) else {
            return;
        };
        let p = state.p;
        let first = cell - cell % p.shifts;
        let last = (first + p.shifts * rng.between(1, 3)).min(p.cells);
        for cell in first..last {
            self.clear_at(state, machine, cell);
        }
    }

    /// The last day with a placement, where it is not a long one.
    fn last_day(&mut self, state: &mut State<'_>, rng: &mut Rng) {
        let p = state.p;
        if state.finish == 0 {
            return;
        }
        let first = (state.finish - 1) * p.shifts;
        if first + p.shifts <= p.first_free {
            return;
        }
        let busy = (0..p.machines as u32)
            .filter(|m| (first..first + p.shifts).any(|t| state.is_busy(*m, t)));
        let machines: Vec<u32> = busy.collect();
        if machines.len() > 12 {
            let machine = machines[rng.below(machines.len())];
            (first..first + p.shifts).for_each(|t| self.clear_at(state, machine, t));
            return;
        }
        for machine in machines {
            (first..first + p.shifts).for_each(|t| self.clear_at(state, machine, t));
        }
    }
}

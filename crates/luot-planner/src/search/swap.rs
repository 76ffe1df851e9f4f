//! Machines that change places for a while, with everybody staying where they are booked.
//!
//! Ruin and repair hardly finds this by itself: it would have to take out long stretches and put each person back
//! into the same session. Where the two machines take different numbers of records or differ in issuing cards, those
//! for whom there is no room any more are taken out.

use super::problem::NONE;
use super::rng::Rng;
use super::ruin::Ruin;
use super::state::State;

impl Ruin {
    /// Exchanges the ways of two machines between two cells.
    pub(super) fn swap_machines(&mut self, state: &mut State<'_>, rng: &mut Rng) {
        let p = state.p;
        if p.machines < 2 {
            return;
        }
        let Some((a, cell)) = Self::placement(state, rng) else {
            return;
        };
        let Some(b) = Self::partner(state, a, cell, rng) else {
            return;
        };
        // Mostly from a change of site, mostly from the start of a day: elsewhere a swap seldom gains.
        let first = match rng.below(3) {
            0 => cell,
            1 => cell - cell % p.shifts,
            _ => Self::visit_start(state, a, cell),
        };
        let last = match rng.below(4) {
            0 => p.cells,
            1 => (first + p.shifts * rng.between(1, 5)).min(p.cells),
            2 => (first + p.shifts * rng.between(1, 2 + p.days / 2)).min(p.cells),
            _ => (first + rng.between(1, 2 * p.shifts)).min(p.cells),
        };
        self.exchange(state, a, b, first, last);
    }

    fn visit_start(state: &State<'_>, machine: u32, cell: usize) -> usize {
        let site = state.stand(machine, cell);
        let mut first = cell;
        while let Some(t) = state.before(machine, first) {
            if t < state.p.first_free || state.stand(machine, t) != site {
                break;
            }
            first = t;
        }
        first
    }

    /// A machine to change places with: one that also stands where this one does, or any.
    fn partner(state: &State<'_>, a: u32, cell: usize, rng: &mut Rng) -> Option<u32> {
        let p = state.p;
        let site = if rng.one_in(2) {
            state.stand(a, cell)
        } else {
            state.before(a, cell).map_or(NONE, |t| state.stand(a, t))
        };
        if site != NONE && rng.one_in(4) {
            let locals = &p.locals[site as usize];
            if let Some(&b) = locals.get(rng.below(locals.len())).filter(|b| **b != a) {
                return Some(b);
            }
        }
        if site != NONE && !rng.one_in(4) {
            let standing = &state.standing[site as usize];
            for _ in 0..3 {
                let b = standing.get(rng.below(standing.len())).map(|s| s.0)?;
                if b != a {
                    return Some(b);
                }
            }
        }
        let b = rng.below(p.machines - 1) as u32;
        Some(if b >= a { b + 1 } else { b })
    }

    fn exchange(&mut self, state: &mut State<'_>, a: u32, b: u32, first: usize, last: usize) {
        let p = state.p;
        let mut moves = std::mem::take(&mut self.moves);
        moves.clear();
        for (from, to) in [(a, b), (b, a)] {
            let mut at = if first > 0 {
                state.after(from, first - 1)
            } else {
                Some(0)
            };
            while let Some(t) = at.filter(|t| *t < last) {
                if state.is_busy(from, t) && t >= p.first_free && !p.is_held(from, t) {
                    moves.push((to, t, state.stand(from, t)));
                }
                at = state.after(from, t);
            }
        }
        // Held placements of the other machine stay; may_place below sees them.
        for &(to, t, _) in &moves {
            let from = if to == a { b } else { a };
            state.unplace(from, t);
        }
        for &(to, t, site) in &moves {
            if state.may_place(to, t, site) {
                state.place(to, t, site);
            }
        }
        for &(_, t, site) in &moves {
            self.relieve(state, p.session(site, t));
        }
        self.moves = moves;
    }

    /// Takes people out of a session until those who are left have room, and machines that are not needed then.
    fn relieve(&mut self, state: &mut State<'_>, session: u32) {
        loop {
            let here = &state.sessions[session as usize];
            let (over, cards) = (here.load - here.room, here.card_load - here.card_room);
            if over <= 0 && cards <= 0 {
                break;
            }
            let p = state.p;
            let able = |c: &&u32| {
                (cards <= 0 || p.cohorts[**c as usize].card) && state.loose(**c, session) > 0
            };
            // The smallest that is enough by itself, or else the largest.
            let need = over.max(cards).max(1) as u32;
            let size = |c: &u32| state.loose(*c, session);
            let guests = &state.guests[session as usize];
            let fitting = guests
                .iter()
                .filter(able)
                .filter(|c| size(c) >= need)
                .min_by_key(|c| size(c));
            let chosen = fitting.or_else(|| guests.iter().filter(able).max_by_key(|c| size(c)));
            let Some(&cohort) = chosen else {
                self.spoilt = true;
                break;
            };
            self.take(state, cohort, session);
        }
        self.trim(state, session);
    }
}

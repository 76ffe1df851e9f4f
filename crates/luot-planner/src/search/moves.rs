//! The four operations on a state, each with its inverse in a log, and taking them back.
//!
//! What is where and what it costs are kept apart: who takes operations back does only the first, and puts the cost
//! back as it was.

use super::bits;
use super::problem::NONE;
use super::state::{Op, State, moved};
use crate::types::Terms;

/// Where a state was, to come back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    log: usize,
    terms: Terms,
    pub cost: i64,
    pub guide: i64,
    finish: usize,
}

impl State<'_> {
    pub(crate) fn place(&mut self, machine: u32, cell: usize, site: u32) {
        self.log.push(Op::Place {
            machine,
            cell: cell as u32,
            site,
        });
        let (before, after) = self.neighbours(machine, cell);
        self.put(machine, cell, site);
        let finish = self.finish.max(usize::from(self.p.day[cell]) + 1);
        let later = (finish - self.finish) as i64;
        self.finish = finish;
        self.charge(Self::detour(before, site, after), 1, later);
    }

    pub(crate) fn unplace(&mut self, machine: u32, cell: usize) {
        let site = self.stand(machine, cell);
        self.log.push(Op::Unplace {
            machine,
            cell: cell as u32,
            site,
        });
        let (before, after) = self.neighbours(machine, cell);
        self.pull(machine, cell, site);
        let was = self.finish;
        while self.finish > 0 && self.day_load[self.finish - 1] == 0 {
            self.finish -= 1;
        }
        let earlier = was as i64 - self.finish as i64;
        self.charge(-Self::detour(before, site, after), -1, -earlier);
    }

    pub(crate) fn give(&mut self, cohort: u32, session: u32, people: u32) {
        self.log.push(Op::Give {
            cohort,
            session,
            people,
        });
        self.recount(cohort, session, i64::from(people), |state| {
            state.seat(cohort, session, people);
        });
    }

    pub(crate) fn take(&mut self, cohort: u32, session: u32, people: u32) {
        self.log.push(Op::Take {
            cohort,
            session,
            people,
        });
        self.recount(cohort, session, -i64::from(people), |state| {
            state.unseat(cohort, session, people);
        });
    }

    /// Here, to come back to.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            log: self.log.len(),
            terms: self.terms,
            cost: self.cost,
            guide: self.guide,
            finish: self.finish,
        }
    }

    /// Takes back all that was logged after a mark.
    pub(crate) fn undo_to(&mut self, mark: &Mark) {
        while self.log.len() > mark.log {
            let Some(op) = self.log.pop() else { break };
            self.revert(op);
        }
        (self.terms, self.cost, self.guide, self.finish) =
            (mark.terms, mark.cost, mark.guide, mark.finish);
    }

    /// Does the opposite of an operation; nothing is logged, and the cost stays.
    pub(crate) fn revert(&mut self, op: Op) {
        match op {
            Op::Place {
                machine,
                cell,
                site,
            } => self.pull(machine, cell as usize, site),
            Op::Unplace {
                machine,
                cell,
                site,
            } => self.put(machine, cell as usize, site),
            Op::Give {
                cohort,
                session,
                people,
            } => self.unseat(cohort, session, people),
            Op::Take {
                cohort,
                session,
                people,
            } => self.seat(cohort, session, people),
        }
    }

    /// Does an operation again that was reverted; nothing is logged, and the cost stays.
    pub(crate) fn repeat(&mut self, op: Op) {
        match op {
            Op::Place {
                machine,
                cell,
                site,
            } => self.put(machine, cell as usize, site),
            Op::Unplace {
                machine,
                cell,
                site,
            } => self.pull(machine, cell as usize, site),
            Op::Give {
                cohort,
                session,
                people,
            } => self.seat(cohort, session, people),
            Op::Take {
                cohort,
                session,
                people,
            } => self.unseat(cohort, session, people),
        }
    }

    fn put(&mut self, machine: u32, cell: usize, site: u32) {
        let p = self.p;
        self.stand[machine as usize * p.cells + cell] = site;
        self.busy[machine as usize * p.words + cell / 64] |= 1 << (cell % 64);
        let records = p.records_in(machine, cell);
        let at = p.session(site, cell) as usize;
        let (session, crew) = (&mut self.sessions[at], &mut self.crews[at]);
        crew.push(machine);
        let words = site as usize * p.words;
        bits::set(&mut self.staffed[words..], cell);
        if crew.len() >= p.room[site as usize] as usize {
            bits::clear(&mut self.vacant[words..], cell);
        }
        session.room += records;
        session.card_room += if p.issues_cards[machine as usize] {
            records
        } else {
            0
        };
        self.note_room(at as u32);
        let standing = &mut self.standing[site as usize];
        match standing.iter_mut().find(|(m, _)| *m == machine) {
            Some((_, n)) => *n += 1,
            None => standing.push((machine, 1)),
        }
        self.day_load[usize::from(p.day[cell])] += 1;
    }

    fn pull(&mut self, machine: u32, cell: usize, site: u32) {
        let p = self.p;
        self.stand[machine as usize * p.cells + cell] = NONE;
        self.busy[machine as usize * p.words + cell / 64] &= !(1 << (cell % 64));
        let records = p.records_in(machine, cell);
        let at = p.session(site, cell) as usize;
        let (session, crew) = (&mut self.sessions[at], &mut self.crews[at]);
        if let Some(at) = crew.iter().position(|m| *m == machine) {
            crew.swap_remove(at);
        }
        let words = site as usize * p.words;
        if crew.is_empty() {
            bits::clear(&mut self.staffed[words..], cell);
        }
        if crew.len() < p.room[site as usize] as usize && p.is_open(site, cell) {
            bits::set(&mut self.vacant[words..], cell);
        }
        session.room -= records;
        session.card_room -= if p.issues_cards[machine as usize] {
            records
        } else {
            0
        };
        self.note_room(at as u32);
        let standing = &mut self.standing[site as usize];
        if let Some(at) = standing.iter().position(|(m, _)| *m == machine) {
            standing[at].1 -= 1;
            if standing[at].1 == 0 {
                standing.swap_remove(at);
            }
        }
        self.day_load[usize::from(p.day[cell])] -= 1;
    }

    fn seat(&mut self, cohort: u32, session: u32, people: u32) {
        let parts = &mut self.parts[cohort as usize];
        let here = &mut self.sessions[session as usize];
        match parts.iter_mut().find(|part| part.0 == session) {
            Some(part) => part.1 += people,
            None => {
                parts.push((session, people));
                self.guests[session as usize].push(cohort);
            }
        }
        self.left[cohort as usize] = self.left[cohort as usize].saturating_sub(people);
        here.load += people as i32;
        here.card_load += if self.p.cohorts[cohort as usize].card {
            people as i32
        } else {
            0
        };
        self.note_room(session);
        self.wait(cohort);
    }

    fn unseat(&mut self, cohort: u32, session: u32, people: u32) {
        let parts = &mut self.parts[cohort as usize];
        let here = &mut self.sessions[session as usize];
        if let Some(at) = parts.iter().position(|part| part.0 == session) {
            parts[at].1 -= people;
            if parts[at].1 == 0 {
                parts.swap_remove(at);
                let guests = &mut self.guests[session as usize];
                if let Some(at) = guests.iter().position(|c| *c == cohort) {
                    guests.swap_remove(at);
                }
            }
        }
        self.left[cohort as usize] += people;
        here.load -= people as i32;
        here.card_load -= if self.p.cohorts[cohort as usize].card {
            people as i32
        } else {
            0
        };
        self.note_room(session);
        self.wait(cohort);
    }

    /// Keeps in mind whether a session has places for the smallest of those who could come.
    fn note_room(&mut self, session: u32) {
        let (site, cell) = (self.p.site(session), self.p.cell(session));
        let here = &self.sessions[session as usize];
        let row = &mut self.roomy[site as usize * self.p.words..];
        if here.room - here.load >= self.p.least[site as usize] {
            bits::set(row, cell);
        } else {
            bits::clear(row, cell);
        }
    }

    /// Adds a relocation, session and finish change to the cost.
    fn charge(&mut self, relocations: i64, sessions: i64, finish: i64) {
        let costs = &self.p.costs;
        self.terms.relocation += relocations;
        self.terms.session += sessions;
        self.terms.finish += finish;
        let delta =
            relocations * costs.relocation + sessions * costs.session + finish * costs.finish;
        self.cost += delta;
        self.guide += delta;
    }

    pub(super) fn wait(&mut self, cohort: u32) {
        let waits = self.left[cohort as usize] > 0;
        let at = self.waiting_at[cohort as usize];
        if waits && at == NONE {
            self.waiting_at[cohort as usize] = self.waiting.len() as u32;
            self.waiting.push(cohort);
        } else if !waits && at != NONE {
            self.waiting.swap_remove(at as usize);
            if let Some(moved) = self.waiting.get(at as usize) {
                self.waiting_at[*moved as usize] = at;
            }
            self.waiting_at[cohort as usize] = NONE;
        }
    }

    /// Changes the cost by what so many more people of a cohort in a session (or fewer) change.
    fn recount(&mut self, cohort: u32, session: u32, people: i64, change: impl FnOnce(&mut Self)) {
        let before = self.stands(cohort);
        change(self);
        let after = self.stands(cohort);
        let p = self.p;
        let (costs, group) = (&p.costs, &p.cohorts[cohort as usize]);
        let unserved = group.weight * (i64::from(after.left) - i64::from(before.left));
        let split = after.split - before.split;
        let moved = after.moved - before.moved;
        // Mostly nobody can be late, and the division that tells the cell is not cheap.
        let late = if group.due >= p.last_day {
            0
        } else {
            p.days_late(group, p.cell(session)) * group.weight * people
        };
        self.terms.unserved += unserved;
        self.terms.split += split;
        self.terms.late += late;
        self.terms.moved += moved;
        let rest = split * costs.split + late * costs.late + moved * costs.moved;
        let penalty = &self.penalty;
        self.cost += rest + unserved * costs.unserved;
        self.guide += rest + penalty.of(group, after.left) - penalty.of(group, before.left);
    }

    /// What of a cohort costs, wherever it is.
    fn stands(&self, cohort: u32) -> Stands {
        let group = &self.p.cohorts[cohort as usize];
        let parts = &self.parts[cohort as usize];
        Stands {
            left: self.left[cohort as usize],
            split: (parts.len() as i64 - 1).max(0),
            moved: if group.promised == 0 {
                0
            } else {
                moved(group, parts)
            },
        }
    }
}

/// Of a cohort: people without a place, sessions beyond the first, and people who are moved.
struct Stands {
    left: u32,
    split: i64,
    moved: i64,
}

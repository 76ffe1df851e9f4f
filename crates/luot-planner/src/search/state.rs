//! A plan under change: four operations, each with its inverse, and the cost always at hand.
//!
//! The state never breaks a rule by itself except where something fixed does; the callers of [`State::place`] and
//! [`State::give`] have asked first. Every operation is logged, so that what was tried can be taken back.

use smallvec::SmallVec;

use super::bits;
use super::problem::{Group, NONE, Problem};
use super::score::Penalty;
use crate::types::Terms;

/// A list that mostly is so short that it needs no memory of its own.
pub(super) type Few<T, const N: usize> = SmallVec<[T; N]>;

/// One change of a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Place {
        machine: u32,
        cell: u32,
        site: u32,
    },
    Unplace {
        machine: u32,
        cell: u32,
        site: u32,
    },
    Give {
        cohort: u32,
        session: u32,
        people: u32,
    },
    Take {
        cohort: u32,
        session: u32,
        people: u32,
    },
}

/// A session: how many can be served, and how many are. By whom, and who, stands apart: it is seldom asked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Session {
    pub room: i32,
    pub card_room: i32,
    pub load: i32,
    pub card_load: i32,
}

impl Session {
    /// Places left for a cohort.
    pub(crate) fn slack(&self, card: bool) -> i32 {
        let all = self.room - self.load;
        if card {
            all.min(self.card_room - self.card_load)
        } else {
            all
        }
    }
}

/// A plan under change.
#[derive(Clone)]
pub(crate) struct State<'p> {
    pub p: &'p Problem<'p>,
    /// By machine and cell, the site or `NONE`.
    pub(super) stand: Vec<u32>,
    /// By machine, a bit per cell in which it stands somewhere.
    pub(super) busy: Vec<u64>,
    pub sessions: Vec<Session>,
    /// By session, the machines that stand there.
    pub crews: Vec<Few<u32, 4>>,
    /// By session, the cohorts that come.
    pub guests: Vec<Few<u32, 4>>,
    /// By site, a bit per cell in which a machine stands there.
    pub staffed: Vec<u64>,
    /// By site, a bit per cell in which machines there have places left for the smallest of those who could come.
    pub roomy: Vec<u64>,
    /// By site, a bit per cell in which one more machine could stand there.
    pub vacant: Vec<u64>,
    /// By cohort: session, people.
    pub parts: Vec<Few<(u32, u32), 2>>,
    /// By cohort, the people without a place.
    pub left: Vec<u32>,
    /// Placements by day, for the last day.
    pub(super) day_load: Vec<u32>,
    /// The number of days until the last with a placement.
    pub finish: usize,
    /// By site: machines with a placement there, and how many.
    pub standing: Vec<Vec<(u32, u32)>>,
    /// Cohorts with people left, in no order, and where in the list each stands.
    pub waiting: Vec<u32>,
    pub(super) waiting_at: Vec<u32>,
    pub terms: Terms,
    /// The cost by the model.
    pub cost: i64,
    /// The cost as the search sees it, with a gentler price for people without a place.
    pub guide: i64,
    pub penalty: Penalty,
    pub log: Vec<Op>,
}

impl<'p> State<'p> {
    /// The plan that holds nothing but what is fixed.
    pub(crate) fn new(p: &'p Problem<'p>, penalty: Penalty) -> Self {
        let mut state = Self {
            p,
            stand: vec![NONE; p.machines * p.cells],
            busy: vec![0; p.machines * p.words],
            sessions: vec![Session::default(); p.sites * p.cells],
            crews: vec![Few::new(); p.sites * p.cells],
            guests: vec![Few::new(); p.sites * p.cells],
            staffed: vec![0; p.sites * p.words],
            roomy: vec![0; p.sites * p.words],
            vacant: p
                .open
                .iter()
                .enumerate()
                .map(|(n, word)| if p.room[n / p.words] > 0 { *word } else { 0 })
                .collect(),
            parts: vec![Few::new(); p.cohorts.len()],
            left: p.cohorts.iter().map(|c| c.people).collect(),
            day_load: vec![0; p.days],
            finish: 0,
            standing: vec![Vec::new(); p.sites],
            waiting: Vec::new(),
            waiting_at: vec![NONE; p.cohorts.len()],
            terms: Terms::default(),
            cost: 0,
            guide: 0,
            penalty,
            log: Vec::new(),
        };
        for c in 0..p.cohorts.len() as u32 {
            state.wait(c);
            let group = &p.cohorts[c as usize];
            let (unserved, moved) = (group.weight * i64::from(group.people), moved(group, &[]));
            state.terms.unserved += unserved;
            state.terms.moved += moved;
            state.cost += unserved * p.costs.unserved + moved * p.costs.moved;
            state.guide += state.penalty.of(group, group.people) + moved * p.costs.moved;
        }
        for &(machine, cell, site) in &p.fixed.rotation {
            state.place(machine, cell as usize, site);
        }
        for &(cohort, session, people) in &p.fixed.allotments {
            state.give(cohort, session, people);
        }
        state.log.clear();
        state
    }

    pub(crate) fn stand(&self, machine: u32, cell: usize) -> u32 {
        self.stand[machine as usize * self.p.cells + cell]
    }

    pub(crate) fn is_busy(&self, machine: u32, cell: usize) -> bool {
        self.busy[machine as usize * self.p.words + cell / 64] >> (cell % 64) & 1 == 1
    }

    /// The last cell before this one in which a machine stands somewhere.
    pub(crate) fn before(&self, machine: u32, cell: usize) -> Option<usize> {
        bits::last_before(self.busy(machine), cell)
    }

    /// The first cell after this one in which a machine stands somewhere.
    pub(crate) fn after(&self, machine: u32, cell: usize) -> Option<usize> {
        bits::first_after(self.busy(machine), cell)
    }

    /// By cell, whether a machine stands somewhere.
    pub(crate) fn busy(&self, machine: u32) -> &[u64] {
        &self.busy[machine as usize * self.p.words..][..self.p.words]
    }

    /// Sites before and after a cell in a machine's way; from home at first, `NONE` where there is none.
    pub(crate) fn neighbours(&self, machine: u32, cell: usize) -> (u32, u32) {
        let before = self
            .before(machine, cell)
            .map_or(self.p.home[machine as usize], |t| self.stand(machine, t));
        let after = self
            .after(machine, cell)
            .map_or(NONE, |t| self.stand(machine, t));
        (before, after)
    }

    /// Relocations that standing at a site between two others adds to a way.
    pub(crate) fn detour(before: u32, site: u32, after: u32) -> i64 {
        let step = |a: u32, b: u32| i64::from(a != b && a != NONE && b != NONE);
        step(before, site) + step(site, after) - step(before, after)
    }

    /// Whether a machine could stand at a site in a cell: it is free and runs, there is room, and it gets there and away.
    pub(crate) fn may_place(&self, machine: u32, cell: usize, site: u32) -> bool {
        if self.is_busy(machine, cell)
            || !self.p.does_run(machine, cell)
            || !self.p.is_open(site, cell)
        {
            return false;
        }
        bits::has(&self.vacant[site as usize * self.p.words..], cell)
            && self.gets_there(machine, cell, site)
    }

    /// Whether a machine gets to a site and away again within the day, given where else it is that day.
    pub(crate) fn gets_there(&self, machine: u32, cell: usize, site: u32) -> bool {
        let p = self.p;
        let first = cell - cell % p.shifts;
        let from = self.before(machine, cell).filter(|t| *t >= first);
        let to = self.after(machine, cell).filter(|t| *t < first + p.shifts);
        from.is_none_or(|t| p.reaches(self.stand(machine, t), t, site, cell))
            && to.is_none_or(|t| p.reaches(site, cell, self.stand(machine, t), t))
    }

    /// The most that giving places to a cohort can take off the guide.
    pub(crate) fn hope(&self, cohort: u32) -> i64 {
        let group = &self.p.cohorts[cohort as usize];
        let moved = if group.promised == 0 {
            0
        } else {
            moved(group, &self.parts[cohort as usize]) * self.p.costs.moved
        };
        self.penalty.of(group, self.left[cohort as usize]) + moved
    }

    /// People of a cohort in a session that may be taken away.
    pub(crate) fn loose(&self, cohort: u32, session: u32) -> u32 {
        let count = |parts: &[(u32, u32)]| {
            parts
                .iter()
                .find(|part| part.0 == session)
                .map_or(0, |part| part.1)
        };
        count(&self.parts[cohort as usize])
            .saturating_sub(count(&self.p.cohorts[cohort as usize].fixed))
    }

    /// Whether a cohort can be given anything at all.
    pub(crate) fn is_open_to_places(&self, cohort: u32) -> bool {
        let group = &self.p.cohorts[cohort as usize];
        self.left[cohort as usize] > 0 && (!group.whole || group.fixed.is_empty())
    }
}

/// People of a cohort who are moved, ten times those moved before.
pub(crate) fn moved(group: &Group, parts: &[(u32, u32)]) -> i64 {
    let now = |session: u32| {
        parts
            .iter()
            .find(|part| part.0 == session)
            .map_or(0, |part| part.1)
    };
    let kept: u32 = group
        .was
        .iter()
        .filter(|w| w.0 != NONE)
        .map(|w| w.1.min(now(w.0)))
        .sum();
    let moved = group.promised.saturating_sub(kept);
    i64::from(moved) + 9 * i64::from(moved.min(group.again))
}

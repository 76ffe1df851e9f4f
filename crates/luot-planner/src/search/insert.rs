//! Putting cohorts into sessions, with the machines that this needs, each time at the least cost at the moment.

use super::bits;
use super::problem::{Group, NONE};
use super::rng::Rng;
use super::state::State;

/// How an insertion is biased; drawn anew for each round, so that ties fall in different ways.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taste {
    /// Whether to overlook a choice now and then.
    pub blink: bool,
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
    /// So many of them, the first, may stand at the site.
    standing: usize,
}

/// Sessions that are tried for a cohort that needs several machines.
const TRIES: usize = 8;
/// With so many machines or fewer, all of them are looked at for every session.
const FEW_MACHINES: usize = 12;
/// Otherwise so many besides those that stand at the site or were just freed.
const STRANGERS: usize = 3;

impl Inserter {
    /// Gives a cohort all the places it can get, as long as the guide does not surely end above a limit.
    pub(crate) fn insert(
        &mut self,
        state: &mut State<'_>,
        cohort: u32,
        taste: Taste,
        limit: f64,
        rng: &mut Rng,
    ) {
        while state.is_open_to_places(cohort) {
            let p = state.p;
            let budget = limit - (state.guide - state.hope(cohort)) as f64;
            let Some(choice) = self.best(state, cohort, taste, budget, rng) else {
                // To gather takes two machines at least.
                if budget >= 2.0 * p.costs.session as f64 && self.gather(state, cohort, rng) {
                    continue;
                }
                return;
            };
            // Dearer than to leave them out: perhaps others would share what is dear in it.
            let group = &p.cohorts[cohort as usize];
            let truth = state.penalty.truth(group, choice.people);
            if choice.score > truth as f64 && rng.one_in(2) {
                return;
            }
            if choice.machine != NONE {
                state.place(
                    choice.machine,
                    p.cell(choice.session),
                    p.site(choice.session),
                );
            }
            state.give(cohort, choice.session, choice.people);
        }
    }

    /// Brings several machines to one session, for a cohort that stays whole and is too large for one more.
    ///
    /// Where, is left to chance: this is rare, and what is not good is taken back.
    fn gather(&mut self, state: &mut State<'_>, cohort: u32, rng: &mut Rng) -> bool {
        let p = state.p;
        let group = &p.cohorts[cohort as usize];
        let left = state.left[cohort as usize] as i32;
        if !group.whole || p.choices(cohort) == 0 {
            return false;
        }
        for _ in 0..TRIES {
            let k = rng.below(group.sites.len());
            let site = group.sites[k];
            let vacant = &state.vacant[site as usize * p.words..][..p.words];
            let menu = &p.menu(cohort)[k * p.words..][..p.words];
            let w = rng.below(p.words);
            let set = menu[w] & vacant[w];
            if set == 0 {
                continue;
            }
            let cell = w * 64 + bits::nth(set, rng.below(set.count_ones() as usize));
            let session = p.session(site, cell) as usize;
            self.machines_near(state, site, rng);
            rng.shuffle(&mut self.near);
            let mark = state.mark();
            for &machine in &self.near {
                let helps = !group.card || p.issues_cards[machine as usize];
                if state.sessions[session].slack(group.card) < left
                    && helps
                    && state.may_place(machine, cell, site)
                {
                    state.place(machine, cell, site);
                }
            }
            if state.sessions[session].slack(group.card) >= left {
                state.give(cohort, session as u32, left as u32);
                return true;
            }
            state.undo_to(&mark);
        }
        false
    }

    fn machines_near(&mut self, state: &State<'_>, site: u32, rng: &mut Rng) {
        let p = state.p;
        self.near.clear();
        if p.machines <= FEW_MACHINES {
            self.near.extend(0..p.machines as u32);
            self.standing = self.near.len();
            return;
        }
        self.near
            .extend(state.standing[site as usize].iter().map(|(m, _)| *m));
        self.standing = self.near.len();
        for &m in p.locals[site as usize].iter().chain(&self.freed) {
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
        budget: f64,
        rng: &mut Rng,
    ) -> Option<Choice> {
        let asked = Asked::new(state, cohort, taste, budget);
        let mut best = Choice::NOTHING;
        let words = state.p.words;
        for (k, &site) in asked.group.sites.iter().enumerate() {
            let menu = &state.p.menu(cohort)[k * words..][..words];
            asked.roomy(site, menu, rng, &mut best);
        }
        for (k, &site) in asked.group.sites.iter().enumerate() {
            if asked.is_vain(0, &best) {
                break;
            }
            let menu = &state.p.menu(cohort)[k * words..][..words];
            self.machines_near(state, site, rng);
            for (n, &machine) in self.near.iter().enumerate() {
                // From elsewhere it is one relocation at least.
                let home = state.p.home[machine as usize];
                let far = n >= self.standing && home != site && home != NONE;
                if far && asked.is_vain(1, &best) {
                    continue;
                }
                asked.with_machine(site, menu, machine, rng, &mut best);
            }
        }
        (best.session != NONE).then_some(best)
    }
}

impl Choice {
    const NOTHING: Self = Self {
        session: NONE,
        machine: NONE,
        people: 0,
        score: f64::INFINITY,
    };
}

/// A cohort that looks for places.
struct Asked<'s, 'p> {
    state: &'s State<'p>,
    taste: Taste,
    group: &'p Group,
    cohort: u32,
    left: u32,
    /// Whether it is all the same to them where they are: nothing was promised, and nobody can be late.
    at_ease: bool,
    /// The most that promises kept and places spared can take off a score.
    bonus: f64,
    /// The same in a session where no machine stands yet.
    alone: f64,
    /// What a choice may cost at most.
    budget: f64,
}

impl<'s, 'p> Asked<'s, 'p> {
    fn new(state: &'s State<'p>, cohort: u32, taste: Taste, budget: f64) -> Self {
        let group = &state.p.cohorts[cohort as usize];
        let kept = if group.promised > 0 {
            10 * state.p.costs.moved * i64::from(group.promised)
        } else {
            0
        };
        let left = state.left[cohort as usize];
        // No bound is lost: records of a machine, and people, are far below 2^31.
        let spare = |places: i32| taste.spare * f64::from(places.max(0)) + kept as f64;
        let most = state.p.most_records;
        Self {
            state,
            taste,
            group,
            cohort,
            left,
            at_ease: group.promised == 0
                && group.due >= state.p.last_day
                && state.parts[cohort as usize].is_empty(),
            bonus: spare(most),
            alone: spare(most - left as i32),
            budget,
        }
    }

    /// Whether a machine with so many more relocations cannot be the best choice, or costs too much.
    fn is_vain(&self, relocations: i64, best: &Choice) -> bool {
        let way = self.way(relocations);
        way > self.budget || way - self.bonus >= best.score
    }

    /// The same where it would be the first machine of its session.
    fn is_vain_alone(&self, relocations: i64, best: &Choice) -> bool {
        self.way(relocations) - self.alone >= best.score
    }

    fn way(&self, relocations: i64) -> f64 {
        let costs = &self.state.p.costs;
        (costs.session + relocations * costs.relocation) as f64
    }

    fn fits(&self, slack: i32) -> bool {
        slack > 0 && (!self.group.whole || slack as u32 >= self.left)
    }

    /// A word in which a choice is blotted out now and then.
    fn blink(&self, rng: &mut Rng) -> u64 {
        if !self.taste.blink {
            return u64::MAX;
        }
        // Each bit is out with a chance of about one in 32.
        let luck = rng.next();
        !(1 << (luck & 63) | 1 << (luck >> 6 & 63))
    }

    /// What giving people places in a session costs, but for the machines.
    fn base(&self, session: u32, cell: usize, people: u32) -> f64 {
        if self.at_ease {
            return shortfall(self.state, self.left, people);
        }
        let p = self.state.p;
        let late = p.late(self.group, cell) * i64::from(people);
        let cost = late + gain(self.state, self.group, self.cohort, session, people);
        cost as f64 + shortfall(self.state, self.left, people)
    }

    /// Looks at the sessions of a site that have machines and places.
    fn roomy(&self, site: u32, menu: &[u64], rng: &mut Rng, best: &mut Choice) {
        let p = self.state.p;
        let roomy = &self.state.roomy[site as usize * p.words..][..p.words];
        for (w, (menu, roomy)) in menu.iter().zip(roomy).enumerate() {
            let mut set = menu & roomy;
            if set == 0 {
                continue;
            }
            set &= self.blink(rng);
            while set != 0 {
                let cell = w * 64 + set.trailing_zeros() as usize;
                set &= set - 1;
                let session = p.session(site, cell);
                let slack = self.state.sessions[session as usize].slack(self.group.card);
                if !self.fits(slack) {
                    continue;
                }
                let people = self.left.min(slack as u32);
                let score = self.base(session, cell, people)
                    + self.taste.waste * f64::from(slack - people as i32);
                if score < best.score {
                    *best = Choice {
                        session,
                        machine: NONE,
                        people,
                        score,
                    };
                }
            }
        }
    }

    /// Looks at the sessions of a site that a machine could be added to.
    ///
    /// Between two cells in which the machine is busy, its detour is the same everywhere.
    fn with_machine(
        &self,
        site: u32,
        menu: &[u64],
        machine: u32,
        rng: &mut Rng,
        best: &mut Choice,
    ) {
        let (state, p) = (self.state, self.state.p);
        if self.group.card && !p.issues_cards[machine as usize] {
            return;
        }
        let vacant = &state.vacant[site as usize * p.words..][..p.words];
        let runs = &p.runs[machine as usize * p.words..][..p.words];
        let busy = state.busy(machine);
        let staffed = &state.staffed[site as usize * p.words..][..p.words];
        for w in 0..p.words {
            let mut set = menu[w] & vacant[w] & runs[w] & !busy[w];
            if self.is_vain_alone(0, best) {
                set &= staffed[w];
            }
            if set == 0 {
                continue;
            }
            set &= self.blink(rng);
            while set != 0 {
                let first = w * 64 + set.trailing_zeros() as usize;
                let (before, after) = (
                    bits::last_before(busy, first),
                    bits::first_after(busy, first),
                );
                let mut gap = match after {
                    Some(after) if after / 64 == w => set & bits::below(after),
                    _ => set,
                };
                set &= !gap;
                let from = before.map_or(p.home[machine as usize], |t| state.stand(machine, t));
                let to = after.map_or(NONE, |t| state.stand(machine, t));
                let detour = State::detour(from, site, to);
                if self.is_vain_alone(detour, best) {
                    gap &= staffed[w];
                }
                if gap != 0 && !self.is_vain(detour, best) {
                    let way = detour * p.costs.relocation + p.costs.session;
                    self.in_gap(
                        &Gap {
                            site,
                            machine,
                            way,
                            w,
                            set: gap,
                            before,
                            after,
                            from,
                            to,
                        },
                        best,
                    );
                }
            }
        }
    }

    fn in_gap(&self, gap: &Gap, best: &mut Choice) {
        let (state, p) = (self.state, self.state.p);
        let Gap { site, machine, .. } = *gap;
        let mut set = gap.set;
        while set != 0 {
            let cell = gap.w * 64 + set.trailing_zeros() as usize;
            set &= set - 1;
            let session = p.session(site, cell);
            // A machine that issues cards adds to both kinds of room, another only to the kind that is asked here.
            let slack = state.sessions[session as usize].slack(self.group.card)
                + p.records_in(machine, cell);
            if !self.fits(slack) {
                continue;
            }
            let people = self.left.min(slack as u32);
            let later =
                (usize::from(p.day[cell]) + 1).saturating_sub(state.finish) as i64 * p.costs.finish;
            let base = (gap.way + later) as f64 + self.base(session, cell, people);
            let score = base - self.taste.spare * f64::from(slack - people as i32);
            if score >= best.score {
                continue;
            }
            let arrives = gap
                .before
                .is_none_or(|t| p.day[t] != p.day[cell] || p.reaches(gap.from, t, site, cell));
            let leaves = gap
                .after
                .is_none_or(|t| p.day[t] != p.day[cell] || p.reaches(site, cell, gap.to, t));
            if arrives && leaves {
                *best = Choice {
                    session,
                    machine,
                    people,
                    score,
                };
            }
        }
    }
}

/// Cells of one word between two in which a machine is busy.
struct Gap {
    site: u32,
    machine: u32,
    /// What the machine-shift and the detour cost.
    way: i64,
    w: usize,
    set: u64,
    before: Option<usize>,
    after: Option<usize>,
    from: u32,
    to: u32,
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

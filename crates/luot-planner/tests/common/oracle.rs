//! The exact optimum of tiny instances, by looking at every rotation and every way to fill it.
//!
//! Slow and plain on purpose; it shares no code with the search. What is frozen is taken from the published plan.

use std::collections::HashMap;

use chrono::NaiveDate;
use luot_planner::{Allotment, Cohort, Instance, Placement, Plan, Service, records};

/// Index of a session: site, cell.
type Session = (usize, usize);

struct Oracle<'a> {
    instance: &'a Instance,
    cells: Vec<(NaiveDate, usize)>,
    frozen: usize,
    /// Machine, cell: where it may stand, none included.
    choices: Vec<Vec<Vec<Option<usize>>>>,
    /// Cohort: what is frozen of it.
    past: Vec<Vec<(Session, u32)>>,
    /// Cohort: sessions that it may go to.
    menu: Vec<Vec<Session>>,
    memo: HashMap<Vec<(u32, u32)>, (i64, Filling)>,
    best: i64,
    best_plan: Option<(Vec<Vec<Option<usize>>>, Filling)>,
}

type Filling = Vec<Vec<(Session, u32)>>;

/// The least cost of any plan that breaks no rule, with such a plan.
pub fn optimum(instance: &Instance) -> (i64, Plan) {
    let mut oracle = Oracle::new(instance);
    let mut rotation: Vec<Vec<Option<usize>>> =
        vec![vec![None; oracle.cells.len()]; instance.machines.len()];
    oracle.rotate(&mut rotation, 0, 0);
    let (rotation, filling) = oracle
        .best_plan
        .clone()
        .expect("an instance without pins has a plan");
    (oracle.best, oracle.plan(&rotation, &filling))
}

impl<'a> Oracle<'a> {
    fn new(instance: &'a Instance) -> Self {
        let dates: Vec<NaiveDate> = instance
            .start
            .iter_days()
            .take_while(|d| *d <= instance.end)
            .collect();
        let cells: Vec<_> = dates
            .iter()
            .flat_map(|d| (0..instance.shifts.len()).map(|s| (*d, s)))
            .collect();
        let frozen = cells
            .iter()
            .filter(|c| instance.is_frozen(c.0, &instance.shifts[c.1].id))
            .count();
        let published = instance.published.clone().unwrap_or_default();
        let shift = |n: usize| instance.shifts[n].id.as_str();
        let site = |id: &str| instance.sites.iter().position(|s| s.id == id).unwrap();
        let cell = |date: NaiveDate, id: &str| {
            cells
                .iter()
                .position(|c| c.0 == date && shift(c.1) == id)
                .unwrap()
        };
        let stood = |m: &str, t: usize| {
            let row = published
                .rotation
                .iter()
                .find(|r| r.machine == m && cell(r.date, &r.shift) == t);
            row.map(|r| site(&r.site))
        };
        let choices = instance.machines.iter().map(|m| {
            let at = |t: usize| -> Vec<Option<usize>> {
                if t < frozen {
                    return vec![stood(&m.id, t)];
                }
                let (date, s) = cells[t];
                let open = (0..instance.sites.len()).filter(|k| {
                    m.runs(date, shift(s)) && instance.sites[*k].calendar.admits(date, shift(s))
                });
                std::iter::once(None).chain(open.map(Some)).collect()
            };
            (0..cells.len()).map(at).collect()
        });
        let past = instance.cohorts.iter().map(|c| {
            let rows = published.allotments.iter().filter(|a| a.cohort == c.id);
            rows.map(|a| ((site(&a.site), cell(a.date, &a.shift)), a.people))
                .filter(|p| p.0.1 < frozen)
                .collect()
        });
        let menu = instance.cohorts.iter().map(|c| {
            let all = c
                .sites
                .iter()
                .flat_map(|s| (frozen..cells.len()).map(move |t| (site(s), t)));
            let fits = |(k, t): &Session| {
                let (date, s) = cells[*t];
                c.calendar.admits(date, shift(s))
                    && instance.sites[*k].calendar.admits(date, shift(s))
            };
            all.filter(fits).collect()
        });
        Self {
            choices: choices.collect(),
            past: past.collect(),
            menu: menu.collect(),
            instance,
            frozen,
            memo: HashMap::new(),
            best: i64::MAX,
            best_plan: None,
            cells: cells.clone(),
        }
    }

    fn rotate(&mut self, rotation: &mut Vec<Vec<Option<usize>>>, m: usize, t: usize) {
        if m == self.instance.machines.len() {
            return self.fill(rotation);
        }
        if t == self.cells.len() {
            return self.rotate(rotation, m + 1, 0);
        }
        for choice in self.choices[m][t].clone() {
            rotation[m][t] = choice;
            if t < self.frozen || self.allowed(rotation, m, t) {
                self.rotate(rotation, m, t + 1);
            }
        }
        rotation[m][t] = None;
    }

    fn allowed(&self, rotation: &[Vec<Option<usize>>], m: usize, t: usize) -> bool {
        let Some(site) = rotation[m][t] else {
            return true;
        };
        let here = (0..=m).filter(|k| rotation[*k][t] == Some(site)).count();
        if here > usize::try_from(self.instance.sites[site].machines_at_once).unwrap() {
            return false;
        }
        let earlier = (0..t).rev().find(|e| rotation[m][*e].is_some());
        let Some(e) = earlier.filter(|e| self.cells[*e].0 == self.cells[t].0) else {
            return true;
        };
        let from = rotation[m][e].unwrap();
        let gap = (self.instance.shifts[self.cells[t].1].start
            - self.instance.shifts[self.cells[e].1].end)
            .num_minutes();
        let travel = self
            .instance
            .travel(&self.instance.sites[from].id, &self.instance.sites[site].id);
        gap >= if from == site {
            0
        } else {
            i64::from(self.instance.setup_minutes + travel)
        }
    }

    fn rotation_cost(&self, rotation: &[Vec<Option<usize>>]) -> i64 {
        let costs = &self.instance.costs;
        let (mut cost, mut last) = (0, 0);
        for (machine, row) in self.instance.machines.iter().zip(rotation) {
            let mut at = machine
                .home
                .as_ref()
                .map(|h| self.instance.sites.iter().position(|s| s.id == *h).unwrap());
            for (t, site) in row
                .iter()
                .enumerate()
                .filter_map(|(t, s)| s.map(|s| (t, s)))
            {
                cost += costs.session
                    + if at.is_some_and(|a| a != site) {
                        costs.relocation
                    } else {
                        0
                    };
                at = Some(site);
                last = last.max((self.cells[t].0 - self.instance.start).num_days() + 1);
            }
        }
        cost + last * costs.finish
    }

    fn fill(&mut self, rotation: &[Vec<Option<usize>>]) {
        let cost = self.rotation_cost(rotation);
        if cost >= self.best {
            return;
        }
        let n = self.cells.len();
        let mut rooms = vec![(0, 0); self.instance.sites.len() * n];
        for (machine, row) in self.instance.machines.iter().zip(rotation) {
            for (t, site) in row
                .iter()
                .enumerate()
                .skip(self.frozen)
                .filter_map(|(t, s)| s.map(|s| (t, s)))
            {
                let taken = records(&self.instance.shifts[self.cells[t].1], machine);
                rooms[site * n + t].0 += taken;
                rooms[site * n + t].1 += if machine.issues_cards() { taken } else { 0 };
            }
        }
        if !self.memo.contains_key(&rooms) {
            let mut best = (i64::MAX, Vec::new());
            let mut filling = Vec::new();
            self.cohort(&mut rooms.clone(), &mut filling, 0, &mut best);
            self.memo.insert(rooms.clone(), best);
        }
        let (people, filling) = &self.memo[&rooms];
        if cost + people < self.best {
            self.best = cost + people;
            self.best_plan = Some((rotation.to_vec(), filling.clone()));
        }
    }

    fn cohort(
        &self,
        rooms: &mut [(u32, u32)],
        filling: &mut Filling,
        cost: i64,
        best: &mut (i64, Filling),
    ) {
        if cost >= best.0 {
            return;
        }
        let c = filling.len();
        let Some(cohort) = self.instance.cohorts.get(c) else {
            *best = (cost, filling.clone());
            return;
        };
        let mut given = self.past[c].clone();
        let left = cohort.people - given.iter().map(|g| g.1).sum::<u32>();
        if cohort.whole {
            for k in 0..=self.menu[c].len() {
                if let Some(&session) = self.menu[c].get(k) {
                    if left == 0 || !given.is_empty() || !self.take(rooms, cohort, session, left) {
                        continue;
                    }
                    filling.push(vec![(session, left)]);
                    let more = self.people_cost(cohort, &filling[c]);
                    self.cohort(rooms, filling, cost + more, best);
                    self.give_back(rooms, cohort, session, left);
                } else {
                    filling.push(given.clone());
                    let more = self.people_cost(cohort, &filling[c]);
                    self.cohort(rooms, filling, cost + more, best);
                }
                filling.pop();
            }
            return;
        }
        self.spread(rooms, filling, &mut given, 0, left, cost, best);
    }

    #[allow(clippy::too_many_arguments)]
    fn spread(
        &self,
        rooms: &mut [(u32, u32)],
        filling: &mut Filling,
        given: &mut Vec<(Session, u32)>,
        k: usize,
        left: u32,
        cost: i64,
        best: &mut (i64, Filling),
    ) {
        let c = filling.len();
        let cohort = &self.instance.cohorts[c];
        let Some(&session) = self.menu[c].get(k) else {
            filling.push(given.clone());
            let more = self.people_cost(cohort, given);
            self.cohort(rooms, filling, cost + more, best);
            filling.pop();
            return;
        };
        for people in (0..=left).rev() {
            if people == 0 {
                self.spread(rooms, filling, given, k + 1, left, cost, best);
            } else if self.take(rooms, cohort, session, people) {
                given.push((session, people));
                self.spread(rooms, filling, given, k + 1, left - people, cost, best);
                given.pop();
                self.give_back(rooms, cohort, session, people);
            }
        }
    }

    fn take(
        &self,
        rooms: &mut [(u32, u32)],
        cohort: &Cohort,
        (site, t): Session,
        people: u32,
    ) -> bool {
        let (all, cards) = &mut rooms[site * self.cells.len() + t];
        // The people who need no card may fill a card machine, so both bounds count together.
        let card = cohort.service == Service::Card;
        if *all < people || (card && *cards < people) {
            return false;
        }
        *all -= people;
        *cards -= if card { people } else { 0 };
        true
    }

    fn give_back(
        &self,
        rooms: &mut [(u32, u32)],
        cohort: &Cohort,
        (site, t): Session,
        people: u32,
    ) {
        let room = &mut rooms[site * self.cells.len() + t];
        room.0 += people;
        room.1 += if cohort.service == Service::Card {
            people
        } else {
            0
        };
    }

    fn people_cost(&self, cohort: &Cohort, given: &[(Session, u32)]) -> i64 {
        let costs = &self.instance.costs;
        let weight = i64::from(cohort.weight);
        let got: u32 = given.iter().map(|g| g.1).sum();
        let mut cost = costs.unserved * weight * i64::from(cohort.people - got)
            + costs.split * (given.len().max(1) as i64 - 1);
        for ((_, t), people) in given {
            cost += costs.late * weight * i64::from(*people) * cohort.days_late(self.cells[*t].0);
        }
        let Some(published) = &self.instance.published else {
            return cost;
        };
        let (mut promised, mut kept, mut again) = (0, 0, 0);
        for a in published
            .allotments
            .iter()
            .filter(|a| a.cohort == cohort.id)
        {
            promised += a.people;
            again += if a.moved_before { a.people } else { 0 };
            let same = |(s, t): &Session| {
                self.instance.sites[*s].id == a.site
                    && self.cells[*t].0 == a.date
                    && self.instance.shifts[self.cells[*t].1].id == a.shift
            };
            kept += given
                .iter()
                .filter(|g| same(&g.0))
                .map(|g| g.1)
                .sum::<u32>()
                .min(a.people);
        }
        let moved = promised.min(cohort.people).saturating_sub(kept);
        cost + costs.moved * (i64::from(moved) + 9 * i64::from(moved.min(again)))
    }

    fn plan(&self, rotation: &[Vec<Option<usize>>], filling: &Filling) -> Plan {
        let mut plan = Plan::default();
        let shift = |t: usize| self.instance.shifts[self.cells[t].1].id.clone();
        for (machine, row) in self.instance.machines.iter().zip(rotation) {
            for (t, site) in row
                .iter()
                .enumerate()
                .filter_map(|(t, s)| s.map(|s| (t, s)))
            {
                let site = self.instance.sites[site].id.clone();
                plan.rotation.push(Placement {
                    machine: machine.id.clone(),
                    date: self.cells[t].0,
                    shift: shift(t),
                    site,
                });
            }
        }
        for (cohort, given) in self.instance.cohorts.iter().zip(filling) {
            for ((site, t), people) in given {
                let site = self.instance.sites[*site].id.clone();
                let a = Allotment {
                    cohort: cohort.id.clone(),
                    date: self.cells[*t].0,
                    shift: shift(*t),
                    site,
                    people: *people,
                    moved_before: false,
                };
                plan.allotments.push(a);
            }
        }
        plan
    }
}

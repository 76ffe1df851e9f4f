//! An instance in dense indices: cells, sessions, bit sets, and for each cohort its menu of sessions.

mod ask;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::bits;
use crate::calendar::{gap_minutes, records};
use crate::types::{Calendar, Costs, Instance, Service};

/// With more machines at home around a site, only those at home in it are local.
const LOCALS: usize = 6;

/// No site, no machine, no home.
pub(crate) const NONE: u32 = u32::MAX;

/// A placement or allotment that is part of every plan: frozen, or pinned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fixed {
    /// Machine, cell, site.
    pub rotation: Vec<(u32, u32, u32)>,
    /// Cohort, session, people.
    pub allotments: Vec<(u32, u32, u32)>,
}

/// A cohort in dense indices.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub people: u32,
    pub card: bool,
    pub whole: bool,
    pub weight: i64,
    /// Day index of the due date; `i32::MAX` without one.
    pub due: i32,
    /// Its sites, without repetition.
    pub sites: Vec<u32>,
    /// Number of its menu.
    pub menu: u32,
    /// What was published: session (`NONE` where that is no session any more), people.
    pub was: Vec<(u32, u32)>,
    /// People of `was` in all, but not more than there are people.
    pub promised: u32,
    /// Of them, moved before.
    pub again: u32,
    /// What is fixed: session, people.
    pub fixed: Vec<(u32, u32)>,
}

/// An instance in dense indices.
pub(crate) struct Problem<'a> {
    pub instance: &'a Instance,
    pub costs: Costs,
    pub shifts: usize,
    pub days: usize,
    /// Index of the last day.
    pub last_day: i32,
    /// Days × shifts.
    pub cells: usize,
    /// 64-bit words for a bit per cell.
    pub words: usize,
    pub sites: usize,
    pub machines: usize,
    /// The first cell that is not frozen.
    pub first_free: usize,
    /// Records by machine and shift.
    pub records: Vec<i32>,
    pub issues_cards: Vec<bool>,
    pub home: Vec<u32>,
    /// By machine, a bit per cell in which it runs and is not frozen.
    pub runs: Vec<u64>,
    /// By site, a bit per cell in which it is open and that is not frozen.
    pub open: Arc<Vec<u64>>,
    pub room: Arc<Vec<u32>>,
    /// By shift and later shift of a day: the minutes between.
    pub(super) gap: Arc<Vec<i32>>,
    /// Set-up and travel by site and site.
    pub(super) need: Arc<Vec<u16>>,
    pub cohorts: Vec<Group>,
    /// By site of a cohort, a bit per cell in which the cohort can come, the site is open, and nothing is frozen.
    pub menus: Arc<Vec<Vec<u64>>>,
    /// The choices in each menu.
    pub menu_sizes: Arc<Vec<u32>>,
    /// By cell, its day.
    pub day: Arc<Vec<u16>>,
    /// By cell, its shift in the day.
    pub shift: Arc<Vec<u8>>,
    /// The most records of any machine in any shift.
    pub most_records: i32,
    pub fixed: Fixed,
    /// By machine, a bit per cell whose placement is fixed.
    pub held: Vec<u64>,
    /// Cohorts by site.
    pub visitors: Vec<Vec<u32>>,
    /// By site, the fewest places that any of its cohorts can use.
    pub least: Vec<i32>,
    /// By site, the machines whose home it is, or whose home is nearby in that cohorts share sites with it.
    pub locals: Vec<Vec<u32>>,
}

impl<'a> Problem<'a> {
    pub(crate) fn new(instance: &'a Instance) -> Self {
        let dates: Vec<NaiveDate> = instance
            .start
            .iter_days()
            .take_while(|d| *d <= instance.end)
            .collect();
        let (days, shifts) = (dates.len(), instance.shifts.len());
        let cells = days * shifts;
        let words = cells.div_ceil(64).max(1);
        let frozen_days = instance
            .frozen_before
            .map_or(0, |f| dates.iter().filter(|d| **d < f).count());
        let begun = instance
            .frozen_before
            .and_then(|f| dates.binary_search(&f).ok())
            .and_then(|_| instance.first_shift())
            .unwrap_or(0);
        let site_of = index(instance.sites.iter().map(|s| &s.id));
        let mut problem = Self {
            instance,
            costs: instance.costs,
            shifts,
            days,
            // At most 400 days.
            last_day: days as i32 - 1,
            cells,
            words,
            sites: instance.sites.len(),
            machines: instance.machines.len(),
            first_free: frozen_days * shifts + begun,
            records: Vec::new(),
            issues_cards: instance
                .machines
                .iter()
                .map(crate::Machine::issues_cards)
                .collect(),
            home: Vec::new(),
            runs: Vec::new(),
            open: Arc::default(),
            room: Arc::new(instance.sites.iter().map(|s| s.machines_at_once).collect()),
            gap: Arc::default(),
            need: Arc::default(),
            cohorts: Vec::new(),
            menus: Arc::default(),
            menu_sizes: Arc::default(),
            // At most 400 days and 12 shifts.
            day: Arc::new((0..cells).map(|t| (t / shifts) as u16).collect()),
            shift: Arc::new((0..cells).map(|t| (t % shifts) as u8).collect()),
            most_records: 0,
            fixed: Fixed::default(),
            held: vec![0; words * instance.machines.len()],
            visitors: vec![Vec::new(); instance.sites.len()],
            least: Vec::new(),
            locals: Vec::new(),
        };
        problem.machines(&dates, &site_of);
        problem.most_records = problem.records.iter().copied().max().unwrap_or(0);
        problem.sites(&dates, &site_of);
        problem.cohorts(&dates, &site_of);
        problem.promises(&dates, &site_of);
        problem.settle();
        problem
    }

    /// The bits of the cells that a calendar has.
    fn bits(&self, dates: &[NaiveDate], calendar: &Calendar) -> Vec<u64> {
        let mut bits = vec![0; self.words];
        for (d, date) in dates.iter().enumerate() {
            for (s, shift) in self.instance.shifts.iter().enumerate() {
                let cell = d * self.shifts + s;
                if calendar.admits(*date, &shift.id) {
                    bits[cell / 64] |= 1 << (cell % 64);
                }
            }
        }
        bits
    }

    fn machines(&mut self, dates: &[NaiveDate], site_of: &HashMap<&str, u32>) {
        let day_of = |d: &NaiveDate| dates.binary_search(d).ok();
        let mut cache: HashMap<&Calendar, Vec<u64>> = HashMap::new();
        for machine in &self.instance.machines {
            let taken = self
                .instance
                .shifts
                .iter()
                .map(|s| i32::try_from(records(s, machine)).unwrap_or(i32::MAX / 4096));
            self.records.extend(taken);
            self.home.push(
                machine
                    .home
                    .as_ref()
                    .and_then(|h| site_of.get(h.as_str()))
                    .copied()
                    .unwrap_or(NONE),
            );
            let mut bits = cache
                .entry(&machine.calendar)
                .or_insert_with(|| self.bits(dates, &machine.calendar))
                .clone();
            for (date, shift) in &machine.out {
                let shift = self.instance.shifts.iter().position(|s| s.id == *shift);
                if let (Some(day), Some(shift)) = (day_of(date), shift) {
                    let cell = day * self.shifts + shift;
                    bits[cell / 64] &= !(1 << (cell % 64));
                }
            }
            (0..self.first_free).for_each(|cell| bits[cell / 64] &= !(1 << (cell % 64)));
            self.runs.extend(bits);
        }
    }

    fn sites(&mut self, dates: &[NaiveDate], site_of: &HashMap<&str, u32>) {
        let mut open: Vec<u64> = Vec::new();
        let mut cache: HashMap<&Calendar, Vec<u64>> = HashMap::new();
        for site in &self.instance.sites {
            let bits = cache
                .entry(&site.calendar)
                .or_insert_with(|| self.bits(dates, &site.calendar));
            let row = open.len();
            open.extend(bits.iter());
            (0..self.first_free).for_each(|cell| bits::clear(&mut open[row..], cell));
        }
        self.open = Arc::new(open);
        let shifts = &self.instance.shifts;
        let gap = |a: usize, b: usize| {
            i32::try_from(gap_minutes(shifts[a].end, shifts[b].start)).unwrap_or(-1)
        };
        let pairs = 0..self.shifts * self.shifts;
        self.gap = Arc::new(
            pairs
                .map(|n| gap(n / self.shifts, n % self.shifts))
                .collect(),
        );
        // Set-up and travel are each limited to a week, so their sum fits 16 bits.
        let sum =
            |travel: u32| u16::try_from(self.instance.setup_minutes + travel).unwrap_or(u16::MAX);
        let n = self.sites;
        let mut need = vec![sum(self.instance.travel_default); n * n];
        let table = &self.instance.travel_minutes;
        // The entry in the direction of travel wins over that of the other direction.
        for forward in [false, true] {
            for (from, row) in table {
                for (to, minutes) in row {
                    if let (Some(&a), Some(&b)) =
                        (site_of.get(from.as_str()), site_of.get(to.as_str()))
                    {
                        let (a, b) = if forward { (a, b) } else { (b, a) };
                        need[a as usize * n + b as usize] = sum(*minutes);
                    }
                }
            }
        }
        (0..n).for_each(|s| need[s * n + s] = 0);
        self.need = Arc::new(need);
    }

    fn cohorts(&mut self, dates: &[NaiveDate], site_of: &HashMap<&str, u32>) {
        let mut menus: HashMap<(Vec<u32>, &Calendar), u32> = HashMap::new();
        let (mut choices, mut sizes) = (Vec::new(), Vec::new());
        let mut calendars: HashMap<&Calendar, Vec<u64>> = HashMap::new();
        let instance = self.instance;
        for (c, cohort) in instance.cohorts.iter().enumerate() {
            let mut sites: Vec<u32> = cohort
                .sites
                .iter()
                .filter_map(|s| site_of.get(s.as_str()).copied())
                .collect();
            sites.sort_unstable();
            sites.dedup();
            let bits = calendars
                .entry(&cohort.calendar)
                .or_insert_with(|| self.bits(dates, &cohort.calendar));
            let menu = *menus
                .entry((sites.clone(), &cohort.calendar))
                .or_insert_with(|| {
                    let mut menu = Vec::with_capacity(sites.len() * self.words);
                    for site in &sites {
                        let open = &self.open[*site as usize * self.words..][..self.words];
                        menu.extend(bits.iter().zip(open).map(|(a, b)| a & b));
                    }
                    let size = menu.iter().map(|word| word.count_ones()).sum();
                    choices.push(menu);
                    sizes.push(size);
                    choices.len() as u32 - 1
                });
            sites
                .iter()
                .for_each(|s| self.visitors[*s as usize].push(c as u32));
            let due = cohort.due.map_or(i32::MAX, |due| {
                i32::try_from((due - instance.start).num_days()).unwrap_or(i32::MAX)
            });
            self.cohorts.push(Group {
                people: cohort.people,
                card: cohort.service == Service::Card,
                whole: cohort.whole,
                weight: i64::from(cohort.weight),
                due,
                sites,
                menu,
                was: Vec::new(),
                promised: 0,
                again: 0,
                fixed: Vec::new(),
            });
        }
        self.menus = Arc::new(choices);
        self.menu_sizes = Arc::new(sizes);
    }

    /// Finds the machines that are local to each site, and the fewest places that are of use there.
    pub(super) fn settle(&mut self) {
        let use_of = |c: &u32| {
            let group = &self.cohorts[*c as usize];
            if group.whole { group.people as i32 } else { 1 }
        };
        let least = |visitors: &Vec<u32>| visitors.iter().map(use_of).min().unwrap_or(1).max(1);
        self.least = self.visitors.iter().map(least).collect();
        let (component, count) = super::part::components(self);
        let mut homes = vec![Vec::new(); count];
        let mut exact = vec![Vec::new(); self.sites];
        for (m, home) in self.home.iter().enumerate().filter(|(_, h)| **h != NONE) {
            homes[component[*home as usize] as usize].push(m as u32);
            exact[*home as usize].push(m as u32);
        }
        let local = |s: usize| {
            let near = &homes[component[s] as usize];
            if near.len() <= LOCALS {
                near.clone()
            } else {
                exact[s].clone()
            }
        };
        self.locals = (0..self.sites).map(local).collect();
    }

    /// This problem with nobody in it: what all its parts share.
    pub(crate) fn frame(&self) -> Self {
        Self {
            instance: self.instance,
            costs: self.costs,
            shifts: self.shifts,
            days: self.days,
            last_day: self.last_day,
            cells: self.cells,
            words: self.words,
            sites: self.sites,
            machines: 0,
            first_free: self.first_free,
            records: Vec::new(),
            issues_cards: Vec::new(),
            home: Vec::new(),
            runs: Vec::new(),
            open: Arc::clone(&self.open),
            room: Arc::clone(&self.room),
            gap: Arc::clone(&self.gap),
            need: Arc::clone(&self.need),
            cohorts: Vec::new(),
            menus: Arc::clone(&self.menus),
            menu_sizes: Arc::clone(&self.menu_sizes),
            day: Arc::clone(&self.day),
            shift: Arc::clone(&self.shift),
            most_records: self.most_records,
            fixed: Fixed::default(),
            held: Vec::new(),
            visitors: Vec::new(),
            least: Vec::new(),
            locals: Vec::new(),
        }
    }

    /// What was published, what of it is frozen, and what is pinned.
    fn promises(&mut self, dates: &[NaiveDate], site_of: &HashMap<&str, u32>) {
        let instance = self.instance;
        let machine_of = index(instance.machines.iter().map(|m| &m.id));
        let cohort_of = index(instance.cohorts.iter().map(|c| &c.id));
        let shift_of = index(instance.shifts.iter().map(|s| &s.id));
        let shifts = self.shifts as u32;
        let cell = |date: &NaiveDate, shift: &str| -> Option<u32> {
            let day = dates.binary_search(date).ok()?;
            Some(day as u32 * shifts + shift_of.get(shift)?)
        };
        let cells = self.cells as u32;
        for a in instance.published.iter().flat_map(|p| &p.allotments) {
            let Some(&c) = cohort_of.get(a.cohort.as_str()) else {
                continue;
            };
            let session = cell(&a.date, &a.shift)
                .zip(site_of.get(a.site.as_str()))
                .map_or(NONE, |(t, s)| s * cells + t);
            let group = &mut self.cohorts[c as usize];
            group.promised = group.promised.saturating_add(a.people);
            group.again = group
                .again
                .saturating_add(if a.moved_before { a.people } else { 0 });
            match group
                .was
                .iter_mut()
                .find(|w| w.0 == session && session != NONE)
            {
                Some(was) => was.1 += a.people,
                None => group.was.push((session, a.people)),
            }
        }
        self.cohorts
            .iter_mut()
            .for_each(|c| c.promised = c.promised.min(c.people));
        let past = instance
            .published
            .iter()
            .flat_map(|p| &p.rotation)
            .filter(|r| instance.is_frozen(r.date, &r.shift));
        let rows: Vec<_> = past
            .chain(instance.pinned.iter().flat_map(|p| &p.rotation))
            .collect();
        for r in rows {
            let known = (
                machine_of.get(r.machine.as_str()),
                cell(&r.date, &r.shift),
                site_of.get(r.site.as_str()),
            );
            if let (Some(&m), Some(t), Some(&s)) = known
                && !self.is_held(m, t as usize)
            {
                self.fixed.rotation.push((m, t, s));
                self.held[m as usize * self.words + t as usize / 64] |= 1 << (t % 64);
            }
        }
        let past: Vec<_> = instance
            .published
            .iter()
            .flat_map(|p| &p.allotments)
            .filter(|a| instance.is_frozen(a.date, &a.shift))
            .collect();
        // What is pinned in the past is there already; twice would be too much.
        let pins = instance
            .pinned
            .iter()
            .flat_map(|p| &p.allotments)
            .filter(|a| !instance.is_frozen(a.date, &a.shift));
        for a in past.into_iter().chain(pins) {
            let known = (
                cohort_of.get(a.cohort.as_str()),
                cell(&a.date, &a.shift),
                site_of.get(a.site.as_str()),
            );
            if let (Some(&c), Some(t), Some(&s)) = known {
                let session = s * cells + t;
                self.fixed.allotments.push((c, session, a.people));
                let fixed = &mut self.cohorts[c as usize].fixed;
                match fixed.iter_mut().find(|f| f.0 == session) {
                    Some(f) => f.1 += a.people,
                    None => fixed.push((session, a.people)),
                }
            }
        }
    }
}

fn index<'b>(ids: impl Iterator<Item = &'b String>) -> HashMap<&'b str, u32> {
    ids.enumerate()
        .map(|(n, id)| (id.as_str(), n as u32))
        .collect()
}

//! Why each machine stands where it stands: its way cut into visits, each with whom it serves and what only it does.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::Serialize;

use crate::calendar::records;
use crate::rebalance::Moment;
use crate::types::{Instance, Machine, Plan, Service};
use crate::words;

/// A visit: shifts of one machine at one site, until it goes elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Id of the machine.
    pub machine: String,
    /// Id of the site.
    pub site: String,
    /// Its first shift.
    pub from: Moment,
    /// Its last shift.
    pub to: Moment,
    /// Shifts staffed.
    pub shifts: u32,
    /// People who are booked into its sessions, together with any other machine there.
    pub people: u32,
    /// Their cohorts, in the order of the instance.
    pub cohorts: Vec<String>,
    /// The main reason, as a stable word: `only-visit`, `only-cards`, `due`, `capacity`, `pinned`, `unused`.
    pub code: String,
    /// In English.
    pub text: String,
    /// In Vietnamese.
    pub text_vi: String,
}

/// A shift of the calendar, in its order.
type Cell = (NaiveDate, usize);

/// The visits of all machines, in the order of the instance and of the calendar.
///
/// Placements with unknown names are left out; [`crate::check`] tells of them.
#[must_use]
pub fn blocks(instance: &Instance, plan: &Plan) -> Vec<Block> {
    let shift = |id: &str| instance.shifts.iter().position(|s| s.id == id);
    let mut ways: HashMap<&str, BTreeMap<Cell, &str>> = HashMap::new();
    for r in &plan.rotation {
        if let Some(n) = shift(&r.shift) {
            ways.entry(&r.machine)
                .or_default()
                .insert((r.date, n), &r.site);
        }
    }
    let mut booked: HashMap<(Cell, &str), Vec<(usize, u32)>> = HashMap::new();
    let cohorts: HashMap<&str, usize> = instance
        .cohorts
        .iter()
        .enumerate()
        .map(|(n, c)| (c.id.as_str(), n))
        .collect();
    for a in &plan.allotments {
        if let (Some(n), Some(&c)) = (shift(&a.shift), cohorts.get(a.cohort.as_str())) {
            booked
                .entry(((a.date, n), &a.site))
                .or_default()
                .push((c, a.people));
        }
    }
    let scene = Scene {
        instance,
        ways,
        booked,
    };
    instance
        .machines
        .iter()
        .flat_map(|m| scene.visits(m))
        .collect()
}

struct Scene<'a> {
    instance: &'a Instance,
    ways: HashMap<&'a str, BTreeMap<Cell, &'a str>>,
    booked: HashMap<(Cell, &'a str), Vec<(usize, u32)>>,
}

impl<'a> Scene<'a> {
    fn visits(&self, machine: &'a Machine) -> Vec<Block> {
        let mut visits: Vec<(&str, Vec<Cell>)> = Vec::new();
        for (cell, site) in self.ways.get(machine.id.as_str()).into_iter().flatten() {
            match visits.last_mut() {
                Some((at, cells)) if at == site => cells.push(*cell),
                _ => visits.push((site, vec![*cell])),
            }
        }
        visits
            .into_iter()
            .filter_map(|(site, cells)| self.block(machine, site, &cells))
            .collect()
    }

    fn block(&self, machine: &Machine, site: &'a str, cells: &[Cell]) -> Option<Block> {
        let moment = |cell: &Cell| Moment {
            date: cell.0,
            shift: self.instance.shifts[cell.1].id.clone(),
        };
        let (from, to) = (cells.first()?, cells.last()?);
        let mut people = 0;
        let mut present: BTreeSet<usize> = BTreeSet::new();
        for (c, n) in cells
            .iter()
            .filter_map(|cell| self.booked.get(&(*cell, site)))
            .flatten()
        {
            people += n;
            present.insert(*c);
        }
        let (code, why, why_vi) = self.reason(machine, site, cells, &present, people);
        let (cohorts, shifts) = (present.len(), cells.len());
        let names = &self.instance.names;
        let (machine_name, site_name) = (names.machine(&machine.id), names.site(site));
        let span = (
            words::day(from.0),
            words::day(to.0),
            words::day_vi(from.0),
            words::day_vi(to.0),
        );
        Some(Block {
            machine: machine.id.clone(),
            site: site.to_owned(),
            from: moment(from),
            to: moment(to),
            shifts: u32::try_from(shifts).unwrap_or(u32::MAX),
            people,
            cohorts: present
                .iter()
                .map(|c| self.instance.cohorts[*c].id.clone())
                .collect(),
            code: code.to_owned(),
            text: format!(
                "{machine_name} at {site_name}, {} to {} ({shifts} shifts), for {people} people of {cohorts} cohorts: {why}",
                span.0, span.1
            ),
            text_vi: format!(
                "{machine_name} tại {site_name}, từ {} đến {} ({shifts} ca), phục vụ {people} người của {cohorts} nhóm: {why_vi}",
                span.2, span.3
            ),
        })
    }

    fn reason(
        &self,
        machine: &Machine,
        site: &str,
        cells: &[Cell],
        present: &BTreeSet<usize>,
        people: u32,
    ) -> (&'static str, String, String) {
        let shift = |id: &str| self.instance.shifts.iter().position(|s| s.id == id);
        let fixed = self.instance.pinned.iter().flat_map(|p| &p.rotation);
        if fixed.into_iter().any(|r| {
            r.machine == machine.id
                && r.site == site
                && shift(&r.shift).is_some_and(|n| cells.contains(&(r.date, n)))
        }) {
            return (
                "pinned",
                "fixed by hand".to_owned(),
                "do người lập lịch cố định".to_owned(),
            );
        }
        if people == 0 {
            return (
                "unused",
                "nobody is booked there; it could be taken away".to_owned(),
                "không có ai được xếp; có thể bỏ".to_owned(),
            );
        }
        let elsewhere = |able: &dyn Fn(&Machine) -> bool| {
            self.instance.machines.iter().filter(|m| able(m)).any(|m| {
                let way = self.ways.get(m.id.as_str());
                way.into_iter()
                    .flatten()
                    .any(|(cell, s)| *s == site && (m.id != machine.id || !cells.contains(cell)))
            })
        };
        if !elsewhere(&|_| true) {
            let site = self.instance.names.site(site);
            return (
                "only-visit",
                format!("no other machine comes to {site}"),
                format!("không máy nào khác đến {site}"),
            );
        }
        let cards: u32 = cells
            .iter()
            .filter_map(|cell| self.booked.get(&(*cell, site)))
            .flatten()
            .filter(|(c, _)| self.instance.cohorts[*c].service == Service::Card)
            .map(|(_, n)| n)
            .sum();
        if cards > 0 && machine.issues_cards() && !elsewhere(&|m| m.issues_cards()) {
            return (
                "only-cards",
                format!("no other machine issues cards there, and {cards} people need them"),
                format!("không máy nào khác cấp thẻ tại đây, {cards} người cần thẻ"),
            );
        }
        let end = cells.last().map(|cell| cell.0);
        let due = |c: &&usize| {
            self.instance.cohorts[**c].due.is_some_and(|due| {
                due < self.instance.end && end.is_some_and(|end| (due - end).num_days() <= 7)
            })
        };
        let pressed = present.iter().filter(due).count();
        if pressed > 0 {
            return (
                "due",
                format!("{pressed} of the cohorts are due within the week"),
                format!("{pressed} nhóm đến hạn trong tuần"),
            );
        }
        // With the machines beside it, for the people are theirs together.
        let stands = |m: &Machine, cell: &Cell| {
            let way = self.ways.get(m.id.as_str());
            way.and_then(|way| way.get(cell))
                .is_some_and(|s| *s == site)
        };
        let taken = |cell: &Cell| -> u32 {
            let here = self.instance.machines.iter().filter(|m| stands(m, cell));
            here.map(|m| records(&self.instance.shifts[cell.1], m))
                .sum()
        };
        let room: u32 = cells.iter().map(taken).sum();
        let share = u64::from(people) * 100 / u64::from(room.max(1));
        (
            "capacity",
            format!("one of several visits there; {share} % of its records are used"),
            format!("một trong nhiều lượt tại đây; dùng {share} % công suất"),
        )
    }
}

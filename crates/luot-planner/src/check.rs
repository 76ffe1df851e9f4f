//! The judge: which rules a plan breaks and what it costs, straight from the statement of the problem.
//!
//! Written for being read, not for speed: one pass over the plan with maps. The search counts incrementally and
//! elsewhere; whatever it says, this is right.

mod capacity;
mod kept;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

pub(crate) use capacity::broken_anyway;

use crate::calendar::gap_minutes;
use crate::limits::BROKEN_LISTED;
use crate::types::{
    Allotment, Assessment, Fault, Instance, Machine, Placement, Plan, Service, Terms,
};

/// A date and the number of a shift in its day.
type Cell = (NaiveDate, usize);

struct Judge<'a> {
    instance: &'a Instance,
    shifts: HashMap<&'a str, usize>,
    sites: HashMap<&'a str, usize>,
    machines: HashMap<&'a str, usize>,
    cohorts: HashMap<&'a str, usize>,
    /// The first cell that is not frozen.
    frozen: Cell,
    /// Sessions of shifts that run which the plan leaves as they are published.
    kept: BTreeSet<(Cell, usize)>,
    broken: Vec<Broken>,
    /// So many are listed.
    most: usize,
    sound: bool,
}

/// A rule that is broken, and where in the plan.
pub(crate) struct Broken {
    pub pointer: Pointer,
    /// In English and in Vietnamese.
    pub text: (String, String),
}

/// Which rules a plan breaks, and what it costs, term by term.
///
/// Never fails: an unknown name or a date outside the campaign is a broken rule like any other. The terms of a plan
/// that breaks rules are counted as far as its entries make sense.
#[must_use]
pub fn check(instance: &Instance, plan: &Plan) -> Assessment {
    let mut judge = Judge::of(instance, BROKEN_LISTED);
    judge.kept = judge.left_running(plan);
    let mut terms = Terms::default();
    let present = judge.rotation(plan, &mut terms);
    let (given, loads) = judge.allotments(plan);
    judge.capacity(loads, |judge, (cell, site)| {
        let here = present.get(&(cell, site));
        judge.taken(cell, here.map_or(&[], Vec::as_slice))
    });
    judge.cohort_terms(&given, &mut terms);
    judge.pinned(plan);
    judge.published(plan, &given, &mut terms);
    let fault = |broken: &Broken| Fault {
        pointer: broken.pointer.to_string(),
        code: "rule-broken".to_owned(),
        detail: broken.text.0.clone(),
        detail_vi: broken.text.1.clone(),
    };
    Assessment {
        ok: judge.sound,
        cost: terms.cost(&instance.costs),
        terms,
        faults: judge.broken.iter().map(fault).collect(),
        broken: judge.broken.into_iter().map(|b| b.text.0).collect(),
    }
}

/// Where in a plan: a list of it, perhaps an entry, perhaps a field of that.
#[derive(Clone, Copy)]
pub(crate) struct Pointer(pub &'static str, pub Option<usize>, pub &'static str);

impl From<&'static str> for Pointer {
    fn from(list: &'static str) -> Self {
        Self(list, None, "")
    }
}

impl From<(&'static str, usize)> for Pointer {
    fn from((list, n): (&'static str, usize)) -> Self {
        Self(list, Some(n), "")
    }
}

impl From<(&'static str, usize, &'static str)> for Pointer {
    fn from((list, n, field): (&'static str, usize, &'static str)) -> Self {
        Self(list, Some(n), field)
    }
}

impl std::fmt::Display for Pointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)?;
        if let Some(n) = self.1 {
            write!(f, "/{n}{}", self.2)?;
        }
        Ok(())
    }
}

/// For each session, the machines that stand there.
type Present = BTreeMap<(Cell, usize), Vec<usize>>;
/// By cell, where a machine stands, and by which entry of the plan.
type Stands = BTreeMap<Cell, (usize, usize)>;
/// For each cohort, its people by session.
type Given = Vec<BTreeMap<(Cell, usize), i64>>;
/// By session: the people, those of them who need a card, and the last entry that says so.
type Loads = BTreeMap<(Cell, usize), (i64, i64, usize)>;

impl<'a> Judge<'a> {
    fn of(instance: &'a Instance, most: usize) -> Self {
        fn index<'a>(ids: impl Iterator<Item = &'a String>) -> HashMap<&'a str, usize> {
            ids.enumerate().map(|(n, id)| (id.as_str(), n)).collect()
        }
        Self {
            instance,
            shifts: index(instance.shifts.iter().map(|s| &s.id)),
            sites: index(instance.sites.iter().map(|s| &s.id)),
            machines: index(instance.machines.iter().map(|m| &m.id)),
            cohorts: index(instance.cohorts.iter().map(|c| &c.id)),
            frozen: (
                instance.frozen_before.unwrap_or(NaiveDate::MIN),
                instance.first_shift().unwrap_or(0),
            ),
            kept: BTreeSet::new(),
            broken: Vec::new(),
            most,
            sound: true,
        }
    }

    /// Asks a rule of what a pointer names; it is told in English and in Vietnamese.
    fn rule(
        &mut self,
        holds: bool,
        pointer: impl Into<Pointer>,
        text: impl FnOnce() -> (String, String),
    ) -> bool {
        if !holds {
            self.sound = false;
            if self.broken.len() < self.most {
                self.broken.push(Broken {
                    pointer: pointer.into(),
                    text: text(),
                });
            }
        }
        holds
    }

    fn cell(&self, date: NaiveDate, shift: &str) -> Option<Cell> {
        let shift = *self.shifts.get(shift)?;
        (self.instance.start <= date && date <= self.instance.end).then_some((date, shift))
    }

    fn name(&self, cell: Cell) -> String {
        format!("{} {}", cell.0, self.instance.shifts[cell.1].id)
    }

    fn rotation(&mut self, plan: &Plan, terms: &mut Terms) -> Present {
        let instance = self.instance;
        let mut stands: Vec<Stands> = vec![BTreeMap::new(); instance.machines.len()];
        let mut present = Present::new();
        for (n, row) in plan.rotation.iter().enumerate() {
            let known = (
                self.machines.get(row.machine.as_str()),
                self.cell(row.date, &row.shift),
                self.sites.get(row.site.as_str()),
            );
            let (Some(&m), Some(cell), Some(&site)) = known else {
                self.rule(false, ("/rotation", n), || {
                    let (machine, site, date, shift) = (&row.machine, &row.site, row.date, &row.shift);
                    (
                        format!("unknown name or date in the rotation: {machine} at {site} on {date} {shift}"),
                        format!("không có tên hoặc ngày này: {machine} tại {site} ngày {date} {shift}"),
                    )
                });
                continue;
            };
            let machine = &instance.machines[m];
            let when = self.name(cell);
            self.rule(!stands[m].contains_key(&cell), ("/rotation", n), || {
                let id = &machine.id;
                (
                    format!("{id} is in two places on {when}"),
                    format!("{id} ở hai nơi cùng lúc: {when}"),
                )
            });
            if self.is_new(cell, site) {
                let runs = machine.runs(row.date, &row.shift);
                self.rule(runs, ("/rotation", n, "/machine"), || {
                    let id = &machine.id;
                    (
                        format!("{id} does not run on {when}"),
                        format!("{id} không hoạt động: {when}"),
                    )
                });
                let open = instance.sites[site].calendar.admits(row.date, &row.shift);
                self.rule(open, ("/rotation", n, "/site"), || {
                    let id = &row.site;
                    (
                        format!("{id} is closed on {when}"),
                        format!("{id} không mở cửa: {when}"),
                    )
                });
            }
            stands[m].insert(cell, (site, n));
            present.entry((cell, site)).or_default().push(m);
        }
        for ((cell, site), here) in &present {
            let room =
                usize::try_from(instance.sites[*site].machines_at_once).unwrap_or(usize::MAX);
            let when = self.name(*cell);
            let last = here.last().and_then(|m| stands[*m].get(cell));
            let at = last.map_or(Pointer::from("/rotation"), |at| ("/rotation", at.1).into());
            self.rule(!self.is_new(*cell, *site) || here.len() <= room, at, || {
                let (count, site) = (here.len(), &instance.sites[*site].id);
                (
                    format!("{count} machines at {site} on {when}"),
                    format!("{count} máy tại {site}: {when}"),
                )
            });
        }
        for (m, stands) in stands.iter().enumerate() {
            terms.relocation += self.way(&instance.machines[m], stands);
        }
        terms.session = i64::try_from(plan.rotation.len()).unwrap_or(i64::MAX);
        let last = plan
            .rotation
            .iter()
            .map(|r| r.date)
            .filter(|d| instance.start <= *d && *d <= instance.end)
            .max();
        terms.finish = last.map_or(0, |last| (last - instance.start).num_days() + 1);
        present
    }

    /// A machine's relocations; on the way, whether it can make each of them.
    fn way(&mut self, machine: &Machine, stands: &Stands) -> i64 {
        let instance = self.instance;
        let mut relocations = 0;
        let mut previous: Option<(Cell, usize)> = None;
        for (&cell, &(site, n)) in stands {
            let id = instance.sites[site].id.as_str();
            let from = previous.map_or(machine.home.as_deref().unwrap_or(id), |(_, p)| {
                instance.sites[p].id.as_str()
            });
            relocations += i64::from(from != id);
            if let Some((before, _)) = previous
                && before.0 == cell.0
                && cell >= self.frozen
            {
                let gap = gap_minutes(instance.shifts[before.1].end, instance.shifts[cell.1].start);
                let need = if from == id {
                    0
                } else {
                    i64::from(instance.setup_minutes) + i64::from(instance.travel(from, id))
                };
                let when = self.name(cell);
                self.rule(gap >= need, ("/rotation", n), || {
                    let name = &machine.id;
                    (
                        format!("{name} cannot reach {id} on {when}: {gap} min, {need} needed"),
                        format!(
                            "{name} không kịp đến {id}: {when}; có {gap} phút, cần {need} phút"
                        ),
                    )
                });
            }
            previous = Some((cell, site));
        }
        relocations
    }

    fn allotments(&mut self, plan: &Plan) -> (Given, Loads) {
        let instance = self.instance;
        let mut given: Given = vec![BTreeMap::new(); instance.cohorts.len()];
        let mut loads = Loads::new();
        for (n, row) in plan.allotments.iter().enumerate() {
            let known = (
                self.cohorts.get(row.cohort.as_str()),
                self.cell(row.date, &row.shift),
                self.sites.get(row.site.as_str()),
                row.people,
            );
            let (Some(&c), Some(cell), Some(&site), 1..) = known else {
                self.rule(false, ("/allotments", n), || {
                    let (people, cohort) = (row.people, &row.cohort);
                    let (site, date, shift) = (&row.site, row.date, &row.shift);
                    (
                        format!("unknown name, date or count in the allotments: {people} of {cohort} at {site} on {date} {shift}"),
                        format!("không có tên, ngày hoặc số người này: {people} của {cohort} tại {site} ngày {date} {shift}"),
                    )
                });
                continue;
            };
            let cohort = &instance.cohorts[c];
            if self.is_new(cell, site) {
                let may = cohort.sites.contains(&row.site);
                self.rule(may, ("/allotments", n, "/site"), || {
                    let (id, site) = (&cohort.id, &row.site);
                    (
                        format!("{id} may not go to {site}"),
                        format!("{id} không được đến {site}"),
                    )
                });
                let can = cohort.calendar.admits(row.date, &row.shift);
                self.rule(can, ("/allotments", n), || {
                    let (id, date, shift) = (&cohort.id, row.date, &row.shift);
                    (
                        format!("{id} cannot come on {date} {shift}"),
                        format!("{id} không thể đến ngày {date} {shift}"),
                    )
                });
            }
            let people = i64::from(row.people);
            *given[c].entry((cell, site)).or_default() += people;
            let (all, cards, last) = loads.entry((cell, site)).or_default();
            *last = n;
            *all += people;
            *cards += if cohort.service == Service::Card {
                people
            } else {
                0
            };
        }
        (given, loads)
    }

    fn cohort_terms(&mut self, given: &Given, terms: &mut Terms) {
        let instance = self.instance;
        for (cohort, got) in instance.cohorts.iter().zip(given) {
            let (people, weight) = (i64::from(cohort.people), i64::from(cohort.weight));
            let total: i64 = got.values().sum();
            self.rule(total <= people, "/allotments", || {
                let id = &cohort.id;
                (
                    format!("{id}: {total} allotted of {people}"),
                    format!("{id}: xếp {total} người trên {people}"),
                )
            });
            let whole = !cohort.whole || got.is_empty() || (got.len() == 1 && total == people);
            self.rule(whole, "/allotments", || {
                let id = &cohort.id;
                (
                    format!("{id} is to stay whole, and is not"),
                    format!("{id} phải đi cùng một buổi nhưng bị tách"),
                )
            });
            terms.unserved += weight * (people - total).max(0);
            terms.split += i64::try_from(got.len())
                .unwrap_or(i64::MAX)
                .saturating_sub(1)
                .max(0);
            terms.late += got
                .iter()
                .map(|((cell, _), n)| weight * n * cohort.days_late(cell.0))
                .sum::<i64>();
        }
    }

    fn pinned(&mut self, plan: &Plan) {
        let Some(pinned) = &self.instance.pinned else {
            return;
        };
        let rotation: BTreeSet<&Placement> = plan.rotation.iter().collect();
        // By whom and where: that somebody was moved before is no part of what is pinned.
        let of = |a: &'_ Allotment| (a.cohort.clone(), a.date, a.shift.clone(), a.site.clone());
        let mut allotments = BTreeMap::new();
        for a in &plan.allotments {
            *allotments.entry(of(a)).or_insert(0_u64) += u64::from(a.people);
        }
        for r in &pinned.rotation {
            self.rule(rotation.contains(r), "/rotation", || {
                let (machine, site, date, shift) = (&r.machine, &r.site, r.date, &r.shift);
                (
                    format!("pinned, and not kept: {machine} at {site} on {date} {shift}"),
                    format!("đã cố định nhưng không giữ: {machine} tại {site} ngày {date} {shift}"),
                )
            });
        }
        for a in &pinned.allotments {
            let kept = allotments.get(&of(a)) == Some(&u64::from(a.people));
            self.rule(kept, "/allotments", || {
                let (people, cohort) = (a.people, &a.cohort);
                let (site, date, shift) = (&a.site, a.date, &a.shift);
                (
                    format!("pinned, and not kept: {people} of {cohort} at {site} on {date} {shift}"),
                    format!("đã cố định nhưng không giữ: {people} của {cohort} tại {site} ngày {date} {shift}"),
                )
            });
        }
    }

    fn published(&mut self, plan: &Plan, given: &Given, terms: &mut Terms) {
        let Some(published) = &self.instance.published else {
            self.rule(self.instance.frozen_before.is_none(), "", || {
                (
                    "frozen_before without a published plan".to_owned(),
                    "chưa công bố kế hoạch nào để giữ nguyên".to_owned(),
                )
            });
            return;
        };
        terms.moved = moved(self.instance, published, |cohort, a| {
            let cell = self.cell(a.date, &a.shift);
            let site = self.sites.get(a.site.as_str());
            let got = self.cohorts.get(cohort).map(|c| &given[*c]);
            got.zip(cell)
                .zip(site)
                .and_then(|((got, cell), site)| got.get(&(cell, *site)))
                .copied()
                .unwrap_or(0)
        });
        let (instance, frozen) = (self.instance, self.frozen.0);
        let mut rotations = [plan, published].map(|p| {
            p.rotation
                .iter()
                .filter(|r| instance.is_frozen(r.date, &r.shift))
                .collect::<Vec<_>>()
        });
        rotations.iter_mut().for_each(|r| r.sort_unstable());
        self.rule(rotations[0] == rotations[1], "/rotation", || {
            (
                format!("the rotation before {frozen} differs from the published one"),
                format!("lịch máy trước ngày {frozen} khác với kế hoạch đã công bố"),
            )
        });
        let mut allotments = [plan, published].map(|p| {
            let past = p.allotments.iter();
            let past = past.filter(|a| instance.is_frozen(a.date, &a.shift));
            past.map(|a| (&a.cohort, a.date, &a.shift, &a.site, a.people))
                .collect::<Vec<_>>()
        });
        allotments.iter_mut().for_each(|a| a.sort_unstable());
        self.rule(allotments[0] == allotments[1], "/allotments", || {
            (
                format!("the allotments before {frozen} differ from the published ones"),
                format!("phân bổ trước ngày {frozen} khác với kế hoạch đã công bố"),
            )
        });
    }
}

/// The people promised to a cohort by session, each with an allotment that says which.
type Promised<'a> = BTreeMap<(NaiveDate, &'a str, &'a str), (i64, &'a Allotment)>;

/// The term `moved`: people whose published session is not kept, ten times those moved before.
fn moved(instance: &Instance, published: &Plan, now: impl Fn(&str, &Allotment) -> i64) -> i64 {
    let people: HashMap<&str, i64> = instance
        .cohorts
        .iter()
        .map(|c| (c.id.as_str(), i64::from(c.people)))
        .collect();
    let mut before: BTreeMap<&str, (Promised<'_>, i64)> = BTreeMap::new();
    for a in &published.allotments {
        let (was, again) = before.entry(a.cohort.as_str()).or_default();
        was.entry((a.date, a.shift.as_str(), a.site.as_str()))
            .or_insert((0, a))
            .0 += i64::from(a.people);
        *again += if a.moved_before {
            i64::from(a.people)
        } else {
            0
        };
    }
    let mut term = 0;
    for (cohort, (was, again)) in before {
        let kept: i64 = was
            .values()
            .map(|(people, a)| now(cohort, a).min(*people))
            .sum();
        let promised: i64 = was.values().map(|(people, _)| people).sum();
        let moved = (promised.min(people.get(cohort).copied().unwrap_or(0)) - kept).max(0);
        term += moved + 9 * moved.min(again);
    }
    term
}

//! The judge: which rules a plan breaks and what it costs, straight from the statement of the problem.
//!
//! Written for being read, not for speed: one pass over the plan with maps. The search counts incrementally and
//! elsewhere; whatever it says, this is right.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

use crate::limits::BROKEN_LISTED;
use crate::types::{
    Allotment, Assessment, Calendar, Cohort, Instance, Machine, Placement, Plan, Service, Shift,
    Terms,
};

/// Records that a machine takes in a shift: the shift's records times its rate, rounded down.
///
/// Counted in hundredths, so that no rounding differs between programs.
#[must_use]
pub fn records(shift: &Shift, machine: &Machine) -> u32 {
    let taken = u64::from(shift.records) * u64::from(machine.rate_hundredths) / 100;
    u32::try_from(taken).unwrap_or(u32::MAX)
}

impl Calendar {
    /// Whether this calendar has this date and shift.
    #[must_use]
    pub fn admits(&self, date: NaiveDate, shift: &str) -> bool {
        self.from.is_none_or(|from| from <= date)
            && self.to.is_none_or(|to| date <= to)
            && self
                .shifts
                .as_ref()
                .is_none_or(|shifts| shifts.iter().any(|s| s == shift))
            && self.weekdays.as_ref().is_none_or(|days| {
                days.iter()
                    .any(|d| u32::from(*d) == date.weekday().number_from_monday())
            })
            && !self.closed.contains(&date)
    }
}

impl Machine {
    /// Whether it runs on this date and shift: its calendar has them and it is not out.
    #[must_use]
    pub fn runs(&self, date: NaiveDate, shift: &str) -> bool {
        self.calendar.admits(date, shift) && !self.out.iter().any(|(d, s)| *d == date && s == shift)
    }

    /// Whether it issues cards.
    #[must_use]
    pub fn issues_cards(&self) -> bool {
        self.services.contains(&Service::Card)
    }
}

impl Instance {
    /// Minutes of travel from one site to another; none from a site to itself.
    #[must_use]
    pub fn travel(&self, from: &str, to: &str) -> u32 {
        if from == to {
            return 0;
        }
        let entry = |a: &str, b: &str| {
            self.travel_minutes
                .get(a)
                .and_then(|row| row.get(b))
                .copied()
        };
        entry(from, to)
            .or_else(|| entry(to, from))
            .unwrap_or(self.travel_default)
    }
}

impl Instance {
    /// Whether nothing may differ from what is published in this shift of this date.
    #[must_use]
    pub fn is_frozen(&self, date: NaiveDate, shift: &str) -> bool {
        let Some(frozen) = self.frozen_before else {
            return false;
        };
        let position = |id: &str| self.shifts.iter().position(|s| s.id == id);
        date < frozen || (date == frozen && position(shift) < self.first_shift())
    }

    /// On the date before which all is frozen, the position of the first shift that is not.
    pub(crate) fn first_shift(&self) -> Option<usize> {
        let first = self.frozen_shift.as_ref()?;
        self.shifts.iter().position(|s| s.id == *first)
    }
}

impl Cohort {
    /// Days by which a date is after the due date; 0 when it is not, or when nothing is due.
    #[must_use]
    pub fn days_late(&self, date: NaiveDate) -> i64 {
        self.due.map_or(0, |due| (date - due).num_days().max(0))
    }
}

/// Minutes between the end of one shift and the start of another on the same day; negative when they overlap.
pub(crate) fn gap_minutes(end: NaiveTime, start: NaiveTime) -> i64 {
    let minutes = |t: NaiveTime| i64::from(t.hour() * 60 + t.minute());
    minutes(start) - minutes(end)
}

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
    broken: Vec<String>,
    sound: bool,
}

/// Which rules a plan breaks, and what it costs, term by term.
///
/// Never fails: an unknown name or a date outside the campaign is a broken rule like any other. The terms of a plan
/// that breaks rules are counted as far as its entries make sense.
#[must_use]
pub fn check(instance: &Instance, plan: &Plan) -> Assessment {
    fn index<'a>(ids: impl Iterator<Item = &'a String>) -> HashMap<&'a str, usize> {
        ids.enumerate().map(|(n, id)| (id.as_str(), n)).collect()
    }
    let mut judge = Judge {
        instance,
        shifts: index(instance.shifts.iter().map(|s| &s.id)),
        sites: index(instance.sites.iter().map(|s| &s.id)),
        machines: index(instance.machines.iter().map(|m| &m.id)),
        cohorts: index(instance.cohorts.iter().map(|c| &c.id)),
        frozen: (
            instance.frozen_before.unwrap_or(NaiveDate::MIN),
            instance.first_shift().unwrap_or(0),
        ),
        broken: Vec::new(),
        sound: true,
    };
    let mut terms = Terms::default();
    let present = judge.rotation(plan, &mut terms);
    let given = judge.allotments(plan, &present);
    judge.cohort_terms(&given, &mut terms);
    judge.pinned(plan);
    judge.published(plan, &given, &mut terms);
    Assessment {
        ok: judge.sound,
        cost: terms.cost(&instance.costs),
        terms,
        broken: judge.broken,
    }
}

/// For each session, the machines that stand there.
type Present = BTreeMap<(Cell, usize), Vec<usize>>;
/// For each cohort, its people by session.
type Given = Vec<BTreeMap<(Cell, usize), i64>>;

impl<'a> Judge<'a> {
    fn rule(&mut self, holds: bool, text: impl FnOnce() -> String) -> bool {
        if !holds {
            self.sound = false;
            if self.broken.len() < BROKEN_LISTED {
                self.broken.push(text());
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
        let mut stands: Vec<BTreeMap<Cell, usize>> = vec![BTreeMap::new(); instance.machines.len()];
        let mut present = Present::new();
        for row in &plan.rotation {
            let known = (
                self.machines.get(row.machine.as_str()),
                self.cell(row.date, &row.shift),
                self.sites.get(row.site.as_str()),
            );
            let (Some(&m), Some(cell), Some(&site)) = known else {
                self.rule(false, || {
                    format!(
                        "unknown name or date in the rotation: {} at {} on {} {}",
                        row.machine, row.site, row.date, row.shift
                    )
                });
                continue;
            };
            let machine = &instance.machines[m];
            let when = self.name(cell);
            self.rule(!stands[m].contains_key(&cell), || {
                format!("{} is in two places on {when}", machine.id)
            });
            if cell >= self.frozen {
                self.rule(machine.runs(row.date, &row.shift), || {
                    format!("{} does not run on {when}", machine.id)
                });
                let open = instance.sites[site].calendar.admits(row.date, &row.shift);
                self.rule(open, || format!("{} is closed on {when}", row.site));
            }
            stands[m].insert(cell, site);
            present.entry((cell, site)).or_default().push(m);
        }
        for ((cell, site), here) in &present {
            let room =
                usize::try_from(instance.sites[*site].machines_at_once).unwrap_or(usize::MAX);
            let when = self.name(*cell);
            self.rule(*cell < self.frozen || here.len() <= room, || {
                format!(
                    "{} machines at {} on {when}",
                    here.len(),
                    instance.sites[*site].id
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
    fn way(&mut self, machine: &Machine, stands: &BTreeMap<Cell, usize>) -> i64 {
        let instance = self.instance;
        let mut relocations = 0;
        let mut previous: Option<(Cell, usize)> = None;
        for (&cell, &site) in stands {
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
                self.rule(gap >= need, || {
                    format!(
                        "{} cannot reach {id} on {when}: {gap} min, {need} needed",
                        machine.id
                    )
                });
            }
            previous = Some((cell, site));
        }
        relocations
    }

    fn allotments(&mut self, plan: &Plan, present: &Present) -> Given {
        let instance = self.instance;
        let mut given: Given = vec![BTreeMap::new(); instance.cohorts.len()];
        let mut load: BTreeMap<(Cell, usize), (i64, i64)> = BTreeMap::new();
        for row in &plan.allotments {
            let known = (
                self.cohorts.get(row.cohort.as_str()),
                self.cell(row.date, &row.shift),
                self.sites.get(row.site.as_str()),
                row.people,
            );
            let (Some(&c), Some(cell), Some(&site), 1..) = known else {
                self.rule(false, || {
                    format!(
                        "unknown name, date or count in the allotments: {} of {} at {} on {} {}",
                        row.people, row.cohort, row.site, row.date, row.shift
                    )
                });
                continue;
            };
            let cohort = &instance.cohorts[c];
            if cell >= self.frozen {
                self.rule(cohort.sites.contains(&row.site), || {
                    format!("{} may not go to {}", cohort.id, row.site)
                });
                self.rule(cohort.calendar.admits(row.date, &row.shift), || {
                    format!("{} cannot come on {} {}", cohort.id, row.date, row.shift)
                });
            }
            let people = i64::from(row.people);
            *given[c].entry((cell, site)).or_default() += people;
            let (all, cards) = load.entry((cell, site)).or_default();
            *all += people;
            *cards += if cohort.service == Service::Card {
                people
            } else {
                0
            };
        }
        for ((cell, site), (all, cards)) in load {
            if cell < self.frozen {
                continue;
            }
            let shift = &instance.shifts[cell.1];
            let here = present.get(&(cell, site)).map_or(&[][..], Vec::as_slice);
            let taken = |m: &usize| i64::from(records(shift, &instance.machines[*m]));
            let capacity: i64 = here.iter().map(taken).sum();
            let for_cards: i64 = here
                .iter()
                .filter(|m| instance.machines[**m].issues_cards())
                .map(taken)
                .sum();
            let place = format!("{} on {}", instance.sites[site].id, self.name(cell));
            self.rule(all <= capacity, || {
                format!("{all} people for {capacity} records at {place}")
            });
            self.rule(cards <= for_cards, || {
                format!("{cards} cards for {for_cards} at {place}")
            });
        }
        given
    }

    fn cohort_terms(&mut self, given: &Given, terms: &mut Terms) {
        let instance = self.instance;
        for (cohort, got) in instance.cohorts.iter().zip(given) {
            let (people, weight) = (i64::from(cohort.people), i64::from(cohort.weight));
            let total: i64 = got.values().sum();
            self.rule(total <= people, || {
                format!("{}: {total} allotted of {people}", cohort.id)
            });
            let whole = !cohort.whole || got.is_empty() || (got.len() == 1 && total == people);
            self.rule(whole, || {
                format!("{} is to stay whole, and is not", cohort.id)
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
        let allotments: BTreeSet<&Allotment> = plan.allotments.iter().collect();
        for r in &pinned.rotation {
            self.rule(rotation.contains(r), || {
                format!(
                    "pinned, and not kept: {} at {} on {} {}",
                    r.machine, r.site, r.date, r.shift
                )
            });
        }
        for a in &pinned.allotments {
            self.rule(allotments.contains(a), || {
                format!(
                    "pinned, and not kept: {} of {} at {} on {} {}",
                    a.people, a.cohort, a.site, a.date, a.shift
                )
            });
        }
    }

    fn published(&mut self, plan: &Plan, given: &Given, terms: &mut Terms) {
        let Some(published) = &self.instance.published else {
            self.rule(self.instance.frozen_before.is_none(), || {
                "frozen_before without a published plan".to_owned()
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
        self.rule(rotations[0] == rotations[1], || {
            format!("the rotation before {frozen} differs from the published one")
        });
        let mut allotments = [plan, published].map(|p| {
            let past = p.allotments.iter();
            let past = past.filter(|a| instance.is_frozen(a.date, &a.shift));
            past.map(|a| (&a.cohort, a.date, &a.shift, &a.site, a.people))
                .collect::<Vec<_>>()
        });
        allotments.iter_mut().for_each(|a| a.sort_unstable());
        self.rule(allotments[0] == allotments[1], || {
            format!("the allotments before {frozen} differ from the published ones")
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

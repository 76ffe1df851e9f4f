//! Why a plan leaves people out or serves them late, and what would help at the least cost.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::check::records;
use crate::types::{Cohort, Instance, Machine, Placement, Plan, Service};
use crate::words;

/// A cohort that a plan leaves without places, or serves late, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unserved {
    /// Id of the cohort.
    pub cohort: String,
    /// People without a place.
    pub people: u32,
    /// People with a place after their due date.
    pub late: u32,
    /// The binding reason, as a stable word: `no-sites`, `no-common-days`, `no-card-machine`, `too-large`,
    /// `no-machine-runs`, `not-reached`, `places-free`, `capacity-used`.
    pub code: String,
    /// The reason in English.
    pub text: String,
    /// The reason in Vietnamese.
    pub text_vi: String,
    /// The cheapest thing that would help, where one is known.
    pub relief: Option<Relief>,
}

/// Something that would give people a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Relief {
    /// A stable word: `add-session`, `use-places`, `add-machine`, `add-card-machine`, `open-days`, `split-cohort`.
    pub code: String,
    /// The placement to add, for `add-session`.
    pub placement: Option<Placement>,
    /// What it costs in machine-shifts and relocations, by the instance's weights; none where that cannot be said.
    pub cost: Option<i64>,
    /// In English.
    pub text: String,
    /// In Vietnamese.
    pub text_vi: String,
}

/// Each cohort that is left without places or late, with the reason, in the order of the instance.
#[must_use]
pub fn explain(instance: &Instance, plan: &Plan) -> Vec<Unserved> {
    let scene = Scene::new(instance, plan);
    instance
        .cohorts
        .iter()
        .filter_map(|cohort| scene.unserved(cohort))
        .collect()
}

type Slot<'a> = (NaiveDate, &'a str);

/// A plan in maps that answer the questions asked here.
struct Scene<'a> {
    instance: &'a Instance,
    dates: Vec<NaiveDate>,
    machines: HashMap<&'a str, &'a Machine>,
    present: HashMap<(Slot<'a>, &'a str), Vec<&'a Machine>>,
    stands: HashMap<(&'a str, Slot<'a>), &'a str>,
    load: HashMap<(Slot<'a>, &'a str), (i64, i64)>,
    given: HashMap<&'a str, Vec<(NaiveDate, u32)>>,
}

impl<'a> Scene<'a> {
    fn new(instance: &'a Instance, plan: &'a Plan) -> Self {
        let mut scene = Self {
            instance,
            dates: instance
                .start
                .iter_days()
                .take_while(|d| *d <= instance.end)
                .collect(),
            machines: instance
                .machines
                .iter()
                .map(|m| (m.id.as_str(), m))
                .collect(),
            present: HashMap::new(),
            stands: HashMap::new(),
            load: HashMap::new(),
            given: HashMap::new(),
        };
        for r in &plan.rotation {
            let slot = (r.date, r.shift.as_str());
            if let Some(machine) = scene.machines.get(r.machine.as_str()) {
                scene
                    .present
                    .entry((slot, &r.site))
                    .or_default()
                    .push(machine);
                scene.stands.insert((&r.machine, slot), &r.site);
            }
        }
        let cards: HashMap<&str, bool> = instance
            .cohorts
            .iter()
            .map(|c| (c.id.as_str(), c.service == Service::Card))
            .collect();
        for a in &plan.allotments {
            let (all, card) = scene.load.entry(((a.date, &a.shift), &a.site)).or_default();
            *all += i64::from(a.people);
            *card += if cards.get(a.cohort.as_str()) == Some(&true) {
                i64::from(a.people)
            } else {
                0
            };
            scene
                .given
                .entry(&a.cohort)
                .or_default()
                .push((a.date, a.people));
        }
        scene
    }

    fn unserved(&self, cohort: &'a Cohort) -> Option<Unserved> {
        let given = self
            .given
            .get(cohort.id.as_str())
            .map_or(&[][..], Vec::as_slice);
        let placed: u32 = given.iter().map(|(_, n)| n).sum();
        let people = cohort.people.saturating_sub(placed);
        let late: u32 = given
            .iter()
            .filter(|(date, _)| cohort.days_late(*date) > 0)
            .map(|(_, n)| n)
            .sum();
        if people == 0 && late == 0 {
            return None;
        }
        let missing = if people > 0 { people } else { late };
        let (code, text, text_vi, relief) = self.reason(cohort, missing, people == 0);
        Some(Unserved {
            cohort: cohort.id.clone(),
            people,
            late,
            code: code.to_owned(),
            text,
            text_vi,
            relief,
        })
    }

    /// The sessions that a cohort could have, whether or not a machine stands there.
    fn possible(&self, cohort: &'a Cohort, in_time: bool) -> Vec<(Slot<'a>, &'a str)> {
        let frozen = self.instance.frozen_before.unwrap_or(NaiveDate::MIN);
        let mut possible = Vec::new();
        for site in self
            .instance
            .sites
            .iter()
            .filter(|s| cohort.sites.contains(&s.id))
        {
            for date in self
                .dates
                .iter()
                .filter(|d| **d >= frozen && !(in_time && cohort.days_late(**d) > 0))
            {
                for shift in &self.instance.shifts {
                    if site.calendar.admits(*date, &shift.id)
                        && cohort.calendar.admits(*date, &shift.id)
                    {
                        possible.push(((*date, shift.id.as_str()), site.id.as_str()));
                    }
                }
            }
        }
        possible
    }

    fn reason(
        &self,
        cohort: &'a Cohort,
        people: u32,
        late: bool,
    ) -> (&'static str, String, String, Option<Relief>) {
        let id = &cohort.id;
        let sites = cohort.sites.join(", ");
        if cohort.sites.is_empty() {
            return (
                "no-sites",
                format!("{id} has no site to go to"),
                format!("{id} chưa có điểm thu nhận nào"),
                None,
            );
        }
        let possible = self.possible(cohort, late);
        if possible.is_empty() {
            let relief = words_relief(
                "open-days",
                format!("open one of {sites} on days on which {id} can come"),
                format!("mở {sites} vào ngày {id} có thể đến"),
            );
            let before = if late { " before it is due" } else { "" };
            let text = format!(
                "no site of {id} ({sites}) is open on days and shifts on which it can come{before}"
            );
            return (
                "no-common-days",
                text,
                format!(
                    "không điểm nào của {id} ({sites}) mở cửa vào ngày và ca mà nhóm có thể đến"
                ),
                Some(relief),
            );
        }
        let card = cohort.service == Service::Card;
        if card && !self.instance.machines.iter().any(Machine::issues_cards) {
            let relief = words_relief(
                "add-card-machine",
                "bring a machine that issues cards".to_owned(),
                "điều thêm máy cấp thẻ".to_owned(),
            );
            return (
                "no-card-machine",
                format!("{id} needs cards, and no machine issues them"),
                format!("{id} cần cấp thẻ nhưng không có máy cấp thẻ"),
                Some(relief),
            );
        }
        if cohort.whole
            && !possible
                .iter()
                .any(|(slot, site)| self.most(*slot, site, card) >= i64::from(people))
        {
            let relief = words_relief(
                "split-cohort",
                format!("let {id} come in two parts"),
                format!("cho {id} đến thành hai đợt"),
            );
            let text = format!("{id} stays whole, and no session takes {people} people at once");
            return (
                "too-large",
                text,
                format!("{id} phải đi cùng nhau nhưng không phiên nào nhận được {people} người"),
                Some(relief),
            );
        }
        let relief = self.cheapest(cohort, people, &possible);
        let runs = |(slot, _): &(Slot<'a>, &'a str)| {
            self.instance
                .machines
                .iter()
                .any(|m| m.runs(slot.0, slot.1) && (!card || m.issues_cards()))
        };
        if !possible.iter().any(runs) {
            return (
                "no-machine-runs",
                format!("no machine runs when {id} can come to {sites}"),
                format!("không máy nào chạy khi {id} có thể đến {sites}"),
                relief,
            );
        }
        let staffed = possible.iter().any(|at| {
            self.present
                .get(at)
                .is_some_and(|here| here.iter().any(|m| !card || m.issues_cards()))
        });
        if !staffed {
            let kind = if card { "card machine" } else { "machine" };
            let kind_vi = if card { "máy cấp thẻ" } else { "máy" };
            let text = format!("no {kind} stands at {sites} when {id} can come");
            return (
                "not-reached",
                text,
                format!("không có {kind_vi} tại {sites} khi {id} có thể đến"),
                relief,
            );
        }
        if relief.as_ref().is_some_and(|r| r.code == "use-places") {
            let text = format!("the plan leaves places at {sites} unused when {id} can come");
            let text_vi = format!("kế hoạch còn bỏ trống chỗ tại {sites} vào lúc {id} có thể đến");
            return ("places-free", text, text_vi, relief);
        }
        let text = format!("all places at {sites} are used when {id} can come");
        (
            "capacity-used",
            text,
            format!("mọi chỗ tại {sites} đã hết vào lúc {id} có thể đến"),
            relief,
        )
    }

    /// The most people a session could take if the best machines stood there.
    fn most(&self, slot: Slot<'_>, site: &str, card: bool) -> i64 {
        let Some(shift) = self.instance.shifts.iter().find(|s| s.id == slot.1) else {
            return 0;
        };
        let room = self
            .instance
            .sites
            .iter()
            .find(|s| s.id == site)
            .map_or(0, |s| s.machines_at_once);
        let able = self
            .instance
            .machines
            .iter()
            .filter(|m| m.runs(slot.0, slot.1) && (!card || m.issues_cards()));
        let mut taken: Vec<i64> = able.map(|m| i64::from(records(shift, m))).collect();
        taken.sort_unstable_by(|a, b| b.cmp(a));
        taken
            .iter()
            .take(usize::try_from(room).unwrap_or(usize::MAX))
            .sum()
    }

    /// The cheapest session that could be used or staffed for these people as things stand.
    fn cheapest(
        &self,
        cohort: &'a Cohort,
        people: u32,
        possible: &[(Slot<'a>, &'a str)],
    ) -> Option<Relief> {
        let card = cohort.service == Service::Card;
        let costs = &self.instance.costs;
        let enough = |free: i64| {
            if cohort.whole {
                free >= i64::from(people)
            } else {
                free > 0
            }
        };
        let mut best: Option<(i64, &Machine, Slot<'a>, &'a str)> = None;
        for &(slot, site) in possible {
            let Some(shift) = self.instance.shifts.iter().find(|s| s.id == slot.1) else {
                continue;
            };
            let here = self
                .present
                .get(&(slot, site))
                .map_or(&[][..], Vec::as_slice);
            let (all, cards) = self.load.get(&(slot, site)).copied().unwrap_or_default();
            let room: i64 = here.iter().map(|m| i64::from(records(shift, m))).sum();
            let card_room: i64 = here
                .iter()
                .filter(|m| m.issues_cards())
                .map(|m| i64::from(records(shift, m)))
                .sum();
            let free = if card {
                (room - all).min(card_room - cards)
            } else {
                room - all
            };
            let place = (
                words::day(slot.0),
                words::day_vi(slot.0),
                words::shift(self.instance, slot.1),
            );
            if enough(free) {
                let text = format!(
                    "{free} places are free at {site} on {} {}",
                    place.0, place.2
                );
                let text_vi = format!("còn {free} chỗ tại {site} vào {} ca {}", place.1, place.2);
                return Some(Relief {
                    code: "use-places".to_owned(),
                    placement: None,
                    cost: Some(0),
                    text,
                    text_vi,
                });
            }
            let room_for = self
                .instance
                .sites
                .iter()
                .find(|s| s.id == site)
                .map_or(0, |s| s.machines_at_once);
            if here.len() >= usize::try_from(room_for).unwrap_or(usize::MAX) {
                continue;
            }
            for machine in self
                .instance
                .machines
                .iter()
                .filter(|m| m.runs(slot.0, slot.1) && (!card || m.issues_cards()))
            {
                if self.stands.contains_key(&(machine.id.as_str(), slot))
                    || !enough(free.max(0) + i64::from(records(shift, machine)))
                {
                    continue;
                }
                let Some(relocations) = self.detour(machine, slot, site) else {
                    continue;
                };
                let cost = costs.session + relocations * costs.relocation;
                if best.as_ref().is_none_or(|b| cost < b.0) {
                    best = Some((cost, machine, slot, site));
                }
            }
        }
        let Some((cost, machine, slot, site)) = best else {
            let card_word = if card {
                "add-card-machine"
            } else {
                "add-machine"
            };
            return Some(words_relief(
                card_word,
                "bring one more machine".to_owned(),
                "điều thêm một máy".to_owned(),
            ));
        };
        let (d, v, s) = (
            words::day(slot.0),
            words::day_vi(slot.0),
            words::shift(self.instance, slot.1),
        );
        Some(Relief {
            code: "add-session".to_owned(),
            placement: Some(Placement {
                machine: machine.id.clone(),
                date: slot.0,
                shift: slot.1.to_owned(),
                site: site.to_owned(),
            }),
            cost: Some(cost),
            text: format!("one more session at {site} on {d} {s} with {}", machine.id),
            text_vi: format!(
                "thêm một phiên tại {site} vào {v} ca {s} với {}",
                machine.id
            ),
        })
    }

    /// Relocations that one more placement adds; none when the machine cannot get there and away within the day.
    fn detour(&self, machine: &'a Machine, slot: Slot<'a>, site: &str) -> Option<i64> {
        let number = |id: &str| self.instance.shifts.iter().position(|s| s.id == id);
        let this = number(slot.1)?;
        let mut cells: Vec<(NaiveDate, usize, &str)> = self
            .stands
            .iter()
            .filter(|((m, _), _)| *m == machine.id)
            .filter_map(|((_, (date, shift)), site)| Some((*date, number(shift)?, *site)))
            .collect();
        cells.sort_unstable();
        let at = cells.partition_point(|c| (c.0, c.1) < (slot.0, this));
        let before = at.checked_sub(1).map(|n| cells[n]);
        let after = cells.get(at).copied();
        let fits = |(early, from): (usize, &str), (late, to): (usize, &str)| {
            let gap = crate::check::gap_minutes(
                self.instance.shifts[early].end,
                self.instance.shifts[late].start,
            );
            gap >= if from == to {
                0
            } else {
                i64::from(self.instance.setup_minutes) + i64::from(self.instance.travel(from, to))
            }
        };
        let reached = before.is_none_or(|b| b.0 != slot.0 || fits((b.1, b.2), (this, site)));
        let left = after.is_none_or(|a| a.0 != slot.0 || fits((this, site), (a.1, a.2)));
        let from = before.map(|b| b.2).or(machine.home.as_deref());
        let step =
            |a: Option<&str>, b: Option<&str>| i64::from(a.is_some() && b.is_some() && a != b);
        let after = after.map(|a| a.2);
        (reached && left)
            .then(|| step(from, Some(site)) + step(Some(site), after) - step(from, after))
    }
}

fn words_relief(code: &str, text: String, text_vi: String) -> Relief {
    Relief {
        code: code.to_owned(),
        placement: None,
        cost: None,
        text,
        text_vi,
    }
}

//! Why a plan leaves people out or serves them late, and what would help at the least cost.

mod relief;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde::Serialize;

use crate::types::{Cohort, Instance, Machine, Placement, Plan, Service};

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
    ways: HashMap<&'a str, BTreeMap<(NaiveDate, usize), &'a str>>,
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
            ways: HashMap::new(),
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
                if let Some(n) = instance.shifts.iter().position(|s| s.id == r.shift) {
                    let way = scene.ways.entry(&r.machine).or_default();
                    way.insert((r.date, n), &r.site);
                }
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
                .filter(|d| !(in_time && cohort.days_late(**d) > 0))
            {
                for shift in &self.instance.shifts {
                    if !self.instance.is_frozen(*date, &shift.id)
                        && site.calendar.admits(*date, &shift.id)
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
        let names = &self.instance.names;
        let id = names.cohort(&cohort.id);
        let sites: Vec<&str> = cohort.sites.iter().map(|s| names.site(s)).collect();
        let sites = sites.join(", ");
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
        let text = format!("too few places at {sites} are free when {id} can come");
        (
            "capacity-used",
            text,
            format!("không còn đủ chỗ tại {sites} vào lúc {id} có thể đến"),
            relief,
        )
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

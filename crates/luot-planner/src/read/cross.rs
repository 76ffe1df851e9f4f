//! What concerns more than one field of an instance: ids that must be known and unique, dates in order, sums.

mod sessions;

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;

use super::cursor::Notes;
use crate::limits;
use crate::pins::impossible;
use crate::types::{Calendar, Instance};

struct Cross<'a> {
    instance: &'a Instance,
    notes: &'a Notes,
    shifts: HashSet<&'a str>,
    sites: HashMap<&'a str, usize>,
    machines: HashSet<&'a str>,
    cohorts: HashSet<&'a str>,
    unsound: Unsound,
    /// The lists of which all ids could be read.
    known: HashSet<&'static str>,
}

/// What was found before: pointers.
struct Unsound(BTreeSet<String>);

impl Unsound {
    /// Whether nothing was wrong with a value, or with what it is in.
    fn sound(&self, pointer: &str) -> bool {
        let ends = pointer.match_indices('/').map(|(at, _)| at);
        let mut around = ends
            .chain([pointer.len()])
            .filter_map(|at| pointer.get(..at));
        !around.any(|outer| self.0.contains(outer))
    }

    /// Whether nothing was wrong with a field of the root, or in it.
    fn reads(&self, field: &str) -> bool {
        let inside = format!("/{field}/");
        self.sound(&format!("/{field}")) && !self.0.iter().any(|p| p.starts_with(&inside))
    }

    /// Whether all ids of a list could be read.
    fn knows(&self, list: &str) -> bool {
        let inside = format!("/{list}/");
        let is_of_an_id = |pointer: &String| {
            let entry = pointer.strip_prefix(&inside);
            entry.is_some_and(|e| !e.contains('/') || e.ends_with("/id"))
        };
        self.sound(&format!("/{list}")) && !self.0.iter().any(is_of_an_id)
    }
}

pub(super) fn cross_check(instance: &Instance, notes: &Notes) {
    let unsound = Unsound(notes.pointers());
    let lists = ["shifts", "sites", "machines", "cohorts"];
    let cross = Cross {
        instance,
        notes,
        shifts: instance.shifts.iter().map(|s| s.id.as_str()).collect(),
        sites: instance
            .sites
            .iter()
            .enumerate()
            .map(|(n, s)| (s.id.as_str(), n))
            .collect(),
        machines: instance.machines.iter().map(|m| m.id.as_str()).collect(),
        cohorts: instance.cohorts.iter().map(|c| c.id.as_str()).collect(),
        known: lists.into_iter().filter(|l| unsound.knows(l)).collect(),
        unsound,
    };
    // What stands in for a bad value must not be found fault with, and a bad value must not hide what is wrong
    // elsewhere. So `fault` says nothing of what has a fault already, and whoever compares several values asks first.
    let reads = |fields: &[&str]| fields.iter().all(|f| cross.unsound.reads(f));
    let knows = |lists: &[&str]| lists.iter().all(|list| cross.known.contains(list));
    if reads(&["start", "end", "frozen_before", "published"]) && knows(&["shifts"]) {
        cross.dates();
    }
    cross.shifts();
    cross.unique("shifts", instance.shifts.iter().map(|s| s.id.as_str()));
    cross.unique("sites", instance.sites.iter().map(|s| s.id.as_str()));
    cross.unique("machines", instance.machines.iter().map(|m| m.id.as_str()));
    cross.unique("cohorts", instance.cohorts.iter().map(|c| c.id.as_str()));
    cross.sites();
    cross.machines();
    cross.cohorts();
    if reads(&["travel_minutes"]) && knows(&["sites"]) {
        cross.travel();
    }
    if reads(&["start", "end", "shifts", "sites", "machines", "cohorts"]) {
        cross.size();
        cross.choices();
    }
    if reads(&["start", "end", "sites", "machines", "cohorts", "costs"]) {
        cross.most_cost();
    }
    for (key, plan) in [
        ("published", &instance.published),
        ("pinned", &instance.pinned),
    ] {
        if let Some(plan) = plan
            && reads(&["start", "end", key])
            && knows(&["shifts", "sites", "machines", "cohorts"])
        {
            cross.plan(key, plan);
        }
    }
    if notes.sound() {
        cross.pins();
        cross.possible_sessions();
    }
}

impl Cross<'_> {
    fn fault(&self, pointer: impl AsRef<str>, code: &str, en: String, vi: String) {
        if self.unsound.sound(pointer.as_ref()) {
            self.notes.fault(pointer.as_ref(), code, en, vi);
        }
    }

    fn finding(&self, pointer: impl AsRef<str>, code: &str, en: String, vi: String) {
        self.notes.finding(pointer.as_ref(), code, en, vi);
    }

    fn dates(&self) {
        let Instance { start, end, .. } = self.instance;
        let days = (*end - *start).num_days() + 1;
        if days < 1 {
            self.fault(
                "/end",
                "dates-reversed",
                format!("the campaign ends on {end}, before it starts on {start}"),
                format!("đợt kết thúc ngày {end}, trước khi bắt đầu ngày {start}"),
            );
        } else if days > limits::DAYS {
            let most = limits::DAYS;
            self.fault(
                "/end",
                "too-many",
                format!("{days} days; at most {most} are taken"),
                format!("{days} ngày; tối đa {most}"),
            );
        }
        if let Some(shift) = &self.instance.frozen_shift {
            self.shift("/frozen_shift", shift);
        }
        match (self.instance.frozen_before, &self.instance.published) {
            (Some(_), None) => self.fault(
                "/frozen_before",
                "frozen-without-published",
                "nothing is published that could be frozen".to_owned(),
                "chưa công bố kế hoạch nào để giữ nguyên".to_owned(),
            ),
            (Some(date), Some(_)) if date > *end => self.finding(
                "/frozen_before",
                "all-frozen",
                "the whole campaign is frozen".to_owned(),
                "toàn bộ đợt đã được giữ nguyên".to_owned(),
            ),
            _ => {}
        }
    }

    fn shifts(&self) {
        let shifts = &self.instance.shifts;
        if shifts.is_empty() {
            self.fault(
                "/shifts",
                "empty",
                "a day needs at least one shift".to_owned(),
                "một ngày cần ít nhất một ca".to_owned(),
            );
        }
        for (n, shift) in shifts.iter().enumerate() {
            let starts = self.unsound.sound(&format!("/shifts/{n}/start"));
            if starts && shift.end <= shift.start {
                self.fault(
                    format!("/shifts/{n}/end"),
                    "times-reversed",
                    "the shift ends before it starts".to_owned(),
                    "ca kết thúc trước khi bắt đầu".to_owned(),
                );
            }
            let before = n > 0 && self.unsound.sound(&format!("/shifts/{}/start", n - 1));
            if before && shift.start < shifts[n - 1].start {
                self.fault(
                    format!("/shifts/{n}/start"),
                    "not-in-order",
                    "shifts stand in the order of the day".to_owned(),
                    "các ca phải theo thứ tự trong ngày".to_owned(),
                );
            }
            if shift.records == 0 && self.unsound.sound(&format!("/shifts/{n}/records")) {
                self.finding(
                    format!("/shifts/{n}/records"),
                    "no-records",
                    "nobody can be served in this shift".to_owned(),
                    "ca này không phục vụ được ai".to_owned(),
                );
            }
        }
    }

    fn unique<'b>(&self, list: &str, ids: impl Iterator<Item = &'b str>) {
        let mut seen = HashMap::new();
        for (n, id) in ids.enumerate() {
            if !self.unsound.sound(&format!("/{list}/{n}/id")) {
                continue;
            }
            if let Some(first) = seen.insert(id, n) {
                self.fault(
                    format!("/{list}/{n}/id"),
                    "duplicate-id",
                    format!("{id} is the id of /{list}/{first} too"),
                    format!("{id} cũng là mã của /{list}/{first}"),
                );
            }
        }
    }

    fn calendar(&self, pointer: &str, calendar: &Calendar) {
        for (n, shift) in calendar.shifts.iter().flatten().enumerate() {
            self.shift(&format!("{pointer}/shifts/{n}"), shift);
        }
        if let (Some(from), Some(to)) = (calendar.from, calendar.to)
            && to < from
            && self.unsound.sound(&format!("{pointer}/from"))
        {
            self.fault(
                format!("{pointer}/to"),
                "dates-reversed",
                format!("{to} is before {from}"),
                format!("{to} trước {from}"),
            );
        }
    }

    fn shift(&self, pointer: &str, shift: &str) {
        if self.known.contains("shifts") && !self.shifts.contains(shift) {
            self.fault(
                pointer,
                "unknown-shift",
                format!("there is no shift {shift}"),
                format!("không có ca {shift}"),
            );
        }
    }

    fn site(&self, pointer: &str, site: &str) {
        if self.known.contains("sites") && !self.sites.contains_key(site) {
            self.fault(
                pointer,
                "unknown-site",
                format!("there is no site {site}"),
                format!("không có điểm thu nhận {site}"),
            );
        }
    }

    fn days(&self) -> impl Iterator<Item = NaiveDate> {
        self.instance
            .start
            .iter_days()
            .take_while(|d| *d <= self.instance.end)
    }

    fn sites(&self) {
        for (n, site) in self.instance.sites.iter().enumerate() {
            let pointer = format!("/sites/{n}");
            self.calendar(&pointer, &site.calendar);
            if site.machines_at_once == 0 {
                self.finding(
                    format!("{pointer}/machines_at_once"),
                    "no-room",
                    format!("no machine can stand at {}", site.id),
                    format!("không máy nào đặt được tại {}", site.id),
                );
            }
        }
    }

    fn machines(&self) {
        for (n, machine) in self.instance.machines.iter().enumerate() {
            let pointer = format!("/machines/{n}");
            self.calendar(&pointer, &machine.calendar);
            if let Some(home) = &machine.home {
                self.site(&format!("{pointer}/home"), home);
            }
            for (k, (_, shift)) in machine.out.iter().enumerate() {
                self.shift(&format!("{pointer}/out/{k}/1"), shift);
            }
        }
        if self.instance.machines.is_empty() {
            self.finding(
                "/machines",
                "no-machines",
                "without a machine nobody is served".to_owned(),
                "không có máy thì không ai được phục vụ".to_owned(),
            );
        }
    }

    fn cohorts(&self) {
        let mut all = 0_u64;
        let dated = self.unsound.reads("start") && self.unsound.reads("end");
        for (n, cohort) in self.instance.cohorts.iter().enumerate() {
            let pointer = format!("/cohorts/{n}");
            self.calendar(&pointer, &cohort.calendar);
            let mut seen = HashSet::new();
            for (k, site) in cohort.sites.iter().enumerate() {
                self.site(&format!("{pointer}/sites/{k}"), site);
                if !seen.insert(site) {
                    self.finding(
                        format!("{pointer}/sites/{k}"),
                        "repeated",
                        format!("{site} is named twice"),
                        format!("{site} được nêu hai lần"),
                    );
                }
            }
            if cohort.people == 0 {
                self.finding(
                    format!("{pointer}/people"),
                    "nobody",
                    format!("{} has nobody in it", cohort.id),
                    format!("{} không có ai", cohort.id),
                );
            }
            if let Some(due) = cohort.due.filter(|_| dated) {
                let odd = due < self.instance.start
                    || (due - self.instance.end).num_days() > limits::DAYS;
                if (self.instance.start - due).num_days() > 10 * limits::DAYS {
                    self.fault(
                        format!("{pointer}/due"),
                        "out-of-range",
                        format!("{due} is long before the campaign"),
                        format!("{due} quá xa trước đợt"),
                    );
                } else if odd {
                    self.finding(
                        format!("{pointer}/due"),
                        "due-outside",
                        format!("{due} is not near the campaign"),
                        format!("{due} nằm ngoài thời gian của đợt"),
                    );
                }
            }
            all += u64::from(cohort.people);
        }
        if all > limits::PEOPLE_IN_ALL {
            let most = limits::PEOPLE_IN_ALL;
            self.fault(
                "/cohorts",
                "too-many",
                format!("{all} people; at most {most} are taken"),
                format!("{all} người; tối đa {most}"),
            );
        }
    }

    fn travel(&self) {
        let table = &self.instance.travel_minutes;
        let entries: usize = table.values().map(|row| row.len()).sum();
        if entries > limits::ENTRIES {
            let most = limits::ENTRIES;
            self.fault(
                "/travel_minutes",
                "too-many",
                format!("{entries} entries; at most {most} are taken"),
                format!("{entries} mục; tối đa {most}"),
            );
        }
        let escape = |id: &str| id.replace('~', "~0").replace('/', "~1");
        for (from, row) in table {
            for to in std::iter::once(from).chain(row.keys()) {
                if !self.sites.contains_key(to.as_str()) {
                    self.finding(
                        format!("/travel_minutes/{}", escape(from)),
                        "unknown-site",
                        format!("there is no site {to}; the entry is ignored"),
                        format!("không có điểm {to}; bỏ qua mục này"),
                    );
                }
            }
        }
    }

    fn size(&self) {
        let days =
            usize::try_from((self.instance.end - self.instance.start).num_days() + 1).unwrap_or(0);
        let cells = days.saturating_mul(self.instance.shifts.len());
        for (list, n) in [
            ("sites", self.instance.sites.len()),
            ("machines", self.instance.machines.len()),
        ] {
            let all = n.saturating_mul(cells);
            if all > limits::CELLS {
                let most = limits::CELLS;
                self.fault(
                    format!("/{list}"),
                    "too-many",
                    format!("{list} × days × shifts is {all}; at most {most} are taken"),
                    format!("số {list} × ngày × ca là {all}; tối đa {most}"),
                );
            }
        }
    }

    /// Whether the dearest plan there could be can be counted.
    fn most_cost(&self) {
        let Instance {
            start, end, costs, ..
        } = self.instance;
        let days = i128::from((*end - *start).num_days() + 1);
        // Whoever is late comes on the last day at the latest.
        let late = |due: NaiveDate| i128::from((*end - due).num_days().max(0));
        let people = |c: &crate::Cohort| {
            let each =
                i128::from(costs.unserved).max(i128::from(costs.late) * c.due.map_or(0, late));
            i128::from(c.people) * (i128::from(c.weight) * each + 10 * i128::from(costs.moved))
        };
        let cells = days * self.instance.shifts.len() as i128;
        let stands = cells * self.instance.machines.len() as i128;
        let most = self.instance.cohorts.iter().map(people).sum::<i128>()
            + stands * i128::from(costs.session + costs.relocation)
            + days * i128::from(costs.finish)
            + cells * self.instance.cohorts.len() as i128 * i128::from(costs.split);
        if most > limits::MOST_COST {
            self.fault(
                "/costs",
                "too-dear",
                "people, weights, days and costs come to more than can be counted; make the costs smaller".to_owned(),
                "tích của số người, trọng số, số ngày và chi phí quá lớn; hãy giảm các chi phí".to_owned(),
            );
        }
    }

    /// What is pinned and cannot be kept.
    fn pins(&self) {
        let Some(pinned) = &self.instance.pinned else {
            return;
        };
        for broken in impossible(self.instance, pinned) {
            let (en, vi) = broken.text;
            self.fault(
                format!("/pinned{}", broken.pointer),
                "pins-impossible",
                en,
                vi,
            );
        }
    }

    /// The choices of all cohorts that differ in their sites or their calendar.
    fn choices(&self) {
        let days =
            usize::try_from((self.instance.end - self.instance.start).num_days() + 1).unwrap_or(0);
        let cells = days.saturating_mul(self.instance.shifts.len());
        let menus: HashSet<_> = self
            .instance
            .cohorts
            .iter()
            .map(|c| (&c.sites, &c.calendar))
            .collect();
        let all = menus
            .iter()
            .map(|(sites, _)| sites.len().saturating_mul(cells))
            .fold(0, usize::saturating_add);
        if all > limits::CHOICES {
            let most = limits::CHOICES;
            self.fault(
                "/cohorts",
                "too-many",
                format!("{all} choices of a session in all; at most {most} are taken"),
                format!("tổng cộng {all} lựa chọn phiên; tối đa {most}"),
            );
        }
    }
}

//! The two annexes joined: an instance of the rotation problem, and the district's own rotation as
//! a plan for it.
//!
//! The annexes do not say everything an instance needs. What they leave out is set here, in
//! [`defaults`], and told in a finding, so that a planner who knows better can change it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveTime};
use serde_json::{Value, json};

use crate::finding::{Fault, Finding, Report, note};
use crate::rotation::{Rotation, RotationEntry};
use crate::targets::{Targets, UnitTarget};
use crate::text;

mod end;
mod ids;
mod matching;
mod named;
mod plan;
mod records;

use ids::Ids;
use named::Named;
use records::Records;

/// What the annexes do not say.
mod defaults {
    use serde_json::{Value, json};

    pub(super) const TIMEZONE: &str = "Asia/Ho_Chi_Minh";
    /// In 2023 the campaign issued card and account on one visit, and its kits could do both.
    pub(super) const COHORT_SERVICE: &str = "card";
    pub(super) const MACHINE_SERVICES: [&str; 2] = ["account", "card"];
    /// To take a kit down, drive an hour over mountain roads, and set it up again.
    pub(super) const SETUP_MINUTES: u32 = 60;
    pub(super) const TRAVEL_MINUTES: u32 = 60;

    /// A person without a place weighs more than whatever it takes to serve them; see the model.
    pub(super) fn costs() -> Value {
        json!({
            "unserved": 1000, "late": 10, "moved": 30, "relocation": 120,
            "session": 60, "split": 20, "finish": 100,
        })
    }
}

/// A campaign made of two annexes.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnexCampaign {
    /// The instance, `luot-plan/1`.
    pub instance: Value,
    /// The rotation as the annex has it, with each unit's people allotted to its sessions from the
    /// first on.
    pub official_plan: Value,
    /// Names to be shown, by the ids of sites, machines, cohorts and shifts; an id is of one thing
    /// only.
    pub names: BTreeMap<String, String>,
    /// What is odd about the two together; what is odd about each is in its own findings. Rows are
    /// those of the targets where a finding is about a target, else those of the rotation.
    pub findings: Vec<Finding>,
}

type Hours = (NaiveTime, NaiveTime);

/// Everything that has an id in the instance, by its place in the tables.
struct Parts<'a> {
    rotation: &'a Rotation,
    targets: &'a Targets,
    /// For each entry of the rotation the unit it is for.
    unit_of: Vec<usize>,
    cohorts: Vec<String>,
    machines: Named<&'a str>,
    sites: Named<&'a str>,
    shifts: Named<Hours>,
}

/// Joins the rotation and the targets. Units are matched by name, with or without their kind; a unit
/// of the rotation that has no target is a fault, one with a target and no rotation is a finding.
pub fn campaign_from_annexes(
    title: &str,
    rotation: &Rotation,
    targets: &Targets,
) -> Result<AnnexCampaign, Vec<Fault>> {
    let mut report = Report::default();
    let unit_of = matching::units(rotation, targets, &mut report);
    let first = rotation.entries.iter().map(|entry| entry.date).min();
    let last = rotation.entries.iter().map(|entry| entry.date).max();
    let (Some(start), Some(last), false) = (first, last, report.has_faults()) else {
        if !report.has_faults() {
            report.fault(note(
                "no-rows",
                "The rotation has no entry; there is nothing to join.",
                "Lịch luân chuyển máy không có dòng nào để ghép.",
            ));
        }
        return Err(report.close().err().unwrap_or_default());
    };
    let parts = Parts::of(rotation, targets, unit_of);
    let records = Records::of(&parts, &mut report);
    let end = end::of(start, last, targets, &mut report);
    let plan = plan::official(&parts, &records);
    parts.report_short(&plan.served, &mut report);
    report_defaults(&mut report);
    Ok(AnnexCampaign {
        instance: parts.instance(title, start, end, &records),
        official_plan: plan.json,
        names: parts.names(),
        findings: report.close()?,
    })
}

impl<'a> Parts<'a> {
    fn of(rotation: &'a Rotation, targets: &'a Targets, unit_of: Vec<usize>) -> Parts<'a> {
        let mut ids = Ids::default();
        let entries = &rotation.entries;
        let numbers = ids::numbers(&targets.units);
        let cohorts = numbers
            .iter()
            .map(|number| ids.take(&format!("c{number:02}")))
            .collect();
        let hours: BTreeSet<Hours> = entries
            .iter()
            .map(|entry| (entry.start, entry.end))
            .collect();
        let mut n = 0;
        let shifts = Named::of(hours.into_iter(), |_| {
            n += 1;
            ids.take(&format!("ca{n}"))
        });
        let machines = Named::of(entries.iter().map(|entry| entry.machine.as_str()), |name| {
            ids.named(name, "may")
        });
        // Sites stand in the order of the units that first go there.
        let mut by_unit: Vec<(usize, &str)> = unit_of
            .iter()
            .copied()
            .zip(entries.iter().map(|entry| entry.site.as_str()))
            .collect();
        by_unit.sort_by_key(|(unit, _)| *unit);
        let mut units_at = BTreeMap::<&str, BTreeSet<usize>>::new();
        for (unit, site) in &by_unit {
            units_at.entry(site).or_default().insert(*unit);
        }
        let sites = Named::of(by_unit.iter().map(|(_, site)| *site), |site| {
            let only = units_at
                .get(site)
                .filter(|units| units.len() == 1)
                .and_then(|units| units.first())
                .and_then(|unit| Some((targets.units.get(*unit)?, *numbers.get(*unit)?)));
            ids.site(site, only)
        });
        Parts {
            rotation,
            targets,
            unit_of,
            cohorts,
            machines,
            sites,
            shifts,
        }
    }

    fn machine(&self, entry: &'a RotationEntry) -> &str {
        self.machines.id(&entry.machine.as_str())
    }

    fn site(&self, entry: &'a RotationEntry) -> &str {
        self.sites.id(&entry.site.as_str())
    }

    fn shift(&self, entry: &'a RotationEntry) -> &str {
        self.shifts.id(&(entry.start, entry.end))
    }

    /// The entries of the rotation, each with the unit it is for.
    fn entries(&self) -> impl Iterator<Item = (usize, &'a RotationEntry)> {
        self.unit_of.iter().copied().zip(&self.rotation.entries)
    }

    fn units(&self) -> impl Iterator<Item = (&str, &'a UnitTarget)> {
        self.cohorts
            .iter()
            .map(String::as_str)
            .zip(&self.targets.units)
    }

    fn instance(&self, title: &str, start: NaiveDate, end: NaiveDate, records: &Records) -> Value {
        let shifts: Vec<Value> = self
            .shifts
            .iter()
            .map(|((from, to), id)| {
                json!({
                    "id": id, "start": hour_minute(*from), "end": hour_minute(*to),
                    "records": records.shift(id),
                })
            })
            .collect();
        let at_once = self.machines_at_once();
        let sites: Vec<Value> = self
            .sites
            .iter()
            .map(
                |(name, id)| json!({"id": id, "name": name, "machines_at_once": at_once.get(name)}),
            )
            .collect();
        let sites_of = self.sites_by(|_, entry| entry.machine.as_str());
        let machines: Vec<Value> = self
            .machines
            .iter()
            .map(|(name, id)| self.machine_json(id, sites_of.get(name), records))
            .collect();
        // A unit's people go to the sites the rotation gives it, or to any where it gives none.
        let sites_of = self.sites_by(|unit, _| unit);
        let any: BTreeSet<&str> = self.sites.iter().map(|(_, id)| id.as_str()).collect();
        let cohorts: Vec<Value> = self
            .units()
            .enumerate()
            .map(|(n, (id, unit))| {
                json!({
                    "id": id, "name": unit.name, "people": unit.target,
                    "service": defaults::COHORT_SERVICE,
                    "sites": sites_of.get(&n).unwrap_or(&any), "due": end,
                })
            })
            .collect();
        json!({
            "format": "luot-plan/1", "name": text::slug(title), "timezone": defaults::TIMEZONE,
            "start": start, "end": end,
            "shifts": shifts, "sites": sites, "machines": machines, "cohorts": cohorts,
            "setup_minutes": defaults::SETUP_MINUTES, "travel_default": defaults::TRAVEL_MINUTES,
            "costs": defaults::costs(),
        })
    }

    fn machine_json(&self, id: &str, sites: Option<&BTreeSet<&str>>, records: &Records) -> Value {
        let mut machine = json!({"id": id, "services": defaults::MACHINE_SERVICES});
        // A machine that never leaves its site is at home there; one that travels is nowhere.
        let only = sites.filter(|sites| sites.len() == 1);
        if let Some(home) = only.and_then(|sites| sites.first()) {
            machine["home"] = json!(home);
        }
        if let Some(rate) = records.rate(id) {
            machine["rate"] = json!(rate);
        }
        machine
    }

    /// The sites of whatever the key is of an entry: of each unit, of each machine.
    fn sites_by<K: Ord>(
        &self,
        key: impl Fn(usize, &'a RotationEntry) -> K,
    ) -> BTreeMap<K, BTreeSet<&str>> {
        let mut sites = BTreeMap::<K, BTreeSet<&str>>::new();
        for (unit, entry) in self.entries() {
            sites
                .entry(key(unit, entry))
                .or_default()
                .insert(self.site(entry));
        }
        sites
    }

    /// The most machines that a site has in one shift.
    fn machines_at_once(&self) -> BTreeMap<&str, usize> {
        let mut sessions = BTreeMap::<_, BTreeSet<&str>>::new();
        for entry in &self.rotation.entries {
            let session = (entry.site.as_str(), entry.date, entry.start, entry.end);
            sessions.entry(session).or_default().insert(&entry.machine);
        }
        let mut most = BTreeMap::new();
        for ((site, ..), machines) in sessions {
            let count = most.entry(site).or_insert(0);
            *count = machines.len().max(*count);
        }
        most
    }

    fn names(&self) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for (name, id) in self.machines.iter().chain(self.sites.iter()) {
            names.insert(id.clone(), (*name).to_owned());
        }
        for (n, ((from, to), id)) in self.shifts.iter().enumerate() {
            let name = format!("Ca {} ({}–{})", n + 1, hour_minute(*from), hour_minute(*to));
            names.insert(id.clone(), name);
        }
        for (id, unit) in self.units() {
            names.insert(id.to_owned(), unit.name.clone());
        }
        // The rotation writes more of a unit's name than the targets do: Xã Tân Văn, not Tân Văn.
        for (unit, entry) in self.entries() {
            if let Some(name) = self.cohorts.get(unit).and_then(|id| names.get_mut(id))
                && entry.unit.chars().count() > name.chars().count()
            {
                name.clone_from(&entry.unit);
            }
        }
        names
    }

    /// Units whose sessions hold fewer people than their target.
    fn report_short(&self, served: &[u32], report: &mut Report) {
        let placed: BTreeSet<usize> = self.unit_of.iter().copied().collect();
        for (n, unit) in self.targets.units.iter().enumerate() {
            let places = served.get(n).copied().unwrap_or_default();
            if places >= unit.target {
                continue;
            }
            if !placed.contains(&n) {
                report.warning(
                    note(
                        "unit-without-rotation",
                        format!("{} has a target and no machine in the rotation. Its people may go to any site.", unit.name),
                        format!("{} có chỉ tiêu nhưng không được xếp máy. Người dân có thể đến bất kỳ điểm thu nhận nào.", unit.name),
                    )
                    .row(unit.row)
                    .column(&self.targets.target_heading)
                    .read(&unit.name),
                );
                continue;
            }
            let missing = unit.target - places;
            let (name, en, vi) = (&unit.name, ',', '.');
            let say = |number: u32, mark| text::thousands(u64::from(number), mark);
            report.warning(
                note(
                    "rotation-short-of-target",
                    format!("The rotation gives {name} {} places for a target of {}; {} people are left without one.", say(places, en), say(unit.target, en), say(missing, en)),
                    format!("Lịch xếp cho {name} {} chỗ trong khi chỉ tiêu là {}; còn {} người chưa có chỗ.", say(places, vi), say(unit.target, vi), say(missing, vi)),
                )
                .row(unit.row)
                .column(&self.targets.target_heading)
                .read(&unit.target.to_string())
                .assumed(places.to_string()),
            );
        }
    }
}

fn hour_minute(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

fn report_defaults(report: &mut Report) {
    let (setup, travel) = (defaults::SETUP_MINUTES, defaults::TRAVEL_MINUTES);
    report.info(
        note(
            "defaults-assumed",
            "The annexes do not say how long a machine takes to move, what it can issue, or what weighs how much; the usual values are taken.",
            "Phụ lục không ghi thời gian di chuyển máy, máy cấp được gì và mức ưu tiên; lấy theo giá trị thông thường.",
        )
        .assumed(format!(
            "setup {setup} min, travel {travel} min, service {}, machines {}",
            defaults::COHORT_SERVICE,
            defaults::MACHINE_SERVICES.join("+"),
        )),
    );
}

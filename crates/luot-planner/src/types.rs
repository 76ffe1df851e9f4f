//! The words of the rotation problem as data: an instance, a plan, and what a plan is worth.
//!
//! These types carry the file format `luot-plan/1` and nothing else: what is allowed in a file is decided in
//! [`crate::read_instance`], what is allowed in a plan in [`crate::check`]. Deserialising an [`Instance`] directly
//! skips the first of these and is meant for values that were read properly once.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::wire;

/// The value of `format` in every file of this kind.
pub const FORMAT: &str = "luot-plan/1";

/// One rotation problem: when, where, with what, for whom, and what matters how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Always [`FORMAT`].
    pub format: String,
    /// A name for people; it has no meaning to the planner.
    pub name: String,
    /// IANA name of the zone in which all dates and times are local.
    pub timezone: String,
    /// First date of the campaign.
    pub start: NaiveDate,
    /// Last date of the campaign, itself included.
    pub end: NaiveDate,
    /// The parts of a day, in the order of the day.
    pub shifts: Vec<Shift>,
    /// The places that can receive machines.
    pub sites: Vec<Site>,
    /// The enrolment kits.
    pub machines: Vec<Machine>,
    /// The people, in the groups in which they are booked.
    pub cohorts: Vec<Cohort>,
    /// Minutes to set a machine up after a move within a day, on top of the travel.
    #[serde(default)]
    pub setup_minutes: u32,
    /// Minutes from site to site; looked up in both directions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub travel_minutes: BTreeMap<String, BTreeMap<String, u32>>,
    /// Minutes between two sites that the table does not have.
    #[serde(default = "wire::thirty")]
    pub travel_default: u32,
    /// The weight of each term of the cost.
    pub costs: Costs,
    /// What has been promised already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Plan>,
    /// The date before which nothing may differ from [`Instance::published`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_before: Option<NaiveDate>,
    /// On that date itself, id of the first shift that may differ; without one all of them may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_shift: Option<String>,
    /// What somebody fixed by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Plan>,
    /// What sentences call the parts; not a part of the file format.
    #[serde(skip)]
    pub names: Names,
    /// The shifts that run just now; not a part of the file format. Where they are not frozen, a session of theirs that a
    /// plan leaves as it is published need not be possible any more.
    #[serde(skip)]
    pub running: Vec<Running>,
}

/// A shift that runs, whom it has served, who are not to be planned again when it breaks off, and who stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The date.
    pub date: NaiveDate,
    /// Id of the shift.
    pub shift: String,
    /// Minutes until it ends.
    pub minutes_left: u32,
    /// People served so far, by site and cohort.
    pub served: BTreeMap<(String, String), u32>,
    /// Of the others to whom a place is given there, those who stand in the line, by site and cohort.
    pub waiting: BTreeMap<(String, String), u32>,
    /// People who stand in the line of a site besides.
    pub others: BTreeMap<String, u32>,
}

impl Running {
    /// People of a cohort who were served at a site.
    #[must_use]
    pub fn served_of(&self, site: &str, cohort: &str) -> u32 {
        let key = (site.to_owned(), cohort.to_owned());
        self.served.get(&key).copied().unwrap_or(0)
    }

    /// People of a cohort who have a place at a site and stand in its line.
    #[must_use]
    pub fn waiting_of(&self, site: &str, cohort: &str) -> u32 {
        let key = (site.to_owned(), cohort.to_owned());
        self.waiting.get(&key).copied().unwrap_or(0)
    }
}

/// What parts are called on screen, by id. What has no name here is called by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Of shifts.
    pub shifts: BTreeMap<String, String>,
    /// Of sites.
    pub sites: BTreeMap<String, String>,
    /// Of machines.
    pub machines: BTreeMap<String, String>,
    /// Of cohorts.
    pub cohorts: BTreeMap<String, String>,
}

impl Names {
    pub(crate) fn shift<'a>(&'a self, id: &'a str) -> &'a str {
        self.shifts.get(id).map_or(id, String::as_str)
    }

    pub(crate) fn site<'a>(&'a self, id: &'a str) -> &'a str {
        self.sites.get(id).map_or(id, String::as_str)
    }

    pub(crate) fn machine<'a>(&'a self, id: &'a str) -> &'a str {
        self.machines.get(id).map_or(id, String::as_str)
    }

    pub(crate) fn cohort<'a>(&'a self, id: &'a str) -> &'a str {
        self.cohorts.get(id).map_or(id, String::as_str)
    }
}

/// A named part of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Unique among the shifts.
    pub id: String,
    /// When it begins, local time.
    #[serde(with = "wire::clock")]
    pub start: NaiveTime,
    /// When it ends, the same day.
    #[serde(with = "wire::clock")]
    pub end: NaiveTime,
    /// Records that a machine of rate 1 takes in it.
    pub records: u32,
}

/// When something is available at all; what is left out does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Calendar {
    /// First date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Last date, itself included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// ISO days of the week, 1 = Monday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekdays: Option<Vec<u8>>,
    /// Ids of shifts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shifts: Option<Vec<String>>,
    /// Dates that are excepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<NaiveDate>,
}

/// A place that can receive machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Unique among the sites.
    pub id: String,
    /// Machines that can work there in one shift.
    #[serde(default = "wire::one")]
    pub machines_at_once: u32,
    /// When it is open.
    #[serde(flatten)]
    pub calendar: Calendar,
}

/// An enrolment kit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Unique among the machines.
    pub id: String,
    /// What it can issue; every machine takes accounts, whatever stands here.
    #[serde(default = "wire::accounts")]
    pub services: Vec<Service>,
    /// Where it starts from; without one its first site costs no relocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// Its speed in hundredths of a shift's records; `rate` in the file, where 1 is 100 here.
    #[serde(
        rename = "rate",
        with = "wire::rate",
        default = "wire::hundred",
        skip_serializing_if = "wire::is_hundred"
    )]
    pub rate_hundredths: u32,
    /// When it runs.
    #[serde(flatten)]
    pub calendar: Calendar,
    /// Single date and shift pairs in which it cannot run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub out: Vec<(NaiveDate, String)>,
}

/// People who are booked as one: a school class, a village, an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// Unique among the cohorts.
    pub id: String,
    /// How many they are.
    pub people: u32,
    /// What they come for.
    #[serde(default)]
    pub service: Service,
    /// Where they may go.
    pub sites: Vec<String>,
    /// Whether all of them come to one session, or none.
    #[serde(default, skip_serializing_if = "wire::is_false")]
    pub whole: bool,
    /// The date after which each of them is late; it may lie outside the campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
    /// How much one of their places, or days of lateness, counts.
    #[serde(default = "wire::one", skip_serializing_if = "wire::is_one")]
    pub weight: u32,
    /// When they can come.
    #[serde(flatten)]
    pub calendar: Calendar,
}

/// What a person comes for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// An account only; any machine will do.
    #[default]
    Account,
    /// A card; only machines that issue cards will do.
    Card,
}

/// The weight of each term of the cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Costs {
    /// For a person without a place.
    pub unserved: i64,
    /// For a person and a day after the due date.
    pub late: i64,
    /// For a person whose published date, shift or site is not kept.
    pub moved: i64,
    /// For a machine's change of site.
    pub relocation: i64,
    /// For a machine-shift staffed.
    pub session: i64,
    /// For each session of a cohort beyond its first.
    pub split: i64,
    /// For each day until the last with a rotation.
    pub finish: i64,
}

/// A rotation and who comes to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Plan {
    /// Which machine stands where.
    #[serde(default)]
    pub rotation: Vec<Placement>,
    /// Which people come to which session.
    #[serde(default)]
    pub allotments: Vec<Allotment>,
    /// In a published plan: people whose session broke off before it was their turn. They have no place any more, and
    /// whoever gives them another one moves them. Not a part of the file format.
    #[serde(default)]
    pub broken_off: Vec<Allotment>,
    /// In a published plan: machines that stopped in the middle of a shift, and whose people were seen to. Not a part of
    /// the file format.
    #[serde(default)]
    pub stopped: Vec<Placement>,
}

/// One machine at one site for one shift.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Placement {
    /// Id of the machine.
    pub machine: String,
    /// The date.
    pub date: NaiveDate,
    /// Id of the shift.
    pub shift: String,
    /// Id of the site.
    pub site: String,
}

/// So many people of a cohort, in a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Allotment {
    /// Id of the cohort.
    pub cohort: String,
    /// The date.
    pub date: NaiveDate,
    /// Id of the shift.
    pub shift: String,
    /// Id of the site.
    pub site: String,
    /// How many of the cohort; at least one.
    pub people: u32,
    /// In a published plan: these people have been moved once already.
    #[serde(default, skip_serializing_if = "wire::is_false")]
    pub moved_before: bool,
}

/// The value of each term of the cost, before its weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Weighted people without a place.
    pub unserved: i64,
    /// Weighted people times days after their due date.
    pub late: i64,
    /// People moved from what was published; ten times for those moved before.
    pub moved: i64,
    /// Changes of site.
    pub relocation: i64,
    /// Machine-shifts staffed.
    pub session: i64,
    /// Sessions of cohorts beyond their first.
    pub split: i64,
    /// Last day with a rotation, counted from 1.
    pub finish: i64,
}

impl Terms {
    /// The cost of these terms under these weights; it stops at the ends of `i64` instead of wrapping.
    #[must_use]
    pub fn cost(&self, costs: &Costs) -> i64 {
        [
            (self.unserved, costs.unserved),
            (self.late, costs.late),
            (self.moved, costs.moved),
            (self.relocation, costs.relocation),
            (self.session, costs.session),
            (self.split, costs.split),
            (self.finish, costs.finish),
        ]
        .iter()
        .fold(0_i64, |sum, (value, weight)| {
            sum.saturating_add(value.saturating_mul(*weight))
        })
    }
}

/// What the rules and the cost say of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Whether no rule is broken.
    pub ok: bool,
    /// The weighted sum of the terms; lower is better.
    pub cost: i64,
    /// Each term.
    pub terms: Terms,
    /// What is broken, in words; at most [`crate::limits::BROKEN_LISTED`] of them.
    pub broken: Vec<String>,
    /// The same with a pointer into the plan, in both languages.
    #[serde(skip)]
    pub faults: Vec<Fault>,
}

/// Why an input cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// JSON pointer (RFC 6901) to the value at fault.
    pub pointer: String,
    /// A stable word for programs, in kebab-case.
    pub code: String,
    /// What is wrong, in English.
    pub detail: String,
    /// What is wrong, in Vietnamese.
    pub detail_vi: String,
}

/// What is odd in an input that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// JSON pointer (RFC 6901) to the odd value.
    pub pointer: String,
    /// A stable word for programs, in kebab-case.
    pub code: String,
    /// What is odd and what was made of it, in English.
    pub detail: String,
    /// What is odd and what was made of it, in Vietnamese.
    pub detail_vi: String,
}

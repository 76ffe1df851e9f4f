//! The instance that a campaign is created from, as the document describes it. It is read by the planner, which finds
//! every fault at once; these types are never filled.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::policies::NewPolicies;
use crate::words::{AreaCode, Day, Hour, Service};

/// A planning instance (`luot-plan/1`) with a title, policies and names beside it. Members that are not listed are
/// ignored.
#[derive(ToSchema)]
#[schema(as = NewCampaign, example = json!({
    "format": "luot-plan/1", "name": "phuong-5", "title": "Phường 5, đợt thí điểm", "timezone": "Asia/Ho_Chi_Minh",
    "start": "2027-01-04", "end": "2027-01-08",
    "shifts": [{"id": "sang", "start": "07:30", "end": "11:30", "records": 80}],
    "sites": [{"id": "th-le-loi", "name": "Trường Tiểu học Lê Lợi", "machines_at_once": 1}],
    "machines": [{"id": "may-1", "services": ["account", "card"], "home": "th-le-loi"}],
    "cohorts": [
        {"id": "5a", "name": "Lớp 5A", "people": 38, "service": "account", "sites": ["th-le-loi"], "whole": true},
        {"id": "to-3", "name": "Tổ dân phố 3", "people": 60, "service": "card", "sites": ["th-le-loi"], "due": "2027-01-08"}
    ],
    "setup_minutes": 45, "travel_default": 30,
    "costs": {"unserved": 1000, "late": 20, "moved": 50, "relocation": 100, "session": 30, "split": 10, "finish": 5},
    "policies": {"window_minutes": 30, "age_from": 6}
}))]
#[allow(dead_code, reason = "only its schema matters")]
pub(super) struct Instance {
    /// Always `luot-plan/1`.
    #[schema(nullable = false)]
    format: Option<String>,
    /// For programs.
    #[schema(max_length = 200, nullable = false)]
    name: Option<String>,
    /// What people read; the name if left out.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// IANA name of the zone in which all dates and times are local.
    timezone: String,
    /// First date of the campaign.
    start: Day,
    /// Last date, itself included; at most 400 days.
    end: Day,
    /// The parts of a day, in their order.
    #[schema(min_items = 1, max_items = 12)]
    shifts: Vec<InstanceShift>,
    /// The places that can receive machines.
    #[schema(max_items = 5000)]
    sites: Vec<InstanceSite>,
    /// The enrolment kits.
    #[schema(max_items = 2000)]
    machines: Vec<InstanceMachine>,
    /// The people, in the groups in which they are booked.
    #[schema(max_items = 50000)]
    cohorts: Vec<InstanceCohort>,
    /// Minutes to set a machine up after a move within a day, on top of the travel.
    #[schema(minimum = 0, maximum = 10080, default = 0)]
    setup_minutes: Option<u32>,
    /// Minutes from site to site, by their ids; looked up in both directions.
    travel_minutes: Option<BTreeMap<String, BTreeMap<String, u32>>>,
    /// Minutes between two sites that the table does not have.
    #[schema(minimum = 0, maximum = 10080, default = 30)]
    travel_default: Option<u32>,
    /// The weight of each term of the cost.
    costs: InstanceCosts,
    /// What has been promised already; it is published at once.
    published: Option<InstancePlan>,
    /// The date before which nothing may differ from what is published.
    frozen_before: Option<Day>,
    /// What somebody fixed by hand.
    pinned: Option<InstancePlan>,
    /// The province or commune it is of: staff of it reach it.
    area: Option<AreaCode>,
    /// What the campaign decides for itself.
    policies: Option<NewPolicies>,
    /// What sites, machines, shifts and cohorts are called on screen, by their id; wins over a `name` beside the id.
    names: Option<BTreeMap<String, String>>,
}

/// A named part of a day.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema matters")]
struct InstanceShift {
    /// Its code, unique among the shifts.
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    /// What it is called on screen.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    name: Option<String>,
    /// When it begins.
    start: Hour,
    /// When it ends, the same day.
    end: Hour,
    /// Records that a machine of rate 1 takes in it.
    #[schema(minimum = 0, maximum = 100000)]
    records: u32,
}

/// A place that can receive machines.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema matters")]
struct InstanceSite {
    /// Its code, unique among the sites.
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    /// What it is called on screen.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    name: Option<String>,
    /// Machines that can work there in one shift.
    #[schema(minimum = 1, maximum = 2000, default = 1)]
    machines_at_once: Option<u32>,
    #[schema(inline)]
    #[serde(flatten)]
    calendar: InstanceCalendar,
}

/// An enrolment kit.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema matters")]
struct InstanceMachine {
    /// Its code, unique among the machines.
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    /// What it is called on screen.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    name: Option<String>,
    /// What it can issue; every machine takes accounts.
    services: Option<Vec<Service>>,
    /// The site it starts from; without one its first site costs no relocation.
    home: Option<String>,
    /// Its speed: it takes a shift's records times this. At most two decimals.
    #[schema(exclusive_minimum = 0, maximum = 10, default = 1)]
    rate: Option<f64>,
    /// Dates and shifts in which it cannot run.
    out: Option<Vec<(Day, String)>>,
    #[schema(inline)]
    #[serde(flatten)]
    calendar: InstanceCalendar,
}

/// People who are booked as one: a school class, a village, an organisation.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema matters")]
struct InstanceCohort {
    /// Its code, unique among the cohorts.
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    /// What it is called on screen.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    name: Option<String>,
    /// How many they are.
    #[schema(minimum = 0, maximum = 1000000)]
    people: u32,
    /// What they come for.
    #[schema(default = "account")]
    service: Option<Service>,
    /// The sites they may go to, by id.
    sites: Vec<String>,
    /// Whether all of them come to one session, or none.
    #[schema(default = false)]
    whole: Option<bool>,
    /// The date after which each of them is late.
    due: Option<Day>,
    /// How much one of their places, or days of lateness, counts.
    #[schema(minimum = 0, maximum = 1000, default = 1)]
    weight: Option<u32>,
    #[schema(inline)]
    #[serde(flatten)]
    calendar: InstanceCalendar,
}

/// When something is available at all; what is left out does not restrict.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema matters")]
struct InstanceCalendar {
    /// First date.
    from: Option<Day>,
    /// Last date, itself included.
    to: Option<Day>,
    /// ISO days of the week, 1 = Monday.
    #[schema(max_items = 100)]
    weekdays: Option<Vec<u8>>,
    /// Ids of shifts.
    #[schema(max_items = 100)]
    shifts: Option<Vec<String>>,
    /// Dates that are excepted.
    closed: Option<Vec<Day>>,
}

/// The weight of each term of the cost; lower is better.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema matters")]
struct InstanceCosts {
    /// For a person without a place.
    #[schema(minimum = 0, maximum = 1000000)]
    unserved: u32,
    /// For a person and a day after the due date.
    #[schema(minimum = 0, maximum = 1000000)]
    late: u32,
    /// For a person whose published date, shift or site is not kept.
    #[schema(minimum = 0, maximum = 1000000)]
    moved: u32,
    /// For a machine's change of site.
    #[schema(minimum = 0, maximum = 1000000)]
    relocation: u32,
    /// For a machine-shift staffed.
    #[schema(minimum = 0, maximum = 1000000)]
    session: u32,
    /// For each session of a cohort beyond its first.
    #[schema(minimum = 0, maximum = 1000000)]
    split: u32,
    /// For each day until the last with a rotation.
    #[schema(minimum = 0, maximum = 1000000)]
    finish: u32,
}

/// A rotation and who comes to it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema matters")]
struct InstancePlan {
    /// Which machine stands where: `machine`, `date`, `shift`, `site`.
    rotation: Option<Vec<crate::plans::Placement>>,
    /// Which people come to which session: `cohort`, `date`, `shift`, `site`, `people`.
    allotments: Option<Vec<crate::plans::Allotment>>,
}

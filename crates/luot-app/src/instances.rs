//! A campaign as rows, and as the planner's instance.

mod otherwise;
mod running;

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveTime};
use luot_planner::{Calendar, Cohort, Costs, Instance, Machine, Names, Plan, Service, Shift, Site};
use luot_store::entities::{campaign, cohort, machine, service, shift, site};
use luot_store::parts::{cohorts, machines, services, shifts, sites};
use luot_store::{Instant, StoreError, Tx, campaigns};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::campaigns::{present, zone};
use crate::error::{Error, Result};
use crate::new_id;

pub(crate) use otherwise::otherwise;
pub(crate) use running::{running, taken_away};

/// What of an instance is no part of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Planning {
    pub setup_minutes: u32,
    #[serde(default)]
    pub travel_minutes: BTreeMap<String, BTreeMap<String, u32>>,
    pub travel_default: u32,
    pub costs: Costs,
    #[serde(default)]
    pub pinned: Option<Plan>,
}

impl Planning {
    /// Of an instance.
    pub(crate) fn of(instance: &Instance) -> Self {
        Self {
            setup_minutes: instance.setup_minutes,
            travel_minutes: instance.travel_minutes.clone(),
            travel_default: instance.travel_default,
            costs: instance.costs,
            pinned: instance.pinned.clone(),
        }
    }
}

/// The codes of the services that an instance knows.
pub(crate) const ACCOUNT: &str = "account";
pub(crate) const CARD: &str = "card";

/// A campaign with its parts.
pub(crate) struct Campaign {
    pub row: campaign::Model,
    pub services: Vec<service::Model>,
    pub sites: Vec<site::Model>,
    pub machines: Vec<machine::Model>,
    pub shifts: Vec<shift::Model>,
    pub cohorts: Vec<cohort::Model>,
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|e| Error::Bug(e.to_string()))
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(value: &serde_json::Value) -> Result<T> {
    T::deserialize(value).map_err(|e| Error::Bug(format!("a stored value cannot be read: {e}")))
}

/// Reads a campaign with its parts.
pub(crate) async fn load(tx: &Tx, id: Uuid) -> Result<Campaign> {
    let row = campaigns::find(tx, id)
        .await?
        .ok_or(Error::NotFound("campaign"))?;
    Ok(Campaign {
        row,
        services: services::list(tx, id).await?,
        sites: sites::list(tx, id).await?,
        machines: machines::list(tx, id).await?,
        shifts: shifts::list(tx, id).await?,
        cohorts: cohorts::list(tx, id).await?,
    })
}

/// A number that came in through the planner's limits, which are all far below 2³¹.
pub(crate) fn int(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

pub(crate) fn uint(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

/// The rows of an instance, under new ids. `names` tells what things are called on screen,
/// by their code.
pub(crate) fn rows(
    row: campaign::Model,
    instance: &Instance,
    names: &BTreeMap<String, String>,
    now: Instant,
) -> Result<Campaign> {
    let campaign_id = row.id;
    let called = |code: &str| names.get(code).cloned().unwrap_or_else(|| code.to_owned());
    let service = |code: &str, title: &str, issues_card| service::Model {
        id: new_id(),
        created_at: now,
        campaign_id,
        code: code.into(),
        title: title.into(),
        issues_card,
        subject: "person".into(),
        age_from: None,
        age_under: None,
    };
    let services = vec![
        service(ACCOUNT, "Tài khoản định danh điện tử mức 2", false),
        service(CARD, "Thẻ và tài khoản định danh mức 2", true),
    ];
    let sites: Vec<site::Model> = instance
        .sites
        .iter()
        .zip(0..)
        .map(|(s, position)| {
            Ok(site::Model {
                id: new_id(),
                created_at: now,
                campaign_id,
                unit_id: None,
                code: s.id.clone(),
                name: called(&s.id),
                position,
                machines_at_once: int(s.machines_at_once),
                calendar: json(&s.calendar)?,
                retired_at: None,
                version: 1,
                updated_at: now,
            })
        })
        .collect::<Result<_>>()?;
    let site_ids: HashMap<&str, Uuid> = sites.iter().map(|s| (s.code.as_str(), s.id)).collect();
    let machines = instance
        .machines
        .iter()
        .zip(0..)
        .map(|(m, position)| {
            Ok(machine::Model {
                id: new_id(),
                created_at: now,
                campaign_id,
                home_site_id: m.home.as_deref().and_then(|h| site_ids.get(h).copied()),
                code: m.id.clone(),
                name: called(&m.id),
                position,
                issues_cards: m.services.contains(&Service::Card),
                rate_hundredths: int(m.rate_hundredths),
                calendar: json(&m.calendar)?,
                out: json(&m.out)?,
                retired_at: None,
                version: 1,
                updated_at: now,
            })
        })
        .collect::<Result<_>>()?;
    let shifts = instance
        .shifts
        .iter()
        .zip(0..)
        .map(|(s, position)| shift::Model {
            id: new_id(),
            created_at: now,
            campaign_id,
            code: s.id.clone(),
            name: called(&s.id),
            position,
            starts: s.start,
            ends: s.end,
            records: int(s.records),
            retired_at: None,
            version: 1,
            updated_at: now,
        })
        .collect();
    let of_service = |wanted: Service| {
        let code = if wanted == Service::Card {
            CARD
        } else {
            ACCOUNT
        };
        services
            .iter()
            .find(|s| s.code == code)
            .map_or(Uuid::nil(), |s| s.id)
    };
    let cohorts = instance
        .cohorts
        .iter()
        .zip(0..)
        .map(|(c, position)| {
            Ok(cohort::Model {
                id: new_id(),
                created_at: now,
                campaign_id,
                unit_id: None,
                service_id: of_service(c.service),
                code: c.id.clone(),
                name: called(&c.id),
                position,
                people: int(c.people),
                sites: json(&c.sites)?,
                whole: c.whole,
                due_on: c.due,
                weight: int(c.weight),
                calendar: json(&c.calendar)?,
                left_of_id: None,
                retired_at: None,
                version: 1,
                updated_at: now,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Campaign {
        row,
        services,
        sites,
        machines,
        shifts,
        cohorts,
    })
}

/// Adds the campaign and its parts.
pub(crate) async fn insert(tx: &Tx, campaign: &Campaign) -> std::result::Result<(), StoreError> {
    campaigns::insert(tx, campaign.row.clone()).await?;
    services::insert(tx, campaign.services.clone()).await?;
    sites::insert(tx, campaign.sites.clone()).await?;
    machines::insert(tx, campaign.machines.clone()).await?;
    shifts::insert(tx, campaign.shifts.clone()).await?;
    cohorts::insert(tx, campaign.cohorts.clone()).await
}

/// What a plan is made against.
pub(crate) struct Against<'a> {
    /// What is published, and what of it is fixed.
    pub published: Option<(&'a Plan, &'a Past)>,
    /// What counts as today.
    pub today: NaiveDate,
}

/// What is over, or is not to change any more: the days before one, and shifts of that day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Past {
    /// The day before which everything is.
    pub day: NaiveDate,
    /// Of that day, the first shifts, by id and code.
    shifts: Vec<(Uuid, String)>,
    /// The shift after them.
    first: Option<String>,
}

impl Past {
    /// Whether a shift of a date, by its code, is.
    pub(crate) fn has(&self, date: NaiveDate, shift: &str) -> bool {
        date < self.day || (date == self.day && self.shifts.iter().any(|s| s.1 == shift))
    }

    /// Whether a shift of a date, by its id, is.
    pub(crate) fn has_id(&self, date: NaiveDate, shift: Uuid) -> bool {
        date < self.day || (date == self.day && self.shifts.iter().any(|s| s.0 == shift))
    }

    /// Whether nothing of the days from one on is.
    pub(crate) fn is_before(&self, day: NaiveDate) -> bool {
        self.day < day || (self.day == day && self.shifts.is_empty())
    }

    /// What of a plan is.
    pub(crate) fn of(&self, plan: &Plan) -> Plan {
        let mut past = plan.clone();
        past.rotation.retain(|p| self.has(p.date, &p.shift));
        past.allotments.retain(|a| self.has(a.date, &a.shift));
        past
    }
}

impl Campaign {
    /// What is over: days, and shifts of today that have ended, from the first one on.
    pub(crate) fn past(&self, now: Instant) -> Result<Past> {
        self.until(now, |shift| shift.ends)
    }

    /// What has begun: what is over, and the shifts of today that run. In a rehearsal, whose
    /// first day has not begun yet, and never does, that is no shift.
    pub(crate) fn begun(&self, now: Instant) -> Result<Past> {
        self.until(now, |shift| shift.starts)
    }

    fn until(&self, now: Instant, mark: fn(&shift::Model) -> NaiveTime) -> Result<Past> {
        let (now, today) = present(&self.row, now)?;
        let zone = zone(&self.row)?;
        let is_before = |shift: &&shift::Model| zone.instant(today, mark(shift)) <= now;
        let before: Vec<&shift::Model> = self.shifts.iter().take_while(is_before).collect();
        let next = self.shifts.get(before.len());
        if next.is_none() && !before.is_empty() {
            return Ok(Past {
                day: today.succ_opt().unwrap_or(today),
                shifts: Vec::new(),
                first: None,
            });
        }
        Ok(Past {
            day: today,
            first: next.filter(|_| !before.is_empty()).map(|s| s.code.clone()),
            shifts: before.iter().map(|s| (s.id, s.code.clone())).collect(),
        })
    }

    /// The cohort by whose list somebody is booked: of people left over the one they are left
    /// over of, else the cohort itself.
    pub(crate) fn booked_as(&self, cohort: Uuid) -> Uuid {
        let found = self.cohorts.iter().find(|c| c.id == cohort);
        found.and_then(|c| c.left_of_id).unwrap_or(cohort)
    }

    /// What is not to change any more: that, and what the campaign says.
    pub(crate) fn frozen(&self, that: Past) -> Past {
        match self.row.frozen_before.filter(|day| *day > that.day) {
            Some(day) => Past {
                day,
                shifts: Vec::new(),
                first: None,
            },
            None => that,
        }
    }

    /// The planner's view. What was retired is still known, but not after yesterday.
    pub(crate) fn instance(&self, against: &Against<'_>) -> Result<Instance> {
        let planning: Planning = from_json(&self.row.planning)?;
        let yesterday = against.today.pred_opt().unwrap_or(against.today);
        let until = |calendar: &serde_json::Value, retired: bool| -> Result<Calendar> {
            let mut calendar: Calendar = from_json(calendar)?;
            if retired {
                calendar.to = Some(calendar.to.map_or(yesterday, |to| to.min(yesterday)));
            }
            Ok(calendar)
        };
        let codes: HashMap<Uuid, &str> =
            self.sites.iter().map(|s| (s.id, s.code.as_str())).collect();
        let cards: HashMap<Uuid, bool> = self
            .services
            .iter()
            .map(|s| (s.id, s.issues_card))
            .collect();
        Ok(Instance {
            format: luot_planner::FORMAT.into(),
            name: self.row.name.clone(),
            timezone: self.row.timezone.clone(),
            start: self.row.starts_on,
            end: self.row.ends_on,
            shifts: self
                .shifts
                .iter()
                .map(|s| Shift {
                    id: s.code.clone(),
                    start: s.starts,
                    end: s.ends,
                    // A shift has no calendar: one that is out of use serves nobody.
                    records: if s.retired_at.is_some() {
                        0
                    } else {
                        uint(s.records)
                    },
                })
                .collect(),
            sites: self
                .sites
                .iter()
                .map(|s| {
                    Ok(Site {
                        id: s.code.clone(),
                        machines_at_once: uint(s.machines_at_once),
                        calendar: until(&s.calendar, s.retired_at.is_some())?,
                    })
                })
                .collect::<Result<_>>()?,
            machines: self
                .machines
                .iter()
                .map(|m| {
                    Ok(Machine {
                        id: m.code.clone(),
                        services: if m.issues_cards {
                            vec![Service::Account, Service::Card]
                        } else {
                            vec![Service::Account]
                        },
                        home: m
                            .home_site_id
                            .and_then(|id| codes.get(&id))
                            .map(|&c| c.to_owned()),
                        rate_hundredths: uint(m.rate_hundredths),
                        calendar: until(&m.calendar, m.retired_at.is_some())?,
                        out: from_json(&m.out)?,
                    })
                })
                .collect::<Result<_>>()?,
            cohorts: self
                .cohorts
                .iter()
                .map(|c| {
                    let retired = c.retired_at.is_some();
                    Ok(Cohort {
                        id: c.code.clone(),
                        people: if retired {
                            served(against, &c.code)
                        } else {
                            uint(c.people)
                        },
                        service: if cards.get(&c.service_id) == Some(&true) {
                            Service::Card
                        } else {
                            Service::Account
                        },
                        sites: from_json(&c.sites)?,
                        whole: c.whole,
                        due: c.due_on,
                        weight: uint(c.weight),
                        calendar: until(&c.calendar, retired)?,
                    })
                })
                .collect::<Result<_>>()?,
            setup_minutes: planning.setup_minutes,
            travel_minutes: planning.travel_minutes,
            travel_default: planning.travel_default,
            costs: planning.costs,
            published: against.published.map(|(plan, _)| plan.clone()),
            frozen_before: against.published.map(|(_, past)| past.day),
            frozen_shift: against.published.and_then(|(_, past)| past.first.clone()),
            // What was pinned in shifts that are fixed is whatever was published then.
            pinned: planning.pinned.map(|mut pinned| {
                if let Some((_, past)) = against.published {
                    pinned.rotation.retain(|p| !past.has(p.date, &p.shift));
                    pinned.allotments.retain(|a| !past.has(a.date, &a.shift));
                }
                pinned
            }),
            names: self.names(),
            running: Vec::new(),
        })
    }

    /// What sentences about a plan call the parts of the campaign.
    fn names(&self) -> Names {
        let named =
            |code: &String, name: &String| (!name.is_empty()).then(|| (code.clone(), name.clone()));
        Names {
            shifts: (self.shifts.iter())
                .filter_map(|s| named(&s.code, &s.name))
                .collect(),
            sites: (self.sites.iter())
                .filter_map(|s| named(&s.code, &s.name))
                .collect(),
            machines: (self.machines.iter())
                .filter_map(|m| named(&m.code, &m.name))
                .collect(),
            cohorts: (self.cohorts.iter())
                .filter_map(|c| named(&c.code, &c.name))
                .collect(),
        }
    }
}

/// People of a cohort that had their places before what is frozen.
fn served(against: &Against<'_>, cohort: &str) -> u32 {
    against.published.map_or(0, |(plan, past)| {
        plan.allotments
            .iter()
            .filter(|a| a.cohort == cohort && past.has(a.date, &a.shift))
            .map(|a| a.people)
            .sum()
    })
}

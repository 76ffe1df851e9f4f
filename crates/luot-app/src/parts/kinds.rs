//! The four kinds.

use luot_planner::{Cohort, Instance, Machine, Service, Shift, Site};
use luot_store::entities::{cohort, machine, shift, site};
use luot_store::parts::{cohorts, machines, shifts, sites};
use luot_store::{Instant, Tx, parts};
use serde_json::json;
use uuid::Uuid;

use super::kind::{
    Around, Blank, Head, HeadMut, Kind, Stored, from_json, int, json as to_json, uint,
};
use super::served::Served;
use crate::App;
use crate::error::{Error, Result};
use crate::instances::{self, ACCOUNT, CARD};

/// What is the same in all four but for the names of types.
macro_rules! stored {
    ($module:ident, $row:ident, $unit:expr) => {
        type Row = $row::Model;

        async fn list(tx: &Tx, campaign: Uuid) -> Stored<Vec<Self::Row>> {
            $module::list(tx, campaign).await
        }

        async fn find(tx: &Tx, campaign: Uuid, id: Uuid) -> Stored<Option<Self::Row>> {
            $module::find(tx, campaign, id).await
        }

        async fn insert(tx: &Tx, row: Self::Row) -> Stored<()> {
            $module::insert(tx, vec![row]).await
        }

        fn head(row: &Self::Row) -> Head<'_> {
            let unit: fn(&Self::Row) -> Option<Uuid> = $unit;
            Head {
                id: row.id,
                code: &row.code,
                name: &row.name,
                position: row.position,
                unit_id: unit(row),
                version: row.version,
                retired: row.retired_at.is_some(),
            }
        }

        fn head_mut(row: &mut Self::Row) -> HeadMut<'_> {
            HeadMut {
                name: &mut row.name,
                retired_at: &mut row.retired_at,
                updated_at: &mut row.updated_at,
            }
        }

        fn code(&self) -> &str {
            &self.id
        }
    };
}

impl Kind for Site {
    const NOUN: &'static str = "site";
    const LIST: &'static str = "sites";
    const PUBLIC: bool = true;
    const MOST: usize = luot_planner::limits::SITES;

    stored!(sites, site, |row| row.unit_id);

    fn blank(new: Blank) -> Self::Row {
        site::Model {
            id: new.id,
            created_at: new.now,
            campaign_id: new.campaign,
            unit_id: None,
            code: new.code,
            name: new.name,
            position: new.position,
            machines_at_once: 1,
            calendar: json!({}),
            retired_at: None,
            version: 1,
            updated_at: new.now,
        }
    }

    fn read(row: &Self::Row, _: &Around) -> Result<Self> {
        Ok(Self {
            id: row.code.clone(),
            machines_at_once: uint(row.machines_at_once),
            calendar: from_json(&row.calendar)?,
        })
    }

    fn write(&self, row: &mut Self::Row, _: &Around) -> Result<()> {
        row.machines_at_once = int(self.machines_at_once);
        row.calendar = to_json(&self.calendar)?;
        Ok(())
    }

    fn of(instance: &mut Instance) -> &mut Vec<Self> {
        &mut instance.sites
    }
}

impl Kind for Machine {
    const NOUN: &'static str = "machine";
    const LIST: &'static str = "machines";
    const PUBLIC: bool = false;
    const MOST: usize = luot_planner::limits::MACHINES;

    stored!(machines, machine, |_| None);

    fn blank(new: Blank) -> Self::Row {
        machine::Model {
            id: new.id,
            created_at: new.now,
            campaign_id: new.campaign,
            home_site_id: None,
            code: new.code,
            name: new.name,
            position: new.position,
            issues_cards: false,
            rate_hundredths: 100,
            calendar: json!({}),
            out: json!([]),
            retired_at: None,
            version: 1,
            updated_at: new.now,
        }
    }

    fn read(row: &Self::Row, around: &Around) -> Result<Self> {
        let home = around.sites.iter().find(|s| Some(s.id) == row.home_site_id);
        Ok(Self {
            id: row.code.clone(),
            services: if row.issues_cards {
                vec![Service::Account, Service::Card]
            } else {
                vec![Service::Account]
            },
            home: home.map(|s| s.code.clone()),
            rate_hundredths: uint(row.rate_hundredths),
            calendar: from_json(&row.calendar)?,
            out: from_json(&row.out)?,
        })
    }

    fn write(&self, row: &mut Self::Row, around: &Around) -> Result<()> {
        row.home_site_id = match &self.home {
            None => None,
            Some(code) => {
                let site = around.sites.iter().find(|s| s.code == *code);
                Some(site.ok_or(Error::NotFound("site"))?.id)
            }
        };
        row.issues_cards = self.services.contains(&Service::Card);
        row.rate_hundredths = int(self.rate_hundredths);
        row.calendar = to_json(&self.calendar)?;
        row.out = to_json(&self.out)?;
        Ok(())
    }

    fn of(instance: &mut Instance) -> &mut Vec<Self> {
        &mut instance.machines
    }
}

impl Kind for Shift {
    const NOUN: &'static str = "shift";
    const LIST: &'static str = "shifts";
    const PUBLIC: bool = true;
    const MOST: usize = luot_planner::limits::SHIFTS;

    stored!(shifts, shift, |_| None);

    fn blank(new: Blank) -> Self::Row {
        shift::Model {
            id: new.id,
            created_at: new.now,
            campaign_id: new.campaign,
            code: new.code,
            name: new.name,
            position: new.position,
            starts: chrono::NaiveTime::MIN,
            ends: chrono::NaiveTime::MIN,
            records: 0,
            retired_at: None,
            version: 1,
            updated_at: new.now,
        }
    }

    fn read(row: &Self::Row, _: &Around) -> Result<Self> {
        Ok(Self {
            id: row.code.clone(),
            start: row.starts,
            end: row.ends,
            records: uint(row.records),
        })
    }

    fn write(&self, row: &mut Self::Row, _: &Around) -> Result<()> {
        row.starts = self.start;
        row.ends = self.end;
        row.records = int(self.records);
        Ok(())
    }

    fn of(instance: &mut Instance) -> &mut Vec<Self> {
        &mut instance.shifts
    }

    /// Shifts stand in the order of the day.
    fn arrange(rows: &mut [Self::Row]) {
        rows.sort_by_key(|row| (row.starts, row.position));
        for (row, position) in rows.iter_mut().zip(0..) {
            row.position = position;
        }
    }
}

impl Kind for Cohort {
    const NOUN: &'static str = "cohort";
    const LIST: &'static str = "cohorts";
    const PUBLIC: bool = true;
    const MOST: usize = luot_planner::limits::COHORTS;

    stored!(cohorts, cohort, |row| row.unit_id);

    /// People left over of a class are of it: they have no place that is not its.
    async fn retire_along(tx: &Tx, row: &Self::Row, now: Instant) -> Stored<Vec<Uuid>> {
        parts::retire_left_over(tx, row.id, now).await
    }

    fn blank(new: Blank) -> Self::Row {
        cohort::Model {
            id: new.id,
            created_at: new.now,
            campaign_id: new.campaign,
            unit_id: None,
            service_id: Uuid::nil(),
            code: new.code,
            name: new.name,
            position: new.position,
            people: 0,
            sites: json!([]),
            whole: false,
            due_on: None,
            weight: 1,
            calendar: json!({}),
            left_of_id: None,
            retired_at: None,
            version: 1,
            updated_at: new.now,
        }
    }

    fn read(row: &Self::Row, around: &Around) -> Result<Self> {
        let service = around.services.iter().find(|s| s.id == row.service_id);
        Ok(Self {
            id: row.code.clone(),
            people: uint(row.people),
            service: if service.is_some_and(|s| s.issues_card) {
                Service::Card
            } else {
                Service::Account
            },
            sites: from_json(&row.sites)?,
            whole: row.whole,
            due: row.due_on,
            weight: uint(row.weight),
            calendar: from_json(&row.calendar)?,
        })
    }

    fn write(&self, row: &mut Self::Row, around: &Around) -> Result<()> {
        let code = match self.service {
            Service::Account => ACCOUNT,
            Service::Card => CARD,
        };
        let service = around.services.iter().find(|s| s.code == code);
        row.service_id = service.ok_or(Error::NotFound("service"))?.id;
        row.people = int(self.people);
        row.sites = to_json(&self.sites)?;
        row.whole = self.whole;
        row.due_on = self.due;
        row.weight = int(self.weight);
        row.calendar = to_json(&self.calendar)?;
        Ok(())
    }

    fn of(instance: &mut Instance) -> &mut Vec<Self> {
        &mut instance.cohorts
    }

    async fn keep_served(
        &mut self,
        app: &App,
        tx: &Tx,
        campaign: Uuid,
        row: &Self::Row,
    ) -> Result<()> {
        if uint(row.people) == self.people && row.whole == self.whole {
            return Ok(());
        }
        let now = app.clock.now();
        let campaign = instances::load(tx, campaign).await?;
        if let Some(mut served) = Served::load(tx, &campaign, now).await? {
            served.settle(tx, self, row, now).await?;
        }
        Ok(())
    }
}

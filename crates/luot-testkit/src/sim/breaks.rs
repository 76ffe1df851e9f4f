//! Machines break down: for days to come, and in the middle of a session. It is reported, and
//! the first answer is published.

use chrono::Days;
use luot_app::disruptions::{Bound, Report, What};

use super::PROPOSAL_STEPS;
use super::checks::at;
use super::crash::Kind;
use super::town::said;
use super::world::{Event, World};

impl World {
    /// A machine is out from the day after tomorrow on, for one day or two.
    pub async fn breakdown(&mut self) {
        let from = self.now().date_naive() + Days::new(1 + self.dice.roll(2) as u64);
        let to = from + Days::new(self.dice.roll(2) as u64);
        let machine = self.dice.roll(2);
        self.report.breakdowns += 1;
        self.is_out(machine, Bound::Day(from), Bound::Day(to)).await;
    }

    /// A machine stops in a session's midst, perhaps with somebody at it. Its officer closes
    /// the station, or runs for help and the station falls silent; who was called there is in
    /// the line again.
    pub async fn breaks(&mut self, hall: usize, n: usize) {
        if !self.halls[hall].works[n] || !self.is_open(hall).await {
            return;
        }
        self.halls[hall].works[n] = false;
        self.halls[hall].at_work.remove(&n);
        self.rests(hall, n);
        self.report.broke_on_the_day += 1;
        let (now, ends_at) = (self.now(), self.halls[hall].ends_at);
        self.halls[hall].broke_at = Some(now);
        if let Some(station) = self.halls[hall].stations[n]
            && self.dice.happens(0.5)
        {
            self.closes(hall, n, station).await;
        }
        self.is_out(n, Bound::At(now), Bound::At(ends_at)).await;
    }

    /// A station is closed for good.
    pub async fn closes(&mut self, hall: usize, n: usize, station: uuid::Uuid) {
        let staff = self.staff.clone();
        let closed = self
            .repeats(Kind::Station, async |app| {
                let closed = app.close_station(&staff, station).await;
                closed.map(|s| s.state).map_err(|e| e.to_string())
            })
            .await;
        match closed {
            Ok(state) if state == "closed" => self.halls[hall].stations[n] = None,
            other => self.fail(&Event::Breaks(hall, n), &format!("{other:?}")),
        }
    }

    /// A machine is out: reported, and the first answer published; or, where there is none,
    /// a plan is made.
    async fn is_out(&mut self, machine: usize, from: Bound, to: Bound) {
        let report = Report {
            what: What::MachineOut {
                machine: ["may-1", "may-2"][machine].into(),
                from,
                to,
            },
            reason: "broken".into(),
        };
        let (staff, once, campaign) = (self.staff.clone(), self.once("broken"), self.campaign);
        let told = self
            .repeats(Kind::Report, async |app| {
                let told = app
                    .report_disruption(&staff, Some(&once), campaign, &report)
                    .await;
                told.map(|d| d.proposals.iter().map(|p| p.plan_id).collect::<Vec<_>>())
                    .map_err(said)
            })
            .await;
        let done = match told {
            Ok(proposals) if !proposals.is_empty() => {
                let (plan, once) = (proposals[0], self.once("publish"));
                let done = self
                    .repeats(Kind::Publishing, async |app| {
                        let done = app.publish_plan(&staff, Some(&once), plan, None).await;
                        done.map(|p| (p.kept, p.moved, p.displaced, p.restored))
                            .map_err(said)
                    })
                    .await;
                match done {
                    Ok(done) => done,
                    Err(why) => self.fail(&Event::Breakdown, &why),
                }
            }
            // The server died while it looked, or there was nothing to propose: a plan is made.
            Ok(_) => self.plans_anew().await,
            Err(why) if why == "InProgress" => self.plans_anew().await,
            Err(why) => self.fail(&Event::Breakdown, &why),
        };
        self.report.proposals += 1;
        let (_, moved, displaced, _) = done;
        self.report.displaced += displaced;
        self.report.moved_along += moved;
        self.note(&format!("published {done:?}"));
        // Who is left over of a class is counted apart, and nobody twice or no longer.
        let sql = "SELECT sum(people) FROM cohort";
        let people: Vec<i64> = self.checks.list(sql, Vec::new()).await;
        if people != [i64::from(self.plan.pupils())] {
            self.fail(&Event::Breakdown, &format!("there are {people:?} pupils"));
        }
        self.read_sessions().await;
    }

    async fn plans_anew(&mut self) -> (usize, usize, usize, usize) {
        let campaign = self.campaign.to_string();
        let kit = self.kit.clone();
        let done = kit.plans_and_publishes(&campaign, PROPOSAL_STEPS).await;
        let count = |name: &str| {
            let count = done[name].as_u64().unwrap_or(0);
            usize::try_from(count).expect("few")
        };
        (
            count("kept"),
            count("moved"),
            count("displaced"),
            count("restored"),
        )
    }

    /// Whether a session is still held.
    pub async fn is_open(&self, hall: usize) -> bool {
        let sql = "SELECT state FROM session WHERE id = ?";
        let values = vec![self.halls[hall].id.into()];
        let state: Vec<String> = self.checks.list(sql, values).await;
        state.first().is_some_and(|state| state == "open")
    }

    /// Which of the two machines a session has by its plan.
    pub async fn planned(&self, hall: usize) -> Vec<bool> {
        let sql = "SELECT machines FROM session WHERE id = ?";
        let values = vec![self.halls[hall].id.into()];
        let rows = self.checks.rows(sql, values).await;
        let machines: serde_json::Value = rows.first().map(|row| at(row, 0)).unwrap_or_default();
        let is_there = |code: &str| {
            let mut machines = machines.as_array().into_iter().flatten();
            machines.any(|m| m["machine"] == code)
        };
        vec![is_there("may-1"), is_there("may-2")]
    }
}

//! Stations: a machine with its operator, for one session.

use std::collections::HashMap;

use luot_domain::finding::Note;
use luot_store::calls::{self, Call, Station};
use luot_store::entities::machine;
use luot_store::parts::machines;
use luot_store::{Instant, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::act::give_back;
use super::day::Day;
use super::held::Held;
use crate::authz::{Action, Actor};
use crate::error::{Error, Forbidden, Invalid, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::trail::did;
use crate::{App, limits, new_id};

/// A station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationView {
    /// Its id.
    pub id: Uuid,
    /// The session.
    pub session_id: Uuid,
    /// The number that people are called to.
    pub number: i32,
    /// The machine's code.
    pub machine: Option<String>,
    /// Whether it issues cards.
    pub issues_cards: bool,
    /// What it does: free, called, serving, closed.
    pub state: String,
    /// The call it is busy with.
    pub call_id: Option<Uuid>,
    /// When it opened.
    pub opened_at: Instant,
    /// When it closed.
    pub closed_at: Option<Instant>,
}

/// Stations with what they do.
pub(super) async fn stations_of(
    tx: &Tx,
    stations: &[Station],
    live: &[Call],
) -> Result<Vec<StationView>> {
    let machines: Vec<Uuid> = stations.iter().filter_map(|s| s.machine_id).collect();
    let codes: HashMap<Uuid, String> = calls::list_machine_codes(tx, &machines)
        .await?
        .into_iter()
        .collect();
    let view = |station: &Station| {
        let call = live.iter().find(|c| c.station_id == station.id);
        StationView {
            id: station.id,
            session_id: station.session_id,
            number: station.number,
            machine: station.machine_id.and_then(|id| codes.get(&id).cloned()),
            issues_cards: station.issues_cards,
            state: match (station.closed_at, call) {
                (Some(_), _) => "closed".into(),
                (None, Some(call)) => call.state.clone(),
                (None, None) => "free".into(),
            },
            call_id: call.map(|c| c.id),
            opened_at: station.created_at,
            closed_at: station.closed_at,
        }
    };
    Ok(stations.iter().map(view).collect())
}

impl App {
    /// Opens a station at a session, with the machine of that id or code; without one, with
    /// the first of the session's machines that is not at work there.
    ///
    /// # Errors
    /// For who may not; [`Error::Invalid`] for an unknown machine, [`Error::State`] for one
    /// that is at work, or when it is not the session's day.
    pub async fn open_station(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        session: Uuid,
        named: Option<&str>,
    ) -> Result<StationView> {
        let (view, moved) = self
            .store
            .write(async |tx| {
                let day = Day::load(self, tx, session).await?;
                actor.require(Action::Serve, day.place())?;
                let at = self.clock.now();
                if let Some(first) = replayed::<StationView>(tx, once, at).await? {
                    return Ok((first, None));
                }
                day.must_be_now()?;
                let mut held = Held::hold(tx, &day).await?;
                held.must_be_open()?;
                let there = calls::list_stations(tx, session).await?;
                let machine = choose(tx, &day, &there, named).await?;
                let number = there.iter().map(|s| s.number).max().unwrap_or(0) + 1;
                if there.iter().filter(|s| s.closed_at.is_none()).count() >= limits::STATIONS_MOST {
                    return Err(Error::State(Forbidden::MachineTaken));
                }
                let row = Station {
                    id: new_id(),
                    created_at: day.now,
                    campaign_id: day.campaign(),
                    session_id: session,
                    machine_id: Some(machine.id),
                    opened_by_id: actor.staff_id(),
                    number,
                    issues_cards: machine.issues_cards,
                    closed_at: None,
                };
                calls::insert_station(tx, row.clone()).await?;
                held.tell(json!({ "station": number, "state": "open" }));
                let trail = did(
                    at,
                    day.campaign(),
                    actor.staff_id(),
                    "station.open",
                    json!({ "ids": [row.id] }),
                );
                luot_store::audit::record(tx, vec![trail]).await?;
                let view = stations_of(tx, &[row], &[])
                    .await?
                    .pop()
                    .ok_or_else(|| Error::Bug("no station".into()))?;
                keep(tx, once, &view, at).await?;
                Ok((view, Some(held.done_with().await?)))
            })
            .await?;
        self.settle(moved).await;
        Ok(view)
    }

    /// The stations of a session, closed ones too.
    ///
    /// # Errors
    /// For who may not; [`Error::NotFound`].
    pub async fn list_stations(&self, actor: &Actor, session: Uuid) -> Result<Vec<StationView>> {
        self.store
            .read(async |tx| {
                let day = Day::load(self, tx, session).await?;
                actor.require(Action::CheckIn, day.place())?;
                let stations = calls::list_stations(tx, session).await?;
                let live = calls::list_live(tx, session).await?;
                stations_of(tx, &stations, &live).await
            })
            .await
    }

    /// Closes a station; whoever was called to it is in the line again, where they were.
    /// One that is closed stays so.
    ///
    /// # Errors
    /// For who may not; [`Error::NotFound`].
    pub async fn close_station(&self, actor: &Actor, id: Uuid) -> Result<StationView> {
        let (view, moved) = self
            .store
            .write(async |tx| {
                let row = calls::find_station(tx, id)
                    .await?
                    .ok_or(Error::NotFound("station"))?;
                let day = Day::load(self, tx, row.session_id).await?;
                actor.require(Action::Serve, day.place())?;
                let mut moved = None;
                if row.closed_at.is_none() {
                    let mut held = Held::hold(tx, &day).await?;
                    if let Some(call) = calls::find_of_station(tx, id).await? {
                        give_back(&mut held, call, row.number).await?;
                    }
                    calls::close_station(tx, id, day.now).await?;
                    held.tell(json!({ "station": row.number, "state": "closed" }));
                    let trail = did(
                        self.clock.now(),
                        day.campaign(),
                        actor.staff_id(),
                        "station.close",
                        json!({ "ids": [id] }),
                    );
                    luot_store::audit::record(tx, vec![trail]).await?;
                    moved = Some(held.done_with().await?);
                }
                let row = calls::find_station(tx, id).await?;
                let view = stations_of(tx, &row.into_iter().collect::<Vec<_>>(), &[])
                    .await?
                    .pop()
                    .ok_or(Error::NotFound("station"))?;
                Ok::<_, Error>((view, moved))
            })
            .await?;
        self.settle(moved).await;
        Ok(view)
    }
}

/// The machine that was named, or the first planned one that is not at work here.
async fn choose(
    tx: &Tx,
    day: &Day,
    there: &[Station],
    named: Option<&str>,
) -> Result<machine::Model> {
    let all = machines::list(tx, day.campaign()).await?;
    let busy = |machine: &machine::Model| {
        there
            .iter()
            .any(|s| s.closed_at.is_none() && s.machine_id == Some(machine.id))
    };
    if let Some(named) = named {
        let id = Uuid::parse_str(named).ok();
        let machine = all
            .into_iter()
            .find(|m| Some(m.id) == id || m.code == named)
            .ok_or_else(unknown_machine)?;
        return if busy(&machine) {
            Err(Error::State(Forbidden::MachineTaken))
        } else {
            Ok(machine)
        };
    }
    let planned = |machine: &machine::Model| {
        day.session.machines.as_array().is_some_and(|list| {
            list.iter()
                .any(|m| m["machine"].as_str() == Some(machine.code.as_str()))
        })
    };
    all.into_iter()
        .find(|m| planned(m) && !busy(m))
        .ok_or(Error::State(Forbidden::MachineTaken))
}

fn unknown_machine() -> Error {
    Error::Invalid(
        Invalid::Input,
        vec![Note::new(
            "/machine",
            "unknown-machine",
            "there is no such machine in this campaign",
            "đợt này không có máy đó",
        )],
    )
}

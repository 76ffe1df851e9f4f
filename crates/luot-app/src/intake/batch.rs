//! One transaction for many requests.

use std::collections::{BTreeMap, HashMap};

use luot_domain::appointment::State;
use luot_domain::booking::{Asked, Decision, Facts, Mover, Refusal, decide, decide_move};
use luot_store::answers::{self, FirstAnswer};
use luot_store::appointments::{self, Appointment, Change};
use luot_store::entities::{booking, person};
use luot_store::facts::{self, Wanted};
use luot_store::pools::{self, Changes};
use luot_store::{Instant, Tx, Work, people};
use serde_json::json;
use uuid::Uuid;

use super::orders::{BookOrder, MoveOrder, Order};
use super::{Desk, Error, Result};
use crate::appointments::{Booked, BookedOne};
use crate::authz::Action;
use crate::keys::Place;
use crate::trail::{did, message};

/// Decides and writes a batch; an answer for each, in order.
pub(super) async fn run(desk: &Desk, orders: &[Order]) -> Result<Vec<Result<Booked>>> {
    desk.store.write_work(&Orders { desk, orders }).await
}

struct Orders<'a> {
    desk: &'a Desk,
    orders: &'a [Order],
}

impl Work for Orders<'_> {
    type Done = Vec<Result<Booked>>;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Self::Done> {
        let now = self.desk.clock.now();
        let mut batch = Batch::load(self.desk, tx, self.orders, now).await?;
        let answers = self.orders.iter().map(|o| batch.serve(o)).collect();
        batch.write(tx).await?;
        Ok(answers)
    }
}

/// The facts of a batch, and what is to be written.
struct Batch {
    now: Instant,
    facts: Facts,
    first: HashMap<Uuid, FirstAnswer>,
    movers: HashMap<String, (Appointment, Mover)>,
    places: Changes,
    persons: Vec<person::Model>,
    bookings: Vec<booking::Model>,
    appointments: Vec<Appointment>,
    moved: Vec<Change>,
    answers: Vec<FirstAnswer>,
    done: BTreeMap<(Uuid, Option<Uuid>, &'static str), Vec<Uuid>>,
}

impl Batch {
    async fn load(desk: &Desk, tx: &Tx, orders: &[Order], now: Instant) -> Result<Self> {
        let keys: Vec<Uuid> = orders
            .iter()
            .filter_map(Order::once)
            .map(|o| o.id())
            .collect();
        let first = answers::find(tx, &keys, now).await?;
        let mut wanted = Wanted::default();
        let mut codes = Vec::new();
        for order in orders {
            match order {
                Order::Book(order) => {
                    wanted.windows.insert(order.window_id);
                    for person in &order.persons {
                        wanted.keys.insert(person.asked.key.clone());
                        wanted.cohorts.extend(person.asked.cohort_id);
                    }
                }
                Order::Move(order) => {
                    wanted.windows.insert(order.window_id);
                    codes.push(order.code.clone());
                }
            }
        }
        let movers = movers(desk, tx, &codes, &mut wanted).await?;
        Ok(Self {
            now,
            facts: facts::load(tx, &wanted, now).await?,
            first,
            movers,
            places: Changes::new(),
            persons: Vec::new(),
            bookings: Vec::new(),
            appointments: Vec::new(),
            moved: Vec::new(),
            answers: Vec::new(),
            done: BTreeMap::new(),
        })
    }

    fn serve(&mut self, order: &Order) -> Result<Booked> {
        if let Some(once) = order.once()
            && let Some(first) = self.first.get(&once.id())
        {
            return once.replay(first);
        }
        let booked = match order {
            Order::Book(order) => self.book(order)?,
            Order::Move(order) => self.relocate(order)?,
        };
        if let Some(once) = order.once() {
            let row = once.row(&booked, self.now)?;
            self.first.insert(row.id, row.clone());
            self.answers.push(row);
        }
        Ok(booked)
    }

    fn book(&mut self, order: &BookOrder) -> Result<Booked> {
        let campaign_id = self.campaign_of(order.window_id)?;
        let asked = Asked {
            window_id: order.window_id,
            persons: order.persons.iter().map(|p| p.asked.clone()).collect(),
            by_staff: order.actor.may(Action::Vouch, Some(campaign_id)),
        };
        let decision = decide(&self.facts, &asked)?;
        self.facts.note(campaign_id, &decision);
        let booking_id = order.booking.id;
        let mut booked = Booked {
            booking_id,
            campaign_id,
            window_id: order.window_id,
            appointments: Vec::new(),
        };
        for (given, person) in decision.given.iter().zip(&order.persons) {
            self.take(given.pool_id, 1, given.needs_card);
            if given.person_is_new {
                self.persons.push(person::Model {
                    campaign_id,
                    ..person.row.clone()
                });
            }
            self.appointments.push(Appointment {
                id: given.appointment_id,
                created_at: self.now,
                campaign_id,
                booking_id,
                person_id: given.person_id,
                service_id: given.service_id,
                cohort_id: given.cohort_id,
                slot_id: order.window_id,
                pool_id: given.pool_id,
                code: person.code.clone(),
                needs_card: given.needs_card,
                state: State::Booked.as_str().into(),
                moves: 0,
                version: 1,
                updated_at: self.now,
            });
            booked.appointments.push(BookedOne {
                id: given.appointment_id,
                code: person.code.clone(),
                needs_card: given.needs_card,
                cohort_id: given.cohort_id,
            });
        }
        self.bookings.push(booking::Model {
            campaign_id,
            created_at: self.now,
            ..order.booking.clone()
        });
        self.done
            .entry((campaign_id, order.staff_id, "appointment.book"))
            .or_default()
            .push(booking_id);
        Ok(booked)
    }

    fn relocate(&mut self, order: &MoveOrder) -> Result<Booked> {
        let (row, mover) = self
            .movers
            .get(&order.code)
            .cloned()
            .ok_or(Error::NotFound("appointment"))?;
        let state = State::read(&row.state).ok_or_else(|| Error::Bug("unknown state".into()))?;
        if !state.may_change() {
            return Err(Refusal::StateForbids(state.as_str()).into());
        }
        let decision: Decision = decide_move(&self.facts, &mover, order.window_id)?;
        let given = decision
            .given
            .first()
            .cloned()
            .ok_or_else(|| Error::Bug("a move without a place".into()))?;
        self.facts.note(row.campaign_id, &decision);
        self.take(given.pool_id, 1, given.needs_card);
        if mover.has_place {
            self.facts.release(row.slot_id, row.pool_id, row.needs_card);
            self.take(row.pool_id, -1, row.needs_card);
        }
        self.moved.push(Change {
            id: row.id,
            version: row.version,
            state: State::Booked.as_str(),
            place: Some((order.window_id, given.pool_id)),
            moved: true,
        });
        let booked = Booked {
            booking_id: row.booking_id,
            campaign_id: row.campaign_id,
            window_id: order.window_id,
            appointments: vec![BookedOne {
                id: row.id,
                code: row.code.clone(),
                needs_card: row.needs_card,
                cohort_id: row.cohort_id,
            }],
        };
        self.done
            .entry((row.campaign_id, order.staff_id, "appointment.move"))
            .or_default()
            .push(row.id);
        // The next of this batch sees it where it is now.
        let now_at = Appointment {
            slot_id: order.window_id,
            pool_id: given.pool_id,
            state: State::Booked.as_str().into(),
            version: row.version + 1,
            ..row
        };
        let mover = Mover {
            window_id: order.window_id,
            has_place: true,
            ..mover
        };
        self.movers.insert(order.code.clone(), (now_at, mover));
        Ok(booked)
    }

    fn campaign_of(&self, window: Uuid) -> Result<Uuid> {
        let window = self.facts.windows.get(&window);
        window
            .map(|w| w.campaign_id)
            .ok_or_else(|| Refusal::WindowUnknown.into())
    }

    fn take(&mut self, pool: Uuid, people: i32, needs_card: bool) {
        let change = self.places.entry(pool).or_default();
        change.0 += people;
        change.1 += if needs_card { people } else { 0 };
    }

    /// Places first: it is there that this batch meets others.
    async fn write(mut self, tx: &Tx) -> Result<()> {
        self.places.retain(|_, change| *change != (0, 0));
        pools::take(tx, &self.places).await?;
        people::insert(tx, self.persons).await?;
        appointments::insert(tx, self.bookings, self.appointments).await?;
        for change in &self.moved {
            appointments::change(tx, change, self.now).await?;
        }
        answers::insert(tx, self.answers).await?;
        let mut trail = Vec::new();
        let mut messages = Vec::new();
        for ((campaign, staff_id, action), ids) in self.done {
            trail.push(did(
                self.now,
                campaign,
                staff_id,
                action,
                json!({ "ids": ids }),
            ));
            messages.push(message(self.now, campaign, action, json!({ "ids": ids })));
        }
        luot_store::audit::record(tx, trail).await?;
        luot_store::audit::post(tx, messages).await?;
        Ok(())
    }
}

/// The appointments that are to move, with what the rules ask about them. Adds to `wanted`
/// the windows they are in and the people they are of.
async fn movers(
    desk: &Desk,
    tx: &Tx,
    codes: &[String],
    wanted: &mut Wanted,
) -> Result<HashMap<String, (Appointment, Mover)>> {
    let rows = appointments::find_by_codes(tx, codes).await?;
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = rows.values().map(|a| a.person_id).collect();
    let persons: HashMap<Uuid, person::Model> = people::list(tx, &ids)
        .await?
        .into_iter()
        .map(|p| (p.id, p))
        .collect();
    let mut movers = HashMap::new();
    for (code, row) in rows {
        let Some(person) = persons.get(&row.person_id) else {
            continue;
        };
        let place = Place {
            column: "person.birth_date",
            row: person.id,
        };
        let birth = person
            .birth_date_sealed
            .as_ref()
            .and_then(|sealed| desk.keys.open(place, sealed).ok())
            .and_then(|text| text.parse().ok());
        wanted.windows.insert(row.slot_id);
        wanted.keys.insert(person.person_key.clone());
        let state = State::read(&row.state);
        let mover = Mover {
            appointment_id: row.id,
            person_id: row.person_id,
            key: person.person_key.clone(),
            birth,
            service_id: row.service_id,
            campaign_id: row.campaign_id,
            cohort_id: row.cohort_id,
            window_id: row.slot_id,
            has_place: state.is_some_and(State::takes_a_place),
        };
        movers.insert(code, (row, mover));
    }
    Ok(movers)
}

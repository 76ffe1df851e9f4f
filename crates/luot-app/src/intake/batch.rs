//! One transaction for many requests.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use luot_domain::appointment::State;
use luot_domain::booking::{
    Asked, Decision, Facts, Kept, Kind, Mover, Refusal, decide, decide_move, gather,
};
use luot_store::answers::{self, FirstAnswer};
use luot_store::appointments::{self, Appointment, Change};
use luot_store::entities::{booking, consent, person};
use luot_store::facts::Wanted;
use luot_store::holds::{self, NewHold};
use luot_store::pools::{self, Changes};
use luot_store::{Instant, Tx, Work, people};
use serde_json::json;
use uuid::Uuid;

use super::aside::{Patience, offer_later};
use super::before::LookedUp;
use super::lane::Turn;
use super::movers::movers;
use super::orders::{BookOrder, MoveOrder, NewPerson, Order, Wanted as WantedPlaces};
use super::{Desk, Error, Result, Served};
use crate::appointments::{Booked, BookedOne, given_by};
use crate::trail::{Asker, Doer, Done, did_together, message};
use crate::waitlist::{self, Cooled, Freed};
use crate::{claims, new_id};

/// What comes of an order.
pub(super) enum Came {
    /// It is answered.
    Answered(Result<Served>),
    /// Nothing yet: somebody changes its campaign.
    Aside(Uuid),
}

/// Decides and writes a batch; what comes of each, in order. The turn is passed on once it
/// is decided.
///
/// What came free is offered before anybody is answered, see [`waitlist::offer`]; but nobody
/// waits for a campaign that somebody changes.
pub(super) async fn run(
    desk: &Desk,
    orders: &[Order],
    turn: &Turn,
    patience: Patience,
) -> Result<Vec<Came>> {
    let take = Take(Orders { desk, orders }, turn, patience);
    let (answers, cooled) = match patience {
        Patience::SetsAside => desk.store.write_batch(&take).await?,
        Patience::Waits => desk.store.write_work(&take).await?,
    };
    let (keys, clock) = (&desk.keys, &*desk.clock);
    let later = waitlist::offer_at_once(&desk.store, keys, clock, cooled).await;
    if !later.is_empty() {
        offer_later(desk, later);
    }
    Ok(answers)
}

/// The answers of those orders, from the first on, that take no place: refusals, and answers
/// given before. Where one would take places it ends, for what comes after depends on that.
pub(super) async fn look(desk: &Desk, orders: &[Order]) -> Result<Vec<Result<Served>>> {
    desk.store.read_work(&Look(Orders { desk, orders })).await
}

struct Look<'a>(Orders<'a>);

impl Work for Look<'_> {
    type Done = Vec<Result<Served>>;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Self::Done> {
        let Orders { desk, orders } = self.0;
        let now = desk.clock.now();
        let mut batch = Batch::load(desk, tx, orders, now, Patience::Waits).await?;
        batch.look_up(tx, orders, LookedUp::Some).await?;
        let mut all = Vec::with_capacity(orders.len());
        for order in orders {
            let answer = batch.serve(order);
            if batch.takes_places() {
                break;
            }
            all.push(Came::Answered(answer));
        }
        batch.recall(tx, orders, &mut all).await?;
        let answered = |came| match came {
            Came::Answered(answer) => Some(answer),
            Came::Aside(_) => None,
        };
        Ok(all.into_iter().map_while(answered).collect())
    }
}

#[derive(Clone, Copy)]
struct Orders<'a> {
    desk: &'a Desk,
    orders: &'a [Order],
}

struct Take<'a>(Orders<'a>, &'a Turn, Patience);

impl Work for Take<'_> {
    type Done = (Vec<Came>, Vec<Cooled>);
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Self::Done> {
        let Self(Orders { desk, orders }, turn, patience) = *self;
        let now = desk.clock.now();
        let mut batch = Batch::load(desk, tx, orders, now, patience).await?;
        let who = match tx.is_again() {
            true => LookedUp::All,
            false => LookedUp::Some,
        };
        batch.look_up(tx, orders, who).await?;
        let mut all: Vec<Came> = orders.iter().map(|o| batch.come(o)).collect();
        turn.pass();
        batch.recall(tx, orders, &mut all).await?;
        let cooled = batch.write(desk, tx).await?;
        Ok((all, cooled))
    }
}

/// The facts of a batch, and what is to be written.
pub(super) struct Batch {
    pub(super) now: Instant,
    pub(super) facts: Facts,
    /// Campaigns that somebody changes just now: the facts about them are none.
    pub(super) changing: BTreeSet<Uuid>,
    pub(super) first: HashMap<Uuid, FirstAnswer>,
    pub(super) movers: HashMap<String, (Appointment, Mover)>,
    places: Changes,
    pub(super) holds: Vec<NewHold>,
    pub(super) used: Vec<Uuid>,
    pub(super) served: Vec<Uuid>,
    pub(super) freed: Vec<Freed>,
    persons: Vec<person::Model>,
    bookings: Vec<booking::Model>,
    consents: Vec<consent::Model>,
    appointments: Vec<Appointment>,
    pub(super) moved: Vec<Change>,
    answers: Vec<FirstAnswer>,
    pub(super) done: BTreeMap<(Uuid, Doer, &'static str), Vec<Done>>,
}

impl Batch {
    async fn load(
        desk: &Desk,
        tx: &Tx,
        orders: &[Order],
        now: Instant,
        patience: Patience,
    ) -> Result<Self> {
        let mut wanted = Wanted::default();
        let mut codes = Vec::new();
        for order in orders {
            match order {
                Order::Book(order) => {
                    let at = match order.wanted {
                        WantedPlaces::Window(id) => {
                            wanted.windows.insert(id);
                            id
                        }
                        WantedPlaces::Hold(id) | WantedPlaces::Offer(id) => {
                            wanted.holds.insert(id);
                            id
                        }
                    };
                    for person in &order.persons {
                        wanted.keys.insert((at, person.asked.key.clone()));
                        wanted.cohorts.extend(person.asked.cohort_id);
                    }
                }
                Order::Move(order) => {
                    wanted.windows.insert(order.window_id);
                    codes.push(order.code.clone());
                }
                Order::Hold(order) => {
                    wanted.windows.insert(order.window_id);
                    wanted.cohorts.extend(order.cohort_id);
                    wanted.phones.extend(order.phone.clone());
                    wanted.addresses.extend(order.address.clone());
                }
                Order::Claim(order) => {
                    wanted.holds.insert(order.hold_id);
                    codes.extend(order.codes.iter().cloned());
                }
            }
        }
        let movers = movers(&desk.keys, tx, &codes, &mut wanted).await?;
        let (mut facts, changing) = patience.load(tx, &wanted, now).await?;
        claims::complete(&desk.keys, tx, &mut facts).await?;
        Ok(Self {
            now,
            facts,
            changing,
            first: HashMap::new(),
            movers,
            places: Changes::new(),
            holds: Vec::new(),
            used: Vec::new(),
            served: Vec::new(),
            freed: Vec::new(),
            persons: Vec::new(),
            bookings: Vec::new(),
            consents: Vec::new(),
            appointments: Vec::new(),
            moved: Vec::new(),
            answers: Vec::new(),
            done: BTreeMap::new(),
        })
    }

    pub(super) fn serve(&mut self, order: &Order) -> Result<Served> {
        if let Some(first) = self.before(order) {
            return first;
        }
        let served = match order {
            Order::Book(order) => self.book(order).map(Served::Booked)?,
            Order::Move(order) => self.relocate(order).map(Served::Booked)?,
            Order::Hold(order) => self.hold(order).map(Served::Held)?,
            Order::Claim(order) => self.claim(order).map(Served::Booked)?,
        };
        if let Some(once) = order.once() {
            let row = match &served {
                Served::Booked(booked) => once.row(booked, self.now)?,
                Served::Held(held) => once.row(held, self.now)?,
            };
            self.first.insert(row.id, row.clone());
            self.answers.push(row);
        }
        Ok(served)
    }

    fn book(&mut self, order: &BookOrder) -> Result<Booked> {
        let (window_id, hold) = match order.wanted {
            WantedPlaces::Window(id) => (id, None),
            WantedPlaces::Hold(id) => {
                let hold = self.good_hold(id, Kind::Form)?;
                (hold.window_id, Some(hold))
            }
            WantedPlaces::Offer(id) => {
                let hold = self.good_hold(id, Kind::Offer)?;
                (hold.window_id, Some(hold))
            }
        };
        let campaign_id = self.campaign_of(window_id)?;
        let mut persons: Vec<&NewPerson> = order.persons.iter().collect();
        let kept: &[Kept] = hold.as_ref().map_or(&[], |h| &h.places);
        self.facts.count(window_id, kept, -1);
        let decision = loop {
            let asked = Asked {
                window_id,
                persons: persons.iter().map(|p| p.asked.clone()).collect(),
                by_staff: order.vouched,
                consent: order.agreed,
            };
            match decide(&self.facts, &asked) {
                Ok(decision) => break decision,
                // Of a party that was offered places, who has found one since needs none.
                Err(Refusal::AlreadyBooked(who))
                    if matches!(order.wanted, WantedPlaces::Offer(_))
                        && who.len() < persons.len() =>
                {
                    for i in who.into_iter().rev() {
                        persons.remove(i);
                    }
                }
                Err(refusal) => {
                    // The hold is as good as it was.
                    self.facts.count(window_id, kept, 1);
                    return Err(refusal.into());
                }
            }
        };
        self.facts.note(campaign_id, &decision);
        if let Some(hold) = hold {
            self.use_up(&hold, &decision);
        }
        let booking_id = order.booking.id;
        let mut booked = Booked {
            booking_id,
            campaign_id,
            window_id,
            appointments: Vec::new(),
        };
        for (given, person) in decision.given.iter().zip(persons) {
            self.take(given.pool_id, 1, given.needs_card);
            if given.person_is_new {
                self.persons.push(person::Model {
                    campaign_id,
                    ..person.row.clone()
                });
            }
            if let Some(text) = &order.consent {
                self.consents.push(consent::Model {
                    id: new_id(),
                    created_at: self.now,
                    person_id: given.person_id,
                    text_version: text.clone(),
                    given_by: given_by(order.asker.doer.parent_id()).into(),
                    given_at: self.now,
                    withdrawn_at: None,
                    parent_id: order.asker.doer.parent_id(),
                    channel: Some("booking".into()),
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
                slot_id: window_id,
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
        // Who waited has its booking since it joined.
        if !matches!(order.wanted, WantedPlaces::Offer(_)) {
            self.bookings.push(booking::Model {
                campaign_id,
                created_at: self.now,
                ..order.booking.clone()
            });
        }
        self.note(campaign_id, &order.asker, "appointment.book", booking_id);
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
            self.freed.push(Freed {
                campaign_id: row.campaign_id,
                window_id: row.slot_id,
                places: gather([(row.pool_id, row.needs_card)]),
            });
        }
        self.moved.push(Change {
            id: row.id,
            version: row.version,
            state: State::Booked.as_str(),
            place: Some((order.window_id, given.pool_id)),
            moved: false,
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
        self.note(row.campaign_id, &order.asker, "appointment.move", row.id);
        self.now_in(row, mover, order.window_id, given.pool_id);
        Ok(booked)
    }

    /// The next of this batch sees an appointment where it is now.
    pub(super) fn now_in(&mut self, row: Appointment, mover: Mover, window: Uuid, pool: Uuid) {
        let row = Appointment {
            slot_id: window,
            pool_id: pool,
            state: State::Booked.as_str().into(),
            version: row.version + 1,
            ..row
        };
        let mover = Mover {
            window_id: window,
            has_place: true,
            ..mover
        };
        self.movers.insert(row.code.clone(), (row, mover));
    }

    /// Notes what was done for whom, for the trail and for messages.
    pub(super) fn note(&mut self, campaign: Uuid, asker: &Asker, action: &'static str, id: Uuid) {
        let all = self.done.entry((campaign, asker.doer.clone(), action));
        all.or_default().push((id, asker.request.clone()));
    }

    pub(super) fn campaign_of(&self, window: Uuid) -> Result<Uuid> {
        let window = self.facts.windows.get(&window);
        window
            .map(|w| w.campaign_id)
            .ok_or_else(|| Refusal::WindowUnknown.into())
    }

    pub(super) fn take(&mut self, pool: Uuid, people: i32, needs_card: bool) {
        self.change(pool, people, if needs_card { people } else { 0 });
    }

    pub(super) fn change(&mut self, pool: Uuid, people: i32, cards: i32) {
        let change = self.places.entry(pool).or_default();
        change.0 += people;
        change.1 += cards;
    }

    /// Whether anything is to be written.
    fn takes_places(&self) -> bool {
        !self.places.is_empty()
    }

    /// Places last: a hot pool is then held only while this is committed, and the next batch
    /// writes its rows beside this one's. Who has no place after all is decided again, and
    /// nothing of this is kept.
    async fn write(mut self, desk: &Desk, tx: &Tx) -> Result<Vec<Cooled>> {
        // First, for where a key is taken all else is in vain.
        answers::add(tx, self.answers).await?;
        holds::end(tx, &self.used, "used", self.now).await?;
        holds::insert(tx, self.holds).await?;
        people::insert(tx, self.persons).await?;
        people::insert_consents(tx, self.consents).await?;
        appointments::insert(tx, self.bookings, self.appointments).await?;
        for change in &self.moved {
            appointments::change(tx, change, self.now).await?;
        }
        let mut trail = Vec::new();
        let mut messages = Vec::new();
        for ((campaign, doer, action), done) in self.done {
            let ids: Vec<Uuid> = done.iter().map(|(id, _)| *id).collect();
            trail.push(did_together(self.now, campaign, doer, action, &done));
            messages.push(message(self.now, campaign, action, json!({ "ids": ids })));
        }
        luot_store::audit::record(tx, trail).await?;
        luot_store::audit::post(tx, messages).await?;
        let cooled = waitlist::cool(&desk.keys, tx, self.freed, self.now).await?;
        self.places.retain(|_, change| *change != (0, 0));
        pools::take(tx, &self.places).await?;
        // Behind the places, as where offers are made: nobody waits for the other way round.
        for entry in self.served {
            waitlist::serve(tx, entry, self.now).await?;
        }
        Ok(cooled)
    }
}

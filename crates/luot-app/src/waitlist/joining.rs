//! Parties that join at the same time are written down together.
//!
//! Where a day is sold out, those who find it so join the waitlist by the thousand. As at the
//! [`intake`](crate::intake), requests that arrive while a transaction is under way share the
//! next one, by the same rules as one by one; and so they share the statements, the commit, and
//! the rise of the order's version, for which one has to wait for another. What is free and fits
//! is looked for in the next transaction, before anybody is answered.
//!
//! A request that was answered before is not looked up at first: its party waits already. Where
//! that has left since, its key is taken, and the batch begins anew with everybody looked up.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use luot_domain::booking::{Consent, Facts, Person};
use luot_domain::clock::Clock;
use luot_domain::finding::Note;
use luot_domain::waitlist::{Ground, Wishes, admit, priority};
use luot_store::answers::{self, FirstAnswer};
use luot_store::entities::{booking, campaign, consent, person};
use luot_store::facts::Wanted;
use luot_store::waitlist::{self, Entry, WaitingPerson};
use luot_store::{Conflict, Instant, Store, StoreError, Tx, Work, appointments, people};
use luot_store::{audit, campaigns};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::join::Joined;
use super::settle::look_at_once;
use crate::appointments::{ReadParty, given_by};
use crate::campaigns::present;
use crate::error::{Error, Invalid, Result};
use crate::idempotency::Once;
use crate::instances::json as to_json;
use crate::intake::{Lane, Patience, Serves, Turn, Waiting, split, together, under_way};
use crate::keys::Keys;
use crate::trail::{Asker, Doer, Done, did_together};
use crate::{claims, limits, new_id};

/// A party that wants to wait, ready to be decided. Its rows are sealed.
pub(super) struct JoinOrder {
    pub once: Option<Once>,
    pub asker: Asker,
    pub vouched: bool,
    pub campaign_id: Uuid,
    pub wishes: Wishes,
    pub at_once: bool,
    /// What whoever joins agreed to, in which version.
    pub consent: Option<String>,
    /// What is known of consent.
    pub agreed: Consent,
    pub party: Arc<ReadParty>,
}

/// The way to the waitlist.
#[derive(Clone)]
pub(crate) struct Joining(Arc<Lane<JoinOrder, Joined>>);

impl Joining {
    /// A way in which so many may wait.
    pub(crate) fn start(
        store: Store,
        clock: Arc<dyn Clock>,
        keys: Arc<Keys>,
        queue: usize,
    ) -> Self {
        let under_way = under_way(&store, limits::JOINING_UNDER_WAY);
        let desk = Desk { store, clock, keys };
        Self(Arc::new(Lane::start(queue, under_way, move |who, turn| {
            let_wait(desk.clone(), who, turn)
        })))
    }

    /// Hands a party in and waits for its answer.
    pub(super) async fn join(&self, order: JoinOrder) -> Result<Joined> {
        self.0.ask(order).await
    }

    /// Takes nobody more, and waits until each that was taken has its answer.
    pub(crate) async fn stop(&self) {
        self.0.stop().await;
    }
}

#[derive(Clone)]
struct Desk {
    store: Store,
    clock: Arc<dyn Clock>,
    keys: Arc<Keys>,
}

type Reply = oneshot::Sender<Result<Joined>>;

async fn let_wait(desk: Desk, waiting: Vec<Waiting<JoinOrder, Joined>>, turn: Turn) {
    let (orders, replies) = split(waiting);
    let all = together(&Writing(&desk, Patience::SetsAside), &orders).await;
    // The next are written down while places are looked for.
    turn.pass();
    let mut aside: BTreeMap<Uuid, (Vec<JoinOrder>, Vec<Reply>)> = BTreeMap::new();
    let mut answered = Vec::with_capacity(orders.len());
    for ((order, reply), came) in orders.into_iter().zip(replies).zip(all) {
        match came.transpose() {
            Some(joined) => answered.push((order, reply, joined.and_then(|it| it))),
            None => {
                let (orders, replies) = aside.entry(order.campaign_id).or_default();
                orders.push(order);
                replies.push(reply);
            }
        }
    }
    answer(&desk, answered).await;
    for (orders, replies) in aside.into_values() {
        let all = together(&Writing(&desk, Patience::Waits), &orders).await;
        let all = all
            .into_iter()
            .map(|came| came?.unwrap_or(Err(Error::Busy)));
        let all = orders.into_iter().zip(replies).zip(all);
        answer(&desk, all.map(|((o, r), joined)| (o, r, joined)).collect()).await;
    }
}

/// Looks for places for those who wait from now on, then answers everybody.
async fn answer(desk: &Desk, all: Vec<(JoinOrder, Reply, Result<Joined>)>) {
    let mut new: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (order, _, joined) in &all {
        // A retry has the booking of the first, which has been looked for.
        if let Ok(joined) = joined
            && joined.booking_id == order.party.booking.id
        {
            let entries = new.entry(order.campaign_id).or_default();
            entries.push(joined.entry_id);
        }
    }
    let own = desk.clone();
    // A task of its own, so that a panic takes nobody's answer along.
    let looking = tokio::spawn(async move {
        look_at_once(&own.store, &own.keys, &*own.clock, new).await;
    });
    drop(looking.await);
    for (_, reply, joined) in all {
        drop(reply.send(joined));
    }
}

struct Writing<'a>(&'a Desk, Patience);

impl Serves<JoinOrder> for Writing<'_> {
    /// None of those who are set aside.
    type Done = Option<Result<Joined>>;

    async fn serve(&self, orders: &[JoinOrder]) -> Result<Vec<Self::Done>> {
        let Self(desk, patience) = *self;
        let work = Together {
            desk,
            orders,
            patience,
        };
        desk.store.write_work(&work).await
    }
}

struct Together<'a> {
    desk: &'a Desk,
    orders: &'a [JoinOrder],
    patience: Patience,
}

impl Work for Together<'_> {
    type Done = Vec<Option<Result<Joined>>>;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Self::Done> {
        let now = self.desk.clock.now();
        let mut batch = Batch::load(self.desk, tx, self.orders, self.patience, now).await?;
        if tx.is_again() {
            let keys = self.orders.iter().filter_map(|o| o.once.as_ref());
            let keys: Vec<Uuid> = keys.map(Once::id).collect();
            answers::forget_of(tx, &keys, now).await?;
            batch.first = answers::find(tx, &keys, now).await?;
        }
        let all = self.orders.iter().map(|order| batch.come(order)).collect();
        match batch.write(tx).await {
            // Somebody of it has just begun to wait elsewhere: seen next time, they alone are told so.
            Err(Error::Store(StoreError::Conflict(Conflict::Waiting))) if !tx.is_again() => {
                Err(StoreError::Raced.into())
            }
            done => done.map(|()| all),
        }
    }
}

/// The facts of a batch, and what is to be written.
struct Batch {
    now: Instant,
    facts: Facts,
    /// Campaigns that somebody changes just now: the facts about them are none.
    changing: BTreeSet<Uuid>,
    campaigns: HashMap<Uuid, campaign::Model>,
    first: HashMap<Uuid, FirstAnswer>,
    /// People who wait already, and for which service.
    who_wait: HashSet<(Uuid, Uuid)>,
    /// People to whom a plan owes something.
    moved_before: HashSet<Uuid>,
    rows: Rows,
}

#[derive(Default)]
struct Rows {
    people: Vec<person::Model>,
    consents: Vec<consent::Model>,
    bookings: Vec<booking::Model>,
    entries: Vec<Entry>,
    waiting: Vec<WaitingPerson>,
    answers: Vec<FirstAnswer>,
    /// By campaign, and by whom.
    done: BTreeMap<(Uuid, Doer), Vec<Done>>,
}

impl Batch {
    async fn load(
        desk: &Desk,
        tx: &Tx,
        orders: &[JoinOrder],
        patience: Patience,
        now: Instant,
    ) -> Result<Self> {
        let mut campaigns = HashMap::new();
        for id in orders
            .iter()
            .map(|o| o.campaign_id)
            .collect::<BTreeSet<_>>()
        {
            if let Some(found) = campaigns::find(tx, id).await? {
                campaigns.insert(id, found);
            }
        }
        let mut wanted = Wanted {
            campaigns: campaigns.keys().copied().collect(),
            ..Wanted::default()
        };
        for order in orders {
            for person in &order.party.persons {
                let key = person.asked.key.clone();
                wanted.keys.insert((order.campaign_id, key));
                wanted.cohorts.extend(person.asked.cohort_id);
            }
        }
        let (mut facts, changing) = patience.load(tx, &wanted, now).await?;
        claims::complete(&desk.keys, tx, &mut facts).await?;
        let known: Vec<Uuid> = facts.people.values().filter_map(|p| p.id).collect();
        let mut moved_before = waitlist::list_once_displaced(tx, &known).await?;
        moved_before.extend(waitlist::list_once_moved(tx, &known).await?);
        Ok(Self {
            now,
            facts,
            changing,
            campaigns,
            first: HashMap::new(),
            who_wait: waitlist::list_who_wait(tx, &known).await?,
            moved_before,
            rows: Rows::default(),
        })
    }

    /// Lets a party wait, unless somebody changes its campaign.
    fn come(&mut self, order: &JoinOrder) -> Option<Result<Joined>> {
        let is_free = !self.changing.contains(&order.campaign_id);
        is_free.then(|| self.join(order))
    }

    /// Lets a party wait, unless the rules say no or it is a retry.
    fn join(&mut self, order: &JoinOrder) -> Result<Joined> {
        let once = order.once.as_ref();
        if let Some((once, first)) = once.and_then(|o| Some((o, self.first.get(&o.id())?))) {
            return once.replay(first);
        }
        let services = self.admit(order)?;
        let ids = self.people_of(order);
        let all: Vec<(Uuid, Uuid)> = ids.iter().copied().zip(services).collect();
        if all.iter().any(|one| self.who_wait.contains(one)) {
            return Err(StoreError::Conflict(Conflict::Waiting).into());
        }
        let entry = self.entry(order, &ids)?;
        let joined = Joined {
            entry_id: entry.id,
            booking_id: entry.booking_id,
        };
        if let Some(once) = once {
            let answer = once.row(&joined, self.now)?;
            self.first.insert(answer.id, answer.clone());
            self.rows.answers.push(answer);
        }
        self.note_people(order, &all);
        self.note_rows(order, entry, &all);
        Ok(joined)
    }

    /// The service that each person of a party waits for.
    fn admit(&self, order: &JoinOrder) -> Result<Vec<Uuid>> {
        let campaign = self.campaigns.get(&order.campaign_id);
        let campaign = campaign.ok_or(Error::NotFound("campaign"))?;
        let (_, today) = present(campaign, self.now)?;
        let days = days_of(&order.wishes, campaign, today)?;
        let asked: Vec<_> = order
            .party
            .persons
            .iter()
            .map(|p| p.asked.clone())
            .collect();
        Ok(admit(&self.facts, campaign.id, &asked, order.agreed, days)?)
    }

    /// Who the people of a party are: as they are known, or new.
    fn people_of(&self, order: &JoinOrder) -> Vec<Uuid> {
        let of = |person: &crate::intake::NewPerson| {
            let key = (order.campaign_id, person.asked.key.clone());
            let known = self.facts.people.get(&key).and_then(|known| known.id);
            known.unwrap_or(person.row.id)
        };
        order.party.persons.iter().map(of).collect()
    }

    fn entry(&self, order: &JoinOrder, ids: &[Uuid]) -> Result<Entry> {
        let moved = ids.iter().any(|id| self.moved_before.contains(id));
        let grounds: Vec<Ground> = moved.then_some(Ground::MovedBefore).into_iter().collect();
        let policies = self.facts.policies.get(&order.campaign_id).cloned();
        Ok(Entry {
            id: new_id(),
            created_at: self.now,
            campaign_id: order.campaign_id,
            booking_id: order.party.booking.id,
            kind: "party".into(),
            state: "waiting".into(),
            priority: priority(&policies.unwrap_or_default().waitlist, &grounds),
            grounds: to_json(&grounds)?,
            wishes: to_json(&order.wishes)?,
            at_once: order.at_once,
            vouched: order.vouched,
            people: i32::try_from(ids.len()).unwrap_or(i32::MAX),
            missed: 0,
            passed_over: None,
            version: 1,
            updated_at: self.now,
        })
    }

    /// The next of this batch knows these people, and that they wait.
    fn note_people(&mut self, order: &JoinOrder, all: &[(Uuid, Uuid)]) {
        self.who_wait.extend(all);
        for (person, (id, _)) in order.party.persons.iter().zip(all) {
            let key = (order.campaign_id, person.asked.key.clone());
            let known = self.facts.people.entry(key).or_insert_with(|| Person {
                claim: person.asked.claim.clone(),
                ..Person::default()
            });
            if known.id.is_none() {
                known.id = Some(*id);
                self.rows.people.push(person::Model {
                    campaign_id: order.campaign_id,
                    ..person.row.clone()
                });
            }
        }
    }

    fn note_rows(&mut self, order: &JoinOrder, entry: Entry, all: &[(Uuid, Uuid)]) {
        let (now, rows) = (self.now, &mut self.rows);
        let parent = order.asker.doer.parent_id();
        let consents = order.consent.iter().flat_map(|text| {
            all.iter().map(|(person_id, _)| consent::Model {
                id: new_id(),
                created_at: now,
                person_id: *person_id,
                text_version: text.clone(),
                given_by: given_by(parent).into(),
                given_at: now,
                withdrawn_at: None,
                parent_id: parent,
                channel: Some("waitlist".into()),
            })
        });
        rows.consents.extend(consents);
        rows.bookings.push(booking::Model {
            campaign_id: order.campaign_id,
            created_at: now,
            ..order.party.booking.clone()
        });
        let persons = all.iter().zip(&order.party.persons).enumerate();
        let persons = persons.map(|(i, (&(person_id, service_id), person))| WaitingPerson {
            id: new_id(),
            created_at: now,
            entry_id: entry.id,
            person_id,
            service_id,
            cohort_id: person.asked.cohort_id,
            position: i32::try_from(i).unwrap_or(i32::MAX),
            live: true,
        });
        rows.waiting.extend(persons);
        let doers = rows
            .done
            .entry((order.campaign_id, order.asker.doer.clone()));
        let done = (entry.id, order.asker.request.clone());
        doers.or_default().push(done);
        rows.entries.push(entry);
    }

    async fn write(self, tx: &Tx) -> Result<()> {
        let rows = self.rows;
        // First, for where a key is taken all others are in vain.
        answers::add(tx, rows.answers).await?;
        people::insert(tx, rows.people).await?;
        people::insert_consents(tx, rows.consents).await?;
        appointments::insert(tx, rows.bookings, Vec::new()).await?;
        waitlist::insert(tx, rows.entries, rows.waiting).await?;
        let mut trail = Vec::with_capacity(rows.done.len());
        for ((campaign, doer), done) in rows.done {
            trail.push(did_together(
                self.now,
                campaign,
                doer,
                "waitlist.join",
                &done,
            ));
        }
        Ok(audit::record(tx, trail).await?)
    }
}

/// The days of a wish that are still to come in the campaign.
fn days_of(
    wishes: &Wishes,
    campaign: &campaign::Model,
    today: NaiveDate,
) -> Result<(NaiveDate, NaiveDate)> {
    let from = wishes.from.unwrap_or(campaign.starts_on).max(today);
    let to = wishes.to.unwrap_or(campaign.ends_on).min(campaign.ends_on);
    if from <= to {
        return Ok((from, to));
    }
    let none = Note::new(
        "/to",
        "no-days",
        "none of these days is still to come in this campaign",
        "không còn ngày nào như vậy trong đợt này",
    );
    Err(Error::Invalid(Invalid::Input, vec![none]))
}

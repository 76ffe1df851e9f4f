//! Entries between the store and the rules.

use std::collections::{BTreeMap, HashMap};

use luot_domain::booking::{AskedPerson, Facts, Hold};
use luot_domain::waitlist::{self as rules, DISPLACED, Matched, Party, Wishes};
use luot_store::entities::person;
use luot_store::facts::{self, Wanted};
use luot_store::waitlist::{self, Entry, WaitingPerson};
use luot_store::{Instant, Tx, holds, people};
use serde_json::json;
use uuid::Uuid;

use super::settle::{cool, end_offers};
use crate::error::{Error, Result};
use crate::instances::{from_json, json as to_json};
use crate::intake::{birth_of, mover};
use crate::keys::Keys;
use crate::new_id;

/// An entry as it is stored, and as the rules see it.
pub(super) struct Waiting {
    pub row: Entry,
    pub entry: rules::Entry,
    /// The people's rows by their keys.
    pub people: HashMap<Vec<u8>, Uuid>,
}

/// Loads the parties of entries, and adds what is known of their people to the facts.
pub(super) async fn load(
    keys: &Keys,
    tx: &Tx,
    rows: Vec<Entry>,
    facts: &mut Facts,
) -> Result<Vec<Waiting>> {
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let bookings: Vec<Uuid> = rows
        .iter()
        .filter(|r| r.kind == "claim")
        .map(|r| r.booking_id)
        .collect();
    let mut persons = waitlist::list_persons(tx, &ids).await?;
    let mut displaced = waitlist::list_displaced(tx, &bookings).await?;
    let mut refused = holds::windows_offered(tx, &ids).await?;
    let mut wanted: Vec<Uuid> = persons.values().flatten().map(|p| p.person_id).collect();
    wanted.extend(displaced.values().flatten().map(|a| a.person_id));
    let mut known: HashMap<Uuid, person::Model> = HashMap::new();
    for chunk in wanted.chunks(500) {
        let rows = people::list(tx, chunk).await?;
        known.extend(rows.into_iter().map(|p| (p.id, p)));
    }
    let lost: Vec<Uuid> = displaced.values().flatten().map(|a| a.slot_id).collect();
    let places = waitlist::whereabouts(tx, &lost).await?;

    let mut asked = Wanted::default();
    asked.keys.extend(
        known
            .values()
            .map(|p| (p.campaign_id, p.person_key.clone())),
    );
    asked
        .cohorts
        .extend(persons.values().flatten().filter_map(|p| p.cohort_id));
    facts::add_people(tx, &asked, facts).await?;

    let mut waiting = Vec::with_capacity(rows.len());
    for row in rows {
        let (party, people) = if row.kind == "claim" {
            let lost = displaced.remove(&row.booking_id).unwrap_or_default();
            let place = lost.first().and_then(|a| places.get(&a.slot_id)).copied();
            let movers = lost
                .iter()
                .filter_map(|a| known.get(&a.person_id).map(|p| mover(keys, a, p)))
                .collect();
            let (site_id, starts_at) = place.unwrap_or_default();
            let party = Party::Claim {
                movers,
                site_id,
                starts_at,
            };
            (party, HashMap::new())
        } else {
            party_of(
                keys,
                &row,
                persons.remove(&row.id).unwrap_or_default(),
                &known,
                facts,
            )
        };
        let entry = rules::Entry {
            id: row.id,
            party,
            wishes: from_json::<Wishes>(&row.wishes)?,
            at_once: row.at_once,
            refused: refused
                .remove(&row.id)
                .unwrap_or_default()
                .into_iter()
                .collect(),
        };
        waiting.push(Waiting { row, entry, people });
    }
    Ok(waiting)
}

/// The people of an entry as the rules ask about them.
fn party_of(
    keys: &Keys,
    row: &Entry,
    waiting: Vec<WaitingPerson>,
    known: &HashMap<Uuid, person::Model>,
    facts: &Facts,
) -> (Party, HashMap<Vec<u8>, Uuid>) {
    let mut people = HashMap::new();
    let mut persons = Vec::with_capacity(waiting.len());
    let services = facts.services.get(&row.campaign_id);
    for one in waiting {
        let Some(person) = known.get(&one.person_id) else {
            continue;
        };
        // Who has been erased cannot be offered anything.
        let Some(birth) = birth_of(keys, person) else {
            continue;
        };
        let service = services.and_then(|all| all.iter().find(|s| s.id == one.service_id));
        people.insert(person.person_key.clone(), person.id);
        persons.push(AskedPerson {
            key: person.person_key.clone(),
            // Their own row is meant: that they are known was shown when they joined.
            claim: None,
            birth,
            needs_card: service.map(|s| s.issues_card),
            cohort_id: one.cohort_id,
            new_person_id: person.id,
            appointment_id: new_id(),
        });
    }
    let party = Party::New {
        persons,
        vouched: row.vouched,
    };
    (party, people)
}

/// Writes what matching means for entries: who has an offer, who was passed over, who has
/// found a place by now and waits no more.
pub(super) async fn note(
    tx: &Tx,
    matched: &Matched,
    seen: &mut HashMap<Uuid, Waiting>,
    now: Instant,
) -> Result<()> {
    let mut gone: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (entry, key) in &matched.booked {
        let person = seen.get(entry).and_then(|w| w.people.get(key));
        gone.entry(*entry).or_default().extend(person);
    }
    for (entry, persons) in &gone {
        waitlist::end_persons(tx, *entry, Some(persons)).await?;
    }
    let mut changed: BTreeMap<Uuid, Entry> = BTreeMap::new();
    let mut row_of = |id: &Uuid, change: &dyn Fn(&mut Entry)| {
        if let Some(waiting) = seen.get(id) {
            change(changed.entry(*id).or_insert_with(|| waiting.row.clone()));
        }
    };
    for passed in &matched.passed_over {
        row_of(&passed.entry_id, &|row| {
            row.passed_over = Some(json!({
                "window_id": passed.window_id,
                "at": now,
                "reason": passed.why.as_str(),
                "needed": passed.needed.0,
                "needed_cards": passed.needed.1,
            }));
        });
    }
    for (id, persons) in &gone {
        row_of(id, &|row| {
            row.people -= i32::try_from(persons.len()).unwrap_or(0);
        });
    }
    for offer in &matched.offers {
        row_of(&offer.entry_id, &|row| row.state = "offered".into());
    }
    // Nobody of theirs waits any more.
    let over: Vec<Uuid> = seen
        .values()
        .filter(|w| match &w.entry.party {
            Party::New { persons, .. } => persons.len() == gone.get(&w.row.id).map_or(0, Vec::len),
            Party::Claim { movers, .. } => movers.is_empty(),
        })
        .map(|w| w.row.id)
        .collect();
    for id in &over {
        row_of(id, &|row| row.state = "served".into());
        waitlist::end_persons(tx, *id, None).await?;
    }
    for (id, row) in changed {
        if let Some(waiting) = seen.get(&id) {
            waitlist::update(tx, &waiting.row, row, now).await?;
        }
    }
    Ok(())
}

/// A party has what it waited for.
pub(crate) async fn serve(tx: &Tx, id: Uuid, now: Instant) -> Result<()> {
    is_now(tx, id, "served", now).await?;
    Ok(waitlist::end_persons(tx, id, None).await?)
}

/// Holds whose places are gone are withdrawn; who was offered them waits on.
pub(crate) async fn withdraw(tx: &Tx, gone: Vec<Hold>, now: Instant) -> Result<()> {
    let ids: Vec<Uuid> = gone.iter().map(|h| h.id).collect();
    holds::end(tx, &ids, "withdrawn", now).await?;
    for entry in gone.iter().filter_map(|h| h.entry_id) {
        is_now(tx, entry, "waiting", now).await?;
    }
    Ok(())
}

async fn is_now(tx: &Tx, entry: Uuid, state: &str, now: Instant) -> Result<()> {
    let was = waitlist::find(tx, entry).await?;
    let was = was.ok_or(Error::NotFound("waitlist entry"))?;
    let is = Entry {
        state: state.into(),
        ..was.clone()
    };
    Ok(waitlist::update(tx, &was, is, now).await?)
}

/// The displaced of these bookings wait for an equal place, ahead of everybody else. They have
/// to be looked for next.
pub(crate) async fn claims(
    keys: &Keys,
    tx: &Tx,
    campaign: Uuid,
    displaced: BTreeMap<Uuid, i32>,
    now: Instant,
) -> Result<()> {
    let bookings: Vec<Uuid> = displaced.keys().copied().collect();
    for row in waitlist::list_live_of(tx, &bookings).await? {
        if row.kind == "claim" {
            grow(keys, tx, row, now).await?;
        }
    }
    let wishes = to_json(&Wishes::default())?;
    let rows = displaced
        .into_iter()
        .map(|(booking_id, people)| Entry {
            id: new_id(),
            created_at: now,
            campaign_id: campaign,
            booking_id,
            kind: "claim".into(),
            state: "waiting".into(),
            priority: DISPLACED,
            grounds: json!([]),
            wishes: wishes.clone(),
            at_once: false,
            vouched: true,
            people,
            missed: 0,
            passed_over: None,
            version: 1,
            updated_at: now,
        })
        .collect();
    Ok(waitlist::insert(tx, rows, Vec::new()).await?)
}

/// More of a booking have lost their places while others of it wait for new ones: what those
/// are offered is too little for all.
async fn grow(keys: &Keys, tx: &Tx, row: Entry, now: Instant) -> Result<()> {
    let freed = end_offers(tx, row.id, "withdrawn", now).await?;
    cool(keys, tx, freed, now).await?;
    let all = waitlist::list_displaced(tx, &[row.booking_id]).await?;
    let people = all.get(&row.booking_id).map_or(0, Vec::len);
    let grown = Entry {
        people: i32::try_from(people).unwrap_or(row.people),
        state: "waiting".into(),
        ..row.clone()
    };
    Ok(waitlist::update(tx, &row, grown, now).await?)
}

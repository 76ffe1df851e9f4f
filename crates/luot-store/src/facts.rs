//! Loading what bookings are decided on, for many requests at once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveTime, Utc};
use luot_domain::booking::{Cohort, Facts, Live, Person, Pool, Service, Window};
use luot_domain::calendar::Zone;
use luot_domain::policies::Policies;
use sea_orm::{DerivePartialModel, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::bulk;
use crate::campaigns::Hold;
use crate::entities::{appointment, campaign, cohort, pool, roster_entry, service, slot};
use crate::error::StoreError;
use crate::known::Settled;
use crate::transaction::{Store, Tx};
use crate::{campaigns, people};

/// What a batch asks about.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Campaigns, whether or not a window of theirs is asked about.
    pub campaigns: BTreeSet<Uuid>,
    /// Windows.
    pub windows: BTreeSet<Uuid>,
    /// Cohorts named.
    pub cohorts: BTreeSet<Uuid>,
    /// Keys of people, each with the window, hold or campaign in which they are looked for.
    pub keys: BTreeSet<(Uuid, Vec<u8>)>,
    /// Holds.
    pub holds: BTreeSet<Uuid>,
    /// Phones whose holds are counted, by blind index.
    pub phones: BTreeSet<Vec<u8>>,
    /// Addresses whose holds are counted, by blind index.
    pub addresses: BTreeSet<Vec<u8>>,
}

/// What booking needs of a campaign: not the planning parameters, which can be large.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "campaign::Entity")]
struct CampaignFacts {
    id: Uuid,
    timezone: String,
    starts_on: chrono::NaiveDate,
    frozen_before: Option<chrono::NaiveDate>,
    rehearsal: bool,
    policies: serde_json::Value,
    version: i32,
}

/// The instant that counts as now in a campaign. One created when it was over already is a
/// rehearsal: in it the campaign's first day (or the day before which it is frozen) never
/// passes.
#[must_use]
pub fn effective_now(
    rehearsal: bool,
    zone: Zone,
    first_day: chrono::NaiveDate,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    if rehearsal {
        now.min(zone.instant(first_day, NaiveTime::MIN))
    } else {
        now
    }
}

/// Loads the facts. Whoever changes one of the campaigns is waited for.
///
/// # Errors
/// Of the database; [`StoreError::Busy`] when a change takes too long.
pub async fn load(tx: &Tx, wanted: &Wanted, now: DateTime<Utc>) -> Result<Facts, StoreError> {
    Ok(load_holding(tx, wanted, now, Hold::Waiting).await?.0)
}

/// Loads the facts, and waits for nobody: tells which of the campaigns somebody changes just
/// now. What is loaded of them is nothing to decide on.
///
/// # Errors
/// Of the database.
pub async fn load_free(
    tx: &Tx,
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> Result<(Facts, BTreeSet<Uuid>), StoreError> {
    load_holding(tx, wanted, now, Hold::Free).await
}

async fn load_holding(
    tx: &Tx,
    wanted: &Wanted,
    now: DateTime<Utc>,
    hold: Hold,
) -> Result<(Facts, BTreeSet<Uuid>), StoreError> {
    let mut facts = Facts {
        holds: crate::holds::find(tx, &wanted.holds).await?,
        ..Facts::default()
    };
    let held = facts.holds.values().map(|h| h.window_id);
    let windows: BTreeSet<Uuid> = wanted.windows.iter().copied().chain(held).collect();
    let windows: Vec<Uuid> = windows.into_iter().collect();
    let mut campaigns = campaigns_of(tx, &windows).await?;
    campaigns.extend(&wanted.campaigns);
    campaigns.sort_unstable();
    campaigns.dedup();
    if campaigns.is_empty() {
        return Ok((facts, BTreeSet::new()));
    }
    let versions = campaigns::versions(tx, &campaigns, hold).await?;
    let held: Vec<Uuid> = versions.iter().map(|(id, _)| *id).collect();
    let changing = campaigns.iter().filter(|id| !held.contains(id));
    let changing: BTreeSet<Uuid> = changing.copied().collect();
    settle(tx, &versions, now, &mut facts).await?;
    load_windows(tx, windows, &mut facts).await?;
    add_people(tx, wanted, &mut facts).await?;
    let (phones, addresses) = (&wanted.phones, &wanted.addresses);
    facts.kept_by = crate::holds::count_by_holder(tx, &held, phones, addresses).await?;
    Ok((facts, changing))
}

/// Adds the cohorts and people asked about to facts that are there.
///
/// # Errors
/// Of the database.
pub async fn add_people(tx: &Tx, wanted: &Wanted, facts: &mut Facts) -> Result<(), StoreError> {
    load_cohorts(tx, wanted, facts).await?;
    load_people(tx, wanted, facts).await
}

/// Adds what campaigns decide for themselves: policies, services, and what counts as now.
/// They are not held: for that is [`load`].
///
/// # Errors
/// Of the database.
pub async fn add_campaigns(
    tx: &Tx,
    campaigns: &[Uuid],
    now: DateTime<Utc>,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let versions = campaigns::versions(tx, campaigns, Hold::Not).await?;
    settle(tx, &versions, now, facts).await
}

/// The campaign that a window is in.
///
/// # Errors
/// [`StoreError::Missing`] when there is no such window.
pub async fn campaign_of(store: &Store, window: Uuid) -> Result<Uuid, StoreError> {
    let windows = [window];
    let (known, _) = store.known.campaigns_of(&windows);
    let found = match known.first() {
        Some(campaign) => Some(*campaign),
        None => {
            let read: Result<_, StoreError> = store
                .read(async |tx| campaigns_of(tx, &windows).await)
                .await;
            read?.pop()
        }
    };
    found.ok_or(StoreError::Missing("window"))
}

/// The campaigns that windows are in.
async fn campaigns_of(tx: &Tx, windows: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let (mut campaigns, others) = tx.known.campaigns_of(windows);
    if !others.is_empty() {
        let rows: Vec<(Uuid, Uuid)> = slot::Entity::find()
            .select_only()
            .column(slot::Column::Id)
            .column(slot::Column::CampaignId)
            .filter(bulk::one_of(tx, slot::Column::Id, bulk::ids(others)))
            .into_tuple()
            .all(&tx.db)
            .await?;
        campaigns.extend(rows.iter().map(|row| row.1));
        tx.known.note_windows(&rows);
    }
    Ok(campaigns)
}

/// Adds what these versions of campaigns decide; reads it where it is not known yet.
async fn settle(
    tx: &Tx,
    versions: &[(Uuid, i32)],
    now: DateTime<Utc>,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let mut unknown = Vec::new();
    let mut all = Vec::new();
    for (id, version) in versions {
        // A version that this transaction has made is nobody's yet.
        let known = tx.known.campaign(*id, *version);
        match known.filter(|_| !tx.changed.has_campaign(*id)) {
            Some(settled) => all.push((*id, settled)),
            None => unknown.push(*id),
        }
    }
    if !unknown.is_empty() {
        for (id, settled) in read_campaigns(tx, &unknown).await? {
            let settled = Arc::new(settled);
            if !tx.changed.has_campaign(id) {
                tx.known.note_campaign(id, &settled);
            }
            all.push((id, settled));
        }
    }
    for (id, settled) in all {
        facts.now.insert(id, settled.now(now));
        facts.policies.insert(id, settled.policies.clone());
        facts.services.insert(id, settled.services.clone());
        facts.left_of.extend(settled.left_of.iter().copied());
    }
    Ok(())
}

async fn read_campaigns(tx: &Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Settled>, StoreError> {
    let wanted = || bulk::ids(ids.iter().copied());
    let rows = campaign::Entity::find()
        .filter(bulk::one_of(tx, campaign::Column::Id, wanted()))
        .into_partial_model::<CampaignFacts>()
        .all(&tx.db)
        .await?;
    let mut all = HashMap::new();
    for row in rows {
        let policies: Policies = serde_json::from_value(row.policies)
            .map_err(|e| StoreError::Bug(sea_orm::DbErr::Json(e.to_string())))?;
        let zone = Zone::named(&row.timezone)
            .map_err(|e| StoreError::Bug(sea_orm::DbErr::Type(e.to_string())))?;
        let settled = Settled {
            version: row.version,
            zone,
            first_day: row.frozen_before.unwrap_or(row.starts_on),
            rehearsal: row.rehearsal,
            policies,
            services: Vec::new(),
            left_of: Vec::new(),
        };
        all.insert(row.id, settled);
    }
    let services = service::Entity::find()
        .filter(bulk::one_of(tx, service::Column::CampaignId, wanted()))
        .order_by_asc(service::COLUMN.code)
        .all(&tx.db)
        .await?;
    for row in services {
        if let Some(settled) = all.get_mut(&row.campaign_id) {
            settled.services.push(Service {
                id: row.id,
                issues_card: row.issues_card,
                for_person: row.subject == "person",
                age_from: row.age_from.and_then(|a| u32::try_from(a).ok()),
                age_under: row.age_under.and_then(|a| u32::try_from(a).ok()),
            });
        }
    }
    let left_over: Vec<(Uuid, Uuid, Option<Uuid>)> = cohort::Entity::find()
        .select_only()
        .column(cohort::Column::CampaignId)
        .column(cohort::Column::Id)
        .column(cohort::Column::LeftOfId)
        .filter(bulk::one_of(tx, cohort::Column::CampaignId, wanted()))
        .filter(cohort::COLUMN.left_of_id.is_not_null())
        .into_tuple()
        .all(&tx.db)
        .await?;
    for (campaign, id, of) in left_over {
        if let Some(settled) = all.get_mut(&campaign) {
            settled.left_of.extend(of.map(|of| (id, of)));
        }
    }
    Ok(all)
}

/// Reading the pools after the campaigns are held: a publishing that was under way is over.
async fn load_windows(tx: &Tx, windows: Vec<Uuid>, facts: &mut Facts) -> Result<(), StoreError> {
    let slots = slot::Entity::find()
        .filter(bulk::one_of(
            tx,
            slot::Column::Id,
            bulk::ids(windows.iter().copied()),
        ))
        .all(&tx.db)
        .await?;
    for row in slots {
        facts.windows.insert(
            row.id,
            Window {
                id: row.id,
                campaign_id: row.campaign_id,
                session_id: row.session_id,
                date: row.date,
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                open: row.open,
                pools: Vec::new(),
            },
        );
    }
    let pools = pool::Entity::find()
        .filter(bulk::one_of(tx, pool::Column::SlotId, bulk::ids(windows)))
        .order_by_asc(pool::COLUMN.id)
        .all(&tx.db)
        .await?;
    for row in pools {
        if let Some(window) = facts.windows.get_mut(&row.slot_id) {
            window.pools.push(Pool {
                id: row.id,
                cohort_id: row.cohort_id,
                open: row.open,
                places: row.places,
                taken: row.taken,
                card_places: row.card_places,
                card_taken: row.card_taken,
            });
        }
    }
    Ok(())
}

async fn load_cohorts(tx: &Tx, wanted: &Wanted, facts: &mut Facts) -> Result<(), StoreError> {
    if wanted.cohorts.is_empty() {
        return Ok(());
    }
    let ids = || bulk::ids(wanted.cohorts.iter().copied());
    let rows: Vec<(Uuid, Uuid, Uuid)> = cohort::Entity::find()
        .select_only()
        .column(cohort::Column::Id)
        .column(cohort::Column::ServiceId)
        .column(cohort::Column::CampaignId)
        .filter(bulk::one_of(tx, cohort::Column::Id, ids()))
        .into_tuple()
        .all(&tx.db)
        .await?;
    let left_of = |id: &Uuid| facts.left_of.get(id).copied();
    let lists: BTreeSet<Uuid> = wanted
        .cohorts
        .iter()
        .flat_map(|id| [Some(*id), left_of(id)])
        .flatten()
        .collect();
    let lists = bulk::ids(lists);
    let listed: Vec<Uuid> = roster_entry::Entity::find()
        .select_only()
        .column(roster_entry::Column::CohortId)
        .distinct()
        .filter(bulk::one_of(tx, roster_entry::Column::CohortId, lists))
        .into_tuple()
        .all(&tx.db)
        .await?;
    for (id, service_id, campaign_id) in rows {
        // A cohort of a campaign that is not asked about is unknown here.
        if facts.now.contains_key(&campaign_id) {
            let of = facts.left_of.get(&id);
            let has_roster = [Some(&id), of]
                .into_iter()
                .flatten()
                .any(|c| listed.contains(c));
            facts.cohorts.insert(
                id,
                Cohort {
                    id,
                    service_id,
                    has_roster,
                },
            );
        }
    }
    Ok(())
}

async fn load_people(tx: &Tx, wanted: &Wanted, facts: &mut Facts) -> Result<(), StoreError> {
    // In which campaign somebody is looked for follows from the window or the hold.
    let campaign = |at: &Uuid| {
        let window = facts.windows.get(at).map(|w| w.campaign_id);
        let held = || facts.holds.get(at).map(|h| h.campaign_id);
        window.or_else(held).unwrap_or(*at)
    };
    let keys: BTreeSet<(Uuid, &[u8])> = wanted
        .keys
        .iter()
        .map(|(at, key)| (campaign(at), key.as_slice()))
        .collect();
    let rows = people::list_by_key(tx, &keys).await?;
    if rows.is_empty() {
        return Ok(());
    }
    // Somebody merged into another counts as that other.
    let mut of: HashMap<Uuid, Vec<(Uuid, Vec<u8>)>> = HashMap::new();
    for row in rows {
        let (campaign, key) = (row.campaign_id, row.person_key);
        let id = row.merged_into_id.unwrap_or(row.id);
        of.entry(id).or_default().push((campaign, key.clone()));
        facts.people.insert(
            (campaign, key),
            Person {
                id: Some(id),
                // Of the row that has the key, be it merged into another or not.
                claim: row.claim_hash,
                ..Person::default()
            },
        );
    }
    let ids = || bulk::ids(of.keys().copied());
    let live: Vec<(Uuid, Uuid, Uuid)> = appointment::Entity::find()
        .select_only()
        .column(appointment::Column::PersonId)
        .column(appointment::Column::Id)
        .column(appointment::Column::ServiceId)
        .filter(bulk::one_of(tx, appointment::Column::PersonId, ids()))
        .filter(
            appointment::COLUMN
                .state
                .is_in(["booked", "arrived", "called", "displaced"]),
        )
        .into_tuple()
        .all(&tx.db)
        .await?;
    let rosters: Vec<(Uuid, Uuid)> = roster_entry::Entity::find()
        .select_only()
        .column(roster_entry::Column::PersonId)
        .column(roster_entry::Column::CohortId)
        .filter(bulk::one_of(tx, roster_entry::Column::PersonId, ids()))
        .into_tuple()
        .all(&tx.db)
        .await?;
    // Who was served matters only where people are left over.
    let served: Vec<Uuid> = if facts.left_of.is_empty() {
        Vec::new()
    } else {
        appointment::Entity::find()
            .select_only()
            .column(appointment::Column::PersonId)
            .filter(bulk::one_of(tx, appointment::Column::PersonId, ids()))
            .filter(appointment::COLUMN.state.eq("fulfilled"))
            .into_tuple()
            .all(&tx.db)
            .await?
    };
    let mut note = |person: Uuid, write: &dyn Fn(&mut Person)| {
        for key in of.get(&person).into_iter().flatten() {
            if let Some(known) = facts.people.get_mut(key) {
                write(known);
            }
        }
    };
    for (person, appointment_id, service_id) in live {
        note(person, &|p| {
            p.live.push(Live {
                appointment_id,
                service_id,
            });
        });
    }
    for (person, cohort) in rosters {
        note(person, &|p| p.rosters.push(cohort));
    }
    for person in served {
        note(person, &|p| p.served = true);
    }
    Ok(())
}

//! How long personal data is kept: a campaign says for how many days after its end. Then
//! names, dates, numbers and phones go; rows, states and counts stay, so that statistics do.
//!
//! What a legal hold keeps is kept, be it a campaign's or one person's.

use chrono::Days;
use luot_domain::calendar::Zone;
use luot_domain::policies::Policies;
use luot_store::entities::legal_hold;
use luot_store::{Instant, Tx, campaigns, people, privacy, retention};
use serde_json::json;
use uuid::Uuid;

use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Result};
use crate::trail::did_by;
use crate::{App, limits, new_id};

/// People erased in one transaction.
const BATCH: u64 = 200;
/// Of them, whom one row of the trail names.
const PEOPLE_TOLD: usize = 100;

/// What was erased in a campaign, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purged {
    /// The campaign.
    pub campaign_id: Uuid,
    /// People whose data goes.
    pub people: u64,
    /// Bookings whose contact goes.
    pub bookings: u64,
    /// People who are kept by a legal hold.
    pub held: u64,
    /// Kept places that do not say any more whose phone or address asked for them.
    pub holds: u64,
    /// Outcomes of people who are not known here that do not say any more why.
    pub reasons: u64,
}

impl App {
    /// Erases what has been kept long enough; on a dry run, only counts.
    ///
    /// # Errors
    /// Of the store. What was erased until then stays so.
    pub async fn purge(&self, actor: &Actor, dry_run: bool) -> Result<Vec<Purged>> {
        actor.require(Action::Erase, Where::Everywhere)?;
        let now = self.clock.now();
        let mut all = Vec::new();
        for campaign in self.over_and_done(now).await? {
            let found = self
                .store
                .read(async |tx| privacy::count_erasable(tx, campaign).await)
                .await?;
            let mut purged = Purged {
                campaign_id: campaign,
                people: found.people,
                bookings: found.bookings,
                held: found.held,
                holds: found.holds,
                reasons: found.reasons,
            };
            if purged.people + purged.bookings + purged.holds + purged.reasons == 0 {
                continue;
            }
            if !dry_run {
                self.purge_campaign(actor, &mut purged).await?;
            }
            all.push(purged);
        }
        if !dry_run {
            // Parents of nobody any more, and codes that have run out.
            self.store
                .write(async |tx| {
                    let parents = retention::erase_parents(tx, now).await?;
                    let told = parents.chunks(PEOPLE_TOLD).map(|some| {
                        let subject = json!({ "parents": some });
                        did_by(now, None, actor, "privacy.purge", subject)
                    });
                    Ok::<_, Error>(luot_store::audit::record(tx, told.collect()).await?)
                })
                .await?;
        }
        Ok(all)
    }

    /// The campaigns whose time to keep data is over.
    async fn over_and_done(&self, now: Instant) -> Result<Vec<Uuid>> {
        self.store
            .read(async |tx| {
                let mut over = Vec::new();
                let last_days = retention::last_days(tx).await?;
                for row in campaigns::list_all(tx).await? {
                    let policies: Policies = serde_json::from_value(row.policies.clone())
                        .map_err(|e| Error::Bug(e.to_string()))?;
                    let zone = Zone::named(&row.timezone).map_err(|e| Error::Bug(e.to_string()))?;
                    let days = Days::new(u64::from(policies.keep_days));
                    // A rehearsal is made up of the past: it ends when it was made. Else a
                    // campaign's dates can be changed, and what was held in it cannot.
                    let ended = match row.rehearsal {
                        true => zone.date_at(row.created_at),
                        false => last_days
                            .get(&row.id)
                            .map_or(row.ends_on, |last| row.ends_on.max(*last)),
                    };
                    let until = ended.checked_add_days(days);
                    if until.is_some_and(|until| until < zone.date_at(now)) {
                        over.push(row.id);
                    }
                }
                Ok::<_, Error>(over)
            })
            .await
    }

    /// Erases some people at a time; each time tells in the same transaction whom.
    async fn purge_campaign(&self, actor: &Actor, purged: &mut Purged) -> Result<()> {
        let campaign = purged.campaign_id;
        purged.people = 0;
        loop {
            let ids = self
                .store
                .write(async |tx| {
                    let now = self.clock.now();
                    let ids = privacy::list_erasable(tx, campaign, BATCH).await?;
                    erase(tx, &ids, now).await?;
                    let told = ids.chunks(PEOPLE_TOLD).map(|some| {
                        let subject = json!({ "ids": some });
                        did_by(now, Some(campaign), actor, "privacy.erase", subject)
                    });
                    luot_store::audit::record(tx, told.collect()).await?;
                    Ok::<_, Error>(ids)
                })
                .await?;
            if ids.is_empty() {
                break;
            }
            purged.people += ids.len() as u64;
        }
        let people = purged.people;
        (purged.bookings, purged.holds, purged.reasons) = self
            .store
            .write(async |tx| {
                let now = self.clock.now();
                let bookings = privacy::erase_bookings(tx, campaign, now).await?;
                let holds = privacy::erase_holds(tx, campaign).await?;
                let reasons = privacy::erase_reasons(tx, campaign).await?;
                let subject = json!({
                    "people": people, "bookings": bookings, "holds": holds, "reasons": reasons,
                });
                let trace = did_by(now, Some(campaign), actor, "privacy.purge", subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                Ok::<_, Error>((bookings, holds, reasons))
            })
            .await?;
        Ok(())
    }

    /// Keeps a campaign's data, or one person's, whatever the policy says. `reference` is a
    /// case number, not a name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn place_hold(
        &self,
        actor: &Actor,
        campaign: Uuid,
        person: Option<Uuid>,
        reference: &str,
    ) -> Result<Uuid> {
        actor.require(Action::Erase, Where::Everywhere)?;
        let id = new_id();
        let reference: String = reference.chars().take(limits::NAME_MOST).collect();
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                campaigns::find_dates(tx, campaign)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                // A hold of somebody who is not there keeps nothing, and nobody would notice.
                if let Some(id) = person {
                    let known = people::list(tx, &[id]).await?;
                    let there = known.iter().any(|p| p.campaign_id == campaign);
                    there.then_some(()).ok_or(Error::NotFound("person"))?;
                }
                let row = legal_hold::Model {
                    id,
                    created_at: now,
                    campaign_id: campaign,
                    person_id: person,
                    placed_by_id: actor.staff_id(),
                    reference: reference.clone(),
                    ended_at: None,
                };
                privacy::insert_hold(tx, row).await?;
                let subject = json!({ "hold": id, "person": person });
                let trace = did_by(now, Some(campaign), actor, "privacy.hold", subject);
                Ok::<_, Error>(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await?;
        Ok(id)
    }

    /// Ends a legal hold.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn end_hold(&self, actor: &Actor, id: Uuid) -> Result<()> {
        actor.require(Action::Erase, Where::Everywhere)?;
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                if !privacy::end_hold(tx, id, now).await? {
                    return Err(Error::NotFound("legal hold"));
                }
                let trace = did_by(now, None, actor, "privacy.release", json!({ "hold": id }));
                Ok(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await
    }
}

/// Erases what is personal of these people. Who they were cannot be told any more, not even
/// by who knows them: the key that told them apart becomes a random one.
pub(crate) async fn erase(tx: &Tx, ids: &[Uuid], now: Instant) -> Result<()> {
    for id in ids {
        let mut key = vec![0_u8; 20];
        getrandom::fill(&mut key).map_err(|e| Error::Bug(e.to_string()))?;
        privacy::erase_person(tx, *id, key, now).await?;
    }
    Ok(())
}

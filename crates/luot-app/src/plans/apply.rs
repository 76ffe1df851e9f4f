//! Making what is published what a plan says, from now on: what is there meets what is
//! wanted, and people keep what they can.

use std::collections::{BTreeMap, HashMap, HashSet};

use luot_domain::booking::Hold;
use luot_domain::line::order::{Window, noshow_at};
use luot_domain::policies::Policies;
use luot_domain::republish::{At, Fate, Held, Settled, Wanted, settle};
use luot_planner::Plan;
use luot_store::appointments::{self, Appointment, Change};
use luot_store::holds::{self, Which};
use luot_store::layout::{self, Allotment, Changes, Pool, Session, Slot};
use luot_store::waitlist::Scope;
use luot_store::{Instant, Tx};
use serde_json::json;
use uuid::Uuid;

use super::layout::{SessionKey, There, Today, WantedSession, wanted};
use super::present::{Present, read_present};
use super::publish::Published;
use crate::campaigns::{present, zone};
use crate::error::Result;
use crate::instances::{self, Against, Campaign, from_json};
use crate::trail::message;
use crate::waitlist::{self, look};
use crate::{App, new_id};

/// Makes what is published what the plan says, from now on: shifts that are over stay as they
/// were.
pub(super) async fn apply(
    app: &App,
    tx: &Tx,
    campaign: &Campaign,
    plan: &Plan,
) -> Result<Published> {
    let (now, today) = present(&campaign.row, app.clock.now())?;
    let over = campaign.past(app.clock.now())?;
    let is_over = |(_, date, shift): &SessionKey| over.has_id(*date, *shift);
    let policies: Policies = from_json(&campaign.row.policies)?;
    let instance = campaign.instance(&Against {
        published: None,
        today,
    })?;
    let there = read_present(tx, campaign.row.id).await?;
    let held = appointments::list_in_campaign(tx, campaign.row.id).await?;
    let running = instances::running(tx, campaign, plan, app.clock.now()).await?;
    let clock = Today {
        there: match running.is_empty() {
            true => There::default(),
            false => there.in_shifts_of(today, campaign, &held, now),
        },
        running,
        time: zone(&campaign.row)?.local(now).time(),
    };
    let sessions = wanted(campaign, &instance, plan, &policies, &clock)?;

    let mut draft = Draft {
        campaign,
        app_now: app.clock.now(),
        now,
        changes: Changes::default(),
        pools: HashMap::new(),
        wanted: Vec::new(),
        kept_slots: HashSet::new(),
        left_of: campaign
            .cohorts
            .iter()
            .filter_map(|c| Some((c.id, c.left_of_id?)))
            .collect(),
        open_sessions: 0,
        opens_before: policies.line.opens_before(app.clock.now()),
    };
    let mut kept_sessions = HashSet::new();
    // The past is fixed, and so is a session that runs and of which nothing else is wanted:
    // what was there stays as it was.
    let mut past: HashSet<Uuid> = there
        .sessions
        .iter()
        .filter(|(key, _)| is_over(key))
        .map(|(_, s)| s.id)
        .collect();
    for session in &sessions {
        kept_sessions.insert(session.key);
        match there.sessions.get(&session.key) {
            Some(row) if past.contains(&row.id) => {}
            Some(row) if session.running && there.says(row, session)? => {
                past.insert(row.id);
                draft.open_sessions += 1;
            }
            _ => draft.session(&there, session)?,
        }
    }
    for (key, session) in &there.sessions {
        if !is_over(key) && !kept_sessions.contains(key) && session.state == "open" {
            let mut row = session.clone();
            row.state = "withdrawn".into();
            row.version += 1;
            row.updated_at = draft.app_now;
            draft.changes.update.sessions.push(row);
        }
    }
    for allotment in &there.allotments {
        if !past.contains(&allotment.session_id) {
            draft.changes.delete_allotments.push(allotment.id);
        }
    }
    let withdrawn: HashSet<Uuid> = draft
        .changes
        .update
        .sessions
        .iter()
        .filter_map(|s| (s.state == "withdrawn").then_some(s.id))
        .collect();
    let movable: HashMap<Uuid, &Slot> = there
        .slots
        .values()
        .filter(|s| !past.contains(&s.session_id) && may_come(s, &withdrawn, &policies, now))
        .map(|s| (s.id, s))
        .collect();
    let mut kept = holds::list_kept(tx, Which::OfCampaign(campaign.row.id)).await?;
    kept.retain(|h| movable.contains_key(&h.window_id));
    let (mut done, settled) = draft.settle(&there, &movable, &held, &kept);
    done.sessions = draft.open_sessions;
    let stay = there.slots.values();
    let stay = stay.filter(|s| past.contains(&s.session_id) && s.ends_at > now);
    let stay: HashSet<Uuid> = stay.map(|s| s.id).collect();
    let stays = |a: &&Appointment| a.state == "booked" && stay.contains(&a.slot_id);
    done.kept += held.iter().filter(stays).count();
    layout::write(tx, draft.changes).await?;
    kept.retain(|h| settled.withdrawn.contains(&h.id));
    let after = After {
        campaign: campaign.row.id,
        now: app.clock.now(),
        fates: settled.fates,
    };
    after.tell(tx, &held).await?;
    waitlist::withdraw(tx, kept, after.now).await?;
    let displaced = after.displaced(&held);
    waitlist::claims(&app.keys, tx, after.campaign, displaced, after.now).await?;
    let everywhere = Scope::default();
    look(&app.keys, tx, after.campaign, &everywhere, None, after.now).await?;
    Ok(done)
}

/// Whether somebody who is booked in a window may still come. Who is only late has lost a place
/// where nothing is held any more; elsewhere they are let in as they are.
fn may_come(slot: &Slot, withdrawn: &HashSet<Uuid>, policies: &Policies, now: Instant) -> bool {
    let window = Window {
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
    };
    let late = || withdrawn.contains(&slot.session_id) && noshow_at(window, &policies.line) >= now;
    slot.ends_at > now || late()
}

/// What publishing is going to write.
struct Draft<'a> {
    campaign: &'a Campaign,
    app_now: Instant,
    now: Instant,
    changes: Changes,
    /// Wanted pools as rows, and whether they are new.
    pools: HashMap<Uuid, (Pool, bool)>,
    wanted: Vec<Wanted>,
    kept_slots: HashSet<Uuid>,
    /// Cohorts of people left over, and of which cohort.
    left_of: HashMap<Uuid, Uuid>,
    open_sessions: usize,
    /// What cohorts do not take of sessions that begin until then is everybody's.
    opens_before: Option<Instant>,
}

impl Draft<'_> {
    fn session(&mut self, there: &Present, session: &WantedSession) -> Result<()> {
        let (site_id, date, shift_id) = session.key;
        let campaign_id = self.campaign.row.id;
        let zone = zone(&self.campaign.row)?;
        let (Some(first), Some(last)) = (session.windows.first(), session.windows.last()) else {
            return Ok(());
        };
        let machines = instances::json(&session.machines)?;
        let old = there.sessions.get(&session.key);
        let row = Session {
            id: old.map_or_else(new_id, |s| s.id),
            created_at: old.map_or(self.app_now, |s| s.created_at),
            campaign_id,
            site_id,
            shift_id,
            date,
            starts_at: zone.instant(date, first.starts),
            ends_at: zone.instant(date, last.ends),
            capacity: session.capacity,
            card_capacity: session.card_capacity,
            state: "open".into(),
            machines,
            version: old.map_or(1, |s| s.version + 1),
            updated_at: self.app_now,
        };
        let session_id = row.id;
        let opens = self.opens_before.is_some_and(|at| row.starts_at <= at);
        self.open_sessions += 1;
        match old {
            None => self.changes.insert.sessions.push(row),
            Some(old) => {
                let same = old.capacity == row.capacity
                    && old.card_capacity == row.card_capacity
                    && old.state == row.state
                    && old.machines == row.machines;
                if !same {
                    self.changes.update.sessions.push(row);
                }
            }
        }
        for &(cohort_id, places, moved_before) in &session.allotted {
            self.changes.insert.allotments.push(Allotment {
                id: new_id(),
                created_at: self.app_now,
                campaign_id,
                session_id,
                cohort_id,
                places,
                moved_before,
            });
        }
        for window in &session.windows {
            let old = there.slots.get(&(session_id, window.starts));
            let row = Slot {
                id: old.map_or_else(new_id, |s| s.id),
                created_at: old.map_or(self.app_now, |s| s.created_at),
                campaign_id,
                session_id,
                site_id,
                date,
                starts: window.starts,
                ends: window.ends,
                starts_at: zone.instant(date, window.starts),
                ends_at: zone.instant(date, window.ends),
                open: true,
            };
            let slot_id = row.id;
            let ends_at = row.ends_at;
            let over = ends_at <= self.now;
            let cut_before = old.is_some();
            self.kept_slots.insert(slot_id);
            match old {
                None => self.changes.insert.slots.push(row),
                Some(old) if old.open && old.ends == row.ends => {}
                Some(_) => self.changes.update.slots.push(row),
            }
            for &(cohort_id, places, card_places) in &window.pools {
                let old = there.pools.get(&(slot_id, cohort_id));
                // The pools of a window that is over stay as they were cut: one more would be
                // places beyond what the session has.
                if over && cut_before && old.is_none() {
                    continue;
                }
                let pool = Pool {
                    id: old.map_or_else(new_id, |p| p.id),
                    created_at: old.map_or(self.app_now, |p| p.created_at),
                    campaign_id,
                    slot_id,
                    cohort_id,
                    open: true,
                    places,
                    taken: 0,
                    card_places,
                    card_taken: 0,
                };
                // A window that is over cannot be given to anybody.
                if !over {
                    self.wanted.push(Wanted {
                        pool_id: pool.id,
                        window_id: slot_id,
                        at: At {
                            site_id,
                            date,
                            starts: window.starts,
                        },
                        cohort_id,
                        left_of: cohort_id.and_then(|id| self.left_of.get(&id).copied()),
                        places,
                        card_places,
                        opens: opens && ends_at > self.app_now,
                    });
                }
                self.pools.insert(pool.id, (pool, old.is_none()));
            }
        }
        Ok(())
    }

    /// Who stays, who moves, who is displaced; and the pools as they are then.
    fn settle(
        &mut self,
        there: &Present,
        movable: &HashMap<Uuid, &Slot>,
        appointments: &[Appointment],
        kept: &[Hold],
    ) -> (Published, Settled) {
        let slots: HashMap<Uuid, At> = there.slots.values().map(|s| (s.id, at(s))).collect();
        let held: Vec<Held> = appointments
            .iter()
            .map(|a| Held {
                appointment_id: a.id,
                pool_id: a.pool_id,
                window_id: a.slot_id,
                // Windows are never deleted, so each is there.
                at: slots.get(&a.slot_id).copied().unwrap_or_default(),
                cohort_id: a.cohort_id,
                needs_card: a.needs_card,
                fixed: a.state != "displaced"
                    && (a.state != "booked" || !movable.contains_key(&a.slot_id)),
                displaced: a.state == "displaced",
                moved_before: a.moves > 0,
            })
            .collect();
        let kept: Vec<_> = kept.iter().map(|h| (h.id, h.places.clone())).collect();
        let settled = settle(&self.wanted, &held, &kept);

        for (id, (mut pool, is_new)) in std::mem::take(&mut self.pools) {
            if let Some(&(places, taken, card_places, card_taken)) = settled.pools.get(&id) {
                pool.places = places;
                pool.taken = taken;
                pool.card_places = card_places;
                pool.card_taken = card_taken;
            } else if !is_new {
                continue;
            }
            if is_new {
                self.changes.insert.pools.push(pool);
            } else if there.pools.get(&(pool.slot_id, pool.cohort_id)) != Some(&pool) {
                self.changes.update.pools.push(pool);
            }
        }
        self.close_the_rest(there, movable, &held);

        let count =
            |wanted: fn(&Fate) -> bool| settled.fates.values().filter(|f| wanted(f)).count();
        let done = Published {
            moved: count(|f| matches!(f, Fate::Moved { .. })),
            displaced: count(|f| matches!(f, Fate::Displaced)),
            restored: count(|f| matches!(f, Fate::Restored { .. })),
            kept: held.iter().filter(|h| !h.fixed && !h.displaced).count(),
            ..Published::default()
        };
        let done = Published {
            kept: done.kept - done.moved - done.displaced,
            ..done
        };
        (done, settled)
    }

    /// Closes windows and pools that are not wanted any more. Who stands there keeps the
    /// place; everybody else has been seen to.
    fn close_the_rest(&mut self, there: &Present, movable: &HashMap<Uuid, &Slot>, held: &[Held]) {
        let wanted: HashSet<Uuid> = self.wanted.iter().map(|w| w.pool_id).collect();
        let mut standing: HashMap<Uuid, (i32, i32)> = HashMap::new();
        for h in held.iter().filter(|h| h.fixed) {
            let count = standing.entry(h.pool_id).or_default();
            count.0 += 1;
            count.1 += i32::from(h.needs_card);
        }
        for slot in movable.values() {
            if !self.kept_slots.contains(&slot.id) && slot.open {
                self.changes.update.slots.push(Slot {
                    open: false,
                    ..(*slot).clone()
                });
            }
        }
        for pool in there.pools.values() {
            if movable.contains_key(&pool.slot_id) && !wanted.contains(&pool.id) {
                let (taken, card_taken) = standing.get(&pool.id).copied().unwrap_or((0, 0));
                let closed = Pool {
                    open: false,
                    taken,
                    card_taken,
                    ..pool.clone()
                };
                if closed != *pool {
                    self.changes.update.pools.push(closed);
                }
            }
        }
    }
}

/// When and where a window is.
fn at(slot: &Slot) -> At {
    At {
        site_id: slot.site_id,
        date: slot.date,
        starts: slot.starts,
    }
}

/// What publishing means for people.
struct After {
    campaign: Uuid,
    now: Instant,
    fates: HashMap<Uuid, Fate>,
}

impl After {
    /// How many of each booking have lost their place.
    fn displaced(&self, held: &[Appointment]) -> BTreeMap<Uuid, i32> {
        let mut displaced = BTreeMap::new();
        for a in held {
            if self.fates.get(&a.id) == Some(&Fate::Displaced) {
                *displaced.entry(a.booking_id).or_default() += 1;
            }
        }
        displaced
    }

    /// Writes what became of appointments, with a message for each that its holder notices.
    async fn tell(&self, tx: &Tx, held: &[Appointment]) -> Result<()> {
        let (campaign, now) = (self.campaign, self.now);
        let mut messages = Vec::new();
        for a in held {
            let Some(fate) = self.fates.get(&a.id) else {
                continue;
            };
            let (state, place, kind) = match *fate {
                Fate::Repooled { pool_id } => ("booked", Some((a.slot_id, pool_id)), None),
                Fate::Moved { window_id, pool_id } => (
                    "booked",
                    Some((window_id, pool_id)),
                    Some("appointment.moved"),
                ),
                Fate::Restored { window_id, pool_id } => (
                    "booked",
                    Some((window_id, pool_id)),
                    Some("appointment.restored"),
                ),
                Fate::Displaced => ("displaced", None, Some("appointment.displaced")),
            };
            let change = Change {
                id: a.id,
                version: a.version,
                state,
                place,
                moved: matches!(fate, Fate::Moved { .. } | Fate::Restored { .. }),
            };
            appointments::change(tx, &change, now).await?;
            if let Some(kind) = kind {
                messages.push(message(
                    now,
                    campaign,
                    kind,
                    json!({
                        "booking": a.booking_id,
                        "appointment": a.id,
                        "from_window": a.slot_id,
                        "to_window": place.map(|(slot, _)| slot),
                    }),
                ));
            }
        }
        Ok(luot_store::audit::post(tx, messages).await?)
    }
}

//! What a parent may ask about the data on a child: to see it, to have it corrected, a copy,
//! and to withdraw. And what staff owe, by when.
//!
//! What came from a parent goes when the parent withdraws. What came by law from a list
//! cannot be withdrawn by one parent: then somebody decides, within the time there is.

use chrono::{Duration, NaiveDate};
use luot_domain::appointment::State;
use luot_domain::finding::Note;
use luot_domain::person::name;
use luot_store::entities::{person, privacy_request};
use luot_store::parents::{self, Child};
use luot_store::privacy;
use luot_store::{Instant, Tx, appointments, campaigns, people, waitlist};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::authz::{Action, Actor};
use crate::error::{Error, Forbidden, Invalid, Result};
use crate::keys::Place;
use crate::trail::did_by;
use crate::waitlist::{Cooled, leave_all, offer};
use crate::{App, limits, new_id};

/// What somebody asks.
#[derive(Clone)]
pub enum Ask {
    /// To have what is wrong corrected.
    Correct {
        /// The name as it is.
        full_name: Option<String>,
        /// The day of birth as it is.
        birth_date: Option<NaiveDate>,
    },
    /// To have the data erased.
    Withdraw,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The request's id.
    pub id: Uuid,
    /// `open`, or `done` at once.
    pub state: String,
    /// By when staff must have answered.
    pub due_at: luot_store::Instant,
}

/// A request as staff see it.
#[derive(Debug, Clone)]
pub struct RequestView {
    /// The row.
    pub row: privacy_request::Model,
    /// Whether it should have been answered by now.
    pub overdue: bool,
    /// What is asked for, where it is a correction.
    pub asked: Option<Value>,
}

impl App {
    /// Asks for a correction, or withdraws.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not the parent's child, [`Error::State`] while it has
    /// an appointment (cancel that first).
    pub async fn ask_about_child(&self, actor: &Actor, child: Uuid, ask: &Ask) -> Result<Asked> {
        let parent = actor.parent_id()?;
        let values = read(ask)?;
        let (asked, cooled) = self
            .store
            .write(async |tx| {
                let now = self.clock.now();
                let child = own(tx, parent, child).await?;
                let person = people::load(tx, child.person_id).await?;
                let by_law = !people::list_cohorts_of(tx, person.id).await?.is_empty();
                // What a legal hold keeps is for staff to answer, who need not say why.
                let held = privacy::is_held(tx, person.campaign_id, person.id).await?;
                // What is another parent's child too is not for one of them to decide.
                let shared = parents::list_of_person(tx, person.id).await?;
                let shared = shared
                    .iter()
                    .any(|c| c.state == "linked" && c.parent_id != parent);
                let (again, mut row) = self
                    .request(tx, parent, &person, ask, values.as_ref(), now)
                    .await?;
                let id = row.id;
                let mut cooled = Vec::new();
                if matches!(ask, Ask::Withdraw) {
                    let alone = shared.then_some(parent);
                    cooled = self.withdraw(tx, actor, &person, alone, now).await?;
                }
                if !by_law && !held && !shared {
                    self.carry_out(tx, &row, person).await?;
                    row.state = "done".into();
                    row.decided_at = Some(now);
                    row.asked_sealed = None;
                }
                let asked = Asked {
                    id,
                    state: row.state.clone(),
                    due_at: row.due_at,
                };
                let campaign = Some(row.campaign_id);
                let action = format!("privacy.{}", row.kind);
                let subject = json!({ "request": id, "person": row.person_id, "state": row.state });
                match again {
                    true => privacy::update(tx, row).await?,
                    false => privacy::insert(tx, row).await?,
                }
                let trace = did_by(now, campaign, actor, action, subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                Ok::<_, Error>((asked, cooled))
            })
            .await?;
        offer(&self.store, &self.keys, &*self.clock, cooled).await;
        Ok(asked)
    }

    /// Ends what rests on consent: all of it, or what this one of two parents did.
    async fn withdraw(
        &self,
        tx: &Tx,
        actor: &Actor,
        person: &person::Model,
        alone: Option<Uuid>,
        now: Instant,
    ) -> Result<Vec<Cooled>> {
        let (consents, bookings) = match alone {
            Some(parent) => {
                let acts = self.acts_of(tx, parent, person.id).await?;
                (acts.consents, Some(acts.bookings))
            }
            None => {
                let all = people::list_consents(tx, person.id).await?;
                (all.iter().map(|c| c.id).collect(), None)
            }
        };
        people::withdraw_consents(tx, &consents, now).await?;
        let whom = (person.campaign_id, person.id);
        leave_all(&self.keys, tx, actor, whom, bookings.as_deref(), now).await
    }

    /// What this parent did for somebody, where another parent may have done the rest. What was
    /// agreed to with a booking has its time: it says which parent it was, if they had signed
    /// in; else the booking's phone does.
    async fn acts_of(&self, tx: &Tx, parent: Uuid, person: Uuid) -> Result<Acts> {
        let phones = match parents::load(tx, parent).await?.phone_sealed {
            Some(_) => {
                let phone = self.parent_phone(tx, parent).await?;
                self.keys.blind_indexes("phone", &phone)
            }
            None => Vec::new(),
        };
        let booked = appointments::list_of_persons(tx, &[person]).await?;
        let mut ids: Vec<Uuid> = booked.iter().map(|a| a.booking_id).collect();
        for entry in waitlist::list_entries_of(tx, person).await? {
            ids.extend(waitlist::find(tx, entry).await?.map(|e| e.booking_id));
        }
        let agreed = people::list_consents(tx, person).await?;
        let (mut bookings, mut made_at) = (Vec::new(), Vec::new());
        for id in ids {
            let row = appointments::load_booking(tx, id).await?;
            let with_it = agreed.iter().find(|c| c.given_at == row.created_at);
            let index = row.contact_phone_index;
            let is_own = match with_it.and_then(|c| c.parent_id) {
                Some(by) => by == parent,
                None => index.is_some_and(|index| phones.contains(&index)),
            };
            if is_own {
                bookings.push(id);
                made_at.push(row.created_at);
            }
        }
        let consents = agreed.iter().filter(|c| match c.parent_id {
            Some(by) => by == parent,
            None => made_at.contains(&c.given_at),
        });
        Ok(Acts {
            consents: consents.map(|c| c.id).collect(),
            bookings,
        })
    }

    /// The row of what a parent asks, and whether it is there already: who asks again asks the
    /// same thing, and what was said last counts.
    async fn request(
        &self,
        tx: &Tx,
        parent: Uuid,
        person: &person::Model,
        ask: &Ask,
        values: Option<&Value>,
        now: Instant,
    ) -> Result<(bool, privacy_request::Model)> {
        let kind = match ask {
            Ask::Correct { .. } => "correct",
            Ask::Withdraw => "withdraw",
        };
        let before = privacy::list_of_person(tx, person.id).await?;
        let before = before
            .into_iter()
            .find(|r| r.state == "open" && r.kind == kind && r.parent_id == Some(parent));
        let id = before.as_ref().map_or_else(new_id, |r| r.id);
        let created_at = before.as_ref().map_or(now, |r| r.created_at);
        let place = Place {
            column: "privacy_request.asked",
            row: id,
        };
        let row = privacy_request::Model {
            id,
            created_at,
            campaign_id: person.campaign_id,
            person_id: person.id,
            parent_id: Some(parent),
            decided_by_id: None,
            kind: kind.into(),
            state: "open".into(),
            due_at: created_at + Duration::days(limits::REQUEST_DAYS),
            decided_at: None,
            asked_sealed: values.map(|v| self.keys.seal(place, &v.to_string())),
        };
        Ok((before.is_some(), row))
    }

    /// What parents of a campaign wait for, the most urgent first, after that one (by when it
    /// is due, and its id).
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`] when there is no such campaign.
    pub async fn list_requests(
        &self,
        actor: &Actor,
        campaign: Uuid,
        (after, limit): (Option<(Instant, Uuid)>, u64),
    ) -> Result<Vec<RequestView>> {
        actor.require(Action::AnswerRequests, Some(campaign))?;
        let now = self.clock.now();
        let rows = self
            .store
            .read(async |tx| {
                campaigns::find_dates(tx, campaign)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                Ok::<_, Error>(privacy::list_open(tx, campaign, after, limit).await?)
            })
            .await?;
        let views = rows
            .into_iter()
            .map(|row| {
                Ok(RequestView {
                    overdue: row.due_at < now,
                    asked: self.asked(&row)?,
                    row,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let ids: Vec<Uuid> = views.iter().map(|v| v.row.id).collect();
        let subject = json!({ "requests": ids });
        self.note_reading(actor, Some(campaign), "privacy.read", subject, None)
            .await?;
        Ok(views)
    }

    /// Does what was asked, or refuses it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing is asked, [`Error::State`] while an appointment
    /// stands in the way.
    pub async fn decide_request(&self, actor: &Actor, id: Uuid, grant: bool) -> Result<()> {
        actor.require(Action::AnswerRequests, None)?;
        let cooled = self
            .store
            .write(async |tx| {
                let none = Error::NotFound("request");
                let Some(mut row) = privacy::find(tx, id).await? else {
                    return Err(none);
                };
                if row.state != "open" || !actor.may(Action::AnswerRequests, Some(row.campaign_id))
                {
                    return Err(none);
                }
                let now = self.clock.now();
                let mut cooled = Vec::new();
                if grant {
                    let person = people::load(tx, row.person_id).await?;
                    if row.kind == "withdraw" {
                        let whom = (person.campaign_id, person.id);
                        cooled = leave_all(&self.keys, tx, actor, whom, None, now).await?;
                    }
                    self.carry_out(tx, &row, person).await?;
                }
                row.state = if grant { "done" } else { "refused" }.into();
                row.decided_at = Some(now);
                row.decided_by_id = actor.staff_id();
                row.asked_sealed = None;
                let campaign = Some(row.campaign_id);
                let subject = json!({ "request": id, "state": row.state });
                privacy::update(tx, row).await?;
                let trace = did_by(now, campaign, actor, "privacy.decide", subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                Ok(cooled)
            })
            .await?;
        offer(&self.store, &self.keys, &*self.clock, cooled).await;
        Ok(())
    }

    async fn carry_out(
        &self,
        tx: &Tx,
        row: &privacy_request::Model,
        person: person::Model,
    ) -> Result<()> {
        // Neither erased nor written over: what is kept is kept as it is.
        if privacy::is_held(tx, person.campaign_id, person.id).await? {
            return Err(Error::State(Forbidden::InUse));
        }
        if row.kind == "withdraw" {
            let booked = appointments::list_of_persons(tx, &[person.id]).await?;
            let stands = booked
                .iter()
                .filter_map(|a| State::read(&a.state))
                .any(State::is_live);
            if stands {
                return Err(Error::State(Forbidden::InUse));
            }
            let now = self.clock.now();
            crate::retention::erase(tx, &[person.id], now).await?;
            return Ok(privacy::erase_bookings_of(tx, person.id, now).await?);
        }
        let Some(asked) = self.asked(row)? else {
            return Ok(());
        };
        self.correct(tx, person, &asked, row.parent_id).await
    }

    fn asked(&self, row: &privacy_request::Model) -> Result<Option<Value>> {
        let place = Place {
            column: "privacy_request.asked",
            row: row.id,
        };
        let Some(sealed) = &row.asked_sealed else {
            return Ok(None);
        };
        let text = self
            .keys
            .open(place, sealed)
            .map_err(|e| Error::Bug(e.to_string()))?;
        serde_json::from_str(&text).map_err(|e| Error::Bug(e.to_string()))
    }
}

/// What one parent did for a child.
struct Acts {
    /// Their bookings, also of such as only wait.
    bookings: Vec<Uuid>,
    /// What they agreed to.
    consents: Vec<Uuid>,
}

/// The parent's child of that id, confirmed.
pub(crate) async fn own(tx: &Tx, parent: Uuid, child: Uuid) -> Result<Child> {
    parents::find_child(tx, child)
        .await?
        .filter(|c| c.parent_id == parent && c.state == "linked")
        .ok_or(Error::NotFound("child"))
}

/// The values of a correction.
fn read(ask: &Ask) -> Result<Option<Value>> {
    let Ask::Correct {
        full_name,
        birth_date,
    } = ask
    else {
        return Ok(None);
    };
    let fault = |pointer: &str, code: &'static str| {
        Error::Invalid(
            Invalid::Input,
            vec![Note::new(
                pointer,
                code,
                "say what is right instead",
                "hãy nêu nội dung đúng",
            )],
        )
    };
    if full_name.is_none() && birth_date.is_none() {
        return Err(fault("/", "nothing-to-correct"));
    }
    let full_name = full_name
        .as_deref()
        .map(|n| {
            name(n)
                .filter(|n| n.chars().count() <= limits::NAME_MOST)
                .ok_or_else(|| fault("/full_name", "invalid-name"))
        })
        .transpose()?;
    Ok(Some(
        json!({ "full_name": full_name, "birth_date": birth_date }),
    ))
}

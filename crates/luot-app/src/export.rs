//! A copy of everything that is held on a child, for its parent.
//!
//! The hazard: others are named beside a child, the other parent or whoever booked. Their
//! phones are masked, and their names are not told: whoever asks has shown one phone, their
//! own.

use luot_domain::consent_texts;
use luot_store::appointments::Appointment;
use luot_store::entities::person;
use luot_store::parents::Child;
use luot_store::{Tx, appointments, people, privacy, visits, waitlist};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::App;
use crate::authz::Actor;
use crate::error::{Error, Result};
use crate::keys::Place;
use crate::privacy::own;
use crate::signin::{Field, masked};

impl App {
    /// Everything that is held on a child, as a parent may take it along.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not the parent's child.
    pub async fn export_child(&self, actor: &Actor, child: Uuid) -> Result<Value> {
        let parent = actor.parent_id()?;
        let (campaign, person, told) = self
            .store
            .read(async |tx| {
                let child = own(tx, parent, child).await?;
                let person = people::load(tx, child.person_id).await?;
                let told = self.all_of(tx, &child, &person).await?;
                Ok::<_, Error>((person.campaign_id, person.id, told))
            })
            .await?;
        let subject = json!({ "ids": [person] });
        self.note_reading(actor, Some(campaign), "child.export", subject, None)
            .await?;
        Ok(told)
    }

    async fn all_of(&self, tx: &Tx, child: &Child, person: &person::Model) -> Result<Value> {
        let lists = people::list_cohorts_of(tx, person.id).await?;
        let mine = self.parent_phone(tx, child.parent_id).await?;
        let booked = appointments::list_of_persons(tx, &[person.id]).await?;
        let waits = self.waits(tx, person.id).await?;
        let mut bookings: Vec<Uuid> = booked.iter().map(|a| a.booking_id).collect();
        bookings.extend(waits.iter().map(|(booking, _)| *booking));
        bookings.sort_unstable();
        bookings.dedup();
        let appointments = booked.iter().map(|a| {
            json!({
                "id": a.id, "code": a.code, "state": a.state, "window_id": a.slot_id,
                "created_at": a.created_at, "updated_at": a.updated_at,
            })
        });
        let tickets = self.tickets_of(tx, &booked).await?;
        Ok(json!({
            "format": "luot-child/1",
            "campaign_id": person.campaign_id,
            "person": {
                "id": person.id,
                "full_name": self.opened(person, Field::Name)?,
                "birth_date": self.opened(person, Field::Birth)?,
                "personal_number": self.opened(person, Field::Number)?,
                "since": person.created_at,
                "erased_at": person.erased_at,
            },
            "by_law": !lists.is_empty(),
            "cohorts": lists,
            "linked": { "how": child.source, "since": child.created_at },
            "guardians": self.guardians_of(tx, person.id, &mine).await?,
            "contacts": self.contacts(tx, &bookings, &mine).await?,
            "consents": consents(tx, person.id).await?,
            "appointments": appointments.collect::<Vec<_>>(),
            "waitlist": waits.into_iter().map(|(_, told)| told).collect::<Vec<_>>(),
            "tickets": tickets,
            "outcomes": self.outcomes_of(tx, person.id).await?,
            "requests": requests(tx, person.id).await?,
        }))
    }

    /// The tickets that somebody had for their appointments, and the calls of each.
    async fn tickets_of(&self, tx: &Tx, booked: &[Appointment]) -> Result<Vec<Value>> {
        let booked: Vec<Uuid> = booked.iter().map(|a| a.id).collect();
        let tickets = visits::list_tickets(tx, &booked).await?;
        let ids: Vec<Uuid> = tickets.iter().map(|t| t.id).collect();
        let calls = visits::list_calls(tx, &ids).await?;
        let told = tickets.iter().map(|t| {
            let calls = calls.iter().filter(|c| c.ticket_id == t.id).map(|c| {
                json!({
                    "id": c.id, "state": c.state, "outcome": c.outcome, "recalls": c.recalls,
                    "called_at": c.called_at, "served_at": c.served_at, "ended_at": c.ended_at,
                })
            });
            json!({
                "id": t.id, "appointment_id": t.appointment_id, "session_id": t.session_id,
                "number": t.number, "state": t.state, "arrived_at": t.arrived_at,
                "ground": t.ground, "misses": t.misses, "calls": calls.collect::<Vec<_>>(),
            })
        });
        Ok(told.collect())
    }

    /// What came of somebody's visits.
    async fn outcomes_of(&self, tx: &Tx, person: Uuid) -> Result<Vec<Value>> {
        let mut told = Vec::new();
        for o in privacy::list_outcomes(tx, person).await? {
            let reason = match &o.reason_sealed {
                Some(sealed) => Some(self.unsealed("outcome.reason", o.id, sealed)?),
                None => o.reason,
            };
            told.push(json!({
                "id": o.id, "kind": o.kind, "reason": reason, "appointment_id": o.appointment_id,
                "occurred_at": o.occurred_at, "recorded_at": o.recorded_at,
            }));
        }
        Ok(told)
    }

    /// The phones that lists name for somebody.
    async fn guardians_of(&self, tx: &Tx, person: Uuid, mine: &str) -> Result<Vec<Value>> {
        let mut told = Vec::new();
        for row in people::list_guardians(tx, person).await? {
            let phone = self.unsealed("guardian.phone", row.id, &row.phone_sealed)?;
            let own = phone == mine;
            let phone = if own { phone } else { masked(&phone) };
            told.push(json!({
                "phone": phone, "own": own, "source": row.source, "since": row.created_at,
            }));
        }
        Ok(told)
    }

    /// Whom bookings say to tell.
    async fn contacts(&self, tx: &Tx, bookings: &[Uuid], mine: &str) -> Result<Vec<Value>> {
        let mut told = Vec::new();
        for id in bookings {
            let row = appointments::load_booking(tx, *id).await?;
            let (Some(phone), Some(name)) = (&row.contact_phone_sealed, &row.contact_name_sealed)
            else {
                continue;
            };
            let phone = self.unsealed("booking.contact_phone", *id, phone)?;
            let own = phone == mine;
            let name = match own {
                true => Some(self.unsealed("booking.contact_name", *id, name)?),
                false => None,
            };
            let phone = if own { phone } else { masked(&phone) };
            told.push(json!({
                "booking_id": id, "name": name, "phone": phone, "own": own,
                "since": row.created_at,
            }));
        }
        Ok(told)
    }

    /// With which booking somebody waits or waited, and how.
    async fn waits(&self, tx: &Tx, person: Uuid) -> Result<Vec<(Uuid, Value)>> {
        let mut told = Vec::new();
        for id in waitlist::list_entries_of(tx, person).await? {
            let Some(entry) = waitlist::find(tx, id).await? else {
                continue;
            };
            let entry_told = json!({
                "id": id, "state": entry.state, "wishes": entry.wishes, "at_once": entry.at_once,
                "grounds": entry.grounds, "created_at": entry.created_at,
                "updated_at": entry.updated_at,
            });
            told.push((entry.booking_id, entry_told));
        }
        Ok(told)
    }

    fn unsealed(&self, column: &'static str, row: Uuid, sealed: &[u8]) -> Result<String> {
        let opened = self.keys.open(Place { column, row }, sealed);
        opened.map_err(|e| Error::Bug(e.to_string()))
    }
}

/// What was agreed to, with the words; those of before there was a list of texts have none.
async fn consents(tx: &Tx, person: Uuid) -> Result<Vec<Value>> {
    let rows = people::list_consents(tx, person).await?;
    let told = rows.iter().map(|c| {
        json!({
            "text": c.text_version, "words": consent_texts::find(&c.text_version),
            "given_by": c.given_by, "channel": c.channel,
            "given_at": c.given_at, "withdrawn_at": c.withdrawn_at,
        })
    });
    Ok(told.collect())
}

async fn requests(tx: &Tx, person: Uuid) -> Result<Vec<Value>> {
    let rows = privacy::list_of_person(tx, person).await?;
    let told = rows.iter().map(|r| {
        json!({
            "id": r.id, "kind": r.kind, "state": r.state,
            "created_at": r.created_at, "due_at": r.due_at, "decided_at": r.decided_at,
        })
    });
    Ok(told.collect())
}

//! Parents sign in by a code sent to their phone.
//!
//! Every mobile number gets a code, known or not: who has an account cannot be asked. Six
//! digits, five minutes, five tries, and only the newest counts: one guess in 200,000 per
//! code; with five codes an hour and ten a day to a phone, somebody who tries all day and
//! every day for a year has a chance of 18 in 1,000 at one phone whose owner is asked for
//! it ten times a day.

use std::collections::HashMap;

use chrono::Duration;
use luot_domain::phone::Mobile;
use luot_notify::{Message, What};
use luot_store::parents::{self, Child, Parent, PhoneCode};
use luot_store::{Instant, Tx, appointments, people};
use serde_json::json;
use uuid::Uuid;

use super::{SignedIn, codes};
use crate::authz::Actor;
use crate::error::{Error, Invalid, Refused, Result};
use crate::keys::{Place, same};
use crate::rates::Budget;
use crate::trail::did_by;
use crate::{App, limits, new_id};
use luot_domain::finding::Note;

/// That somebody is a parent's child, as a list or a booking says.
fn linked(parent_id: Uuid, person_id: Uuid, source: &str, now: Instant) -> Child {
    Child {
        id: new_id(),
        created_at: now,
        parent_id,
        person_id,
        decided_by_id: None,
        source: source.into(),
        state: "linked".into(),
        updated_at: now,
        asked_sealed: None,
    }
}

impl App {
    /// Sends a code to a phone; tells for how many seconds it is good.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no mobile number, [`Error::Limited`].
    pub async fn send_phone_code(&self, phone: &str) -> Result<i64> {
        let mobile = read(phone)?;
        self.spend(Budget::PhoneCode, mobile.as_str()).await?;
        let code = codes::six_digits()?;
        let hash = self
            .keys
            .code_hash("phone", mobile.as_str().as_bytes(), &code);
        let message = Message {
            to: mobile.as_str().to_owned(),
            what: What::SignInCode {
                code,
                minutes: limits::PHONE_CODE_MINUTES,
            },
        };
        let indexes = self.keys.blind_indexes("phone", mobile.as_str());
        let lasts = Duration::minutes(limits::PHONE_CODE_MINUTES);
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                let row = PhoneCode {
                    id: new_id(),
                    created_at: now,
                    phone_index: self.keys.blind_index("phone", mobile.as_str()),
                    code_hash: hash.clone(),
                    expires_at: now + lasts,
                    tries: 0,
                    used_at: None,
                };
                parents::replace_code(tx, &indexes, row, now).await?;
                self.post(tx, &message, now + lasts).await
            })
            .await?;
        // The answer does not wait for the gateway: how long that takes tells of the phone.
        let app = self.clone();
        tokio::spawn(async move {
            if let Err(error) = app.hand_over_due().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "messages wait in the outbox"
                );
            }
        });
        Ok(lasts.num_seconds())
    }

    /// Signs a parent in who shows the code that was sent.
    ///
    /// # Errors
    /// [`Error::SignIn`] when it is not the code, too late, or tried too often: which of
    /// them is not told.
    pub async fn sign_in_by_phone(&self, phone: &str, code: &str) -> Result<SignedIn> {
        let mobile = read(phone)?;
        let indexes = self.keys.blind_indexes("phone", mobile.as_str());
        let now = self.clock.now();
        let most = limits::PHONE_CODE_TRIES;
        let there = self
            .store
            .read(async |tx| parents::has_code(tx, &indexes, most, now).await)
            .await?;
        // Tries at nothing cost the phone nothing: else a stranger who never was sent a code
        // could keep its owner out.
        if there {
            self.spend(Budget::PhoneTry, mobile.as_str()).await?;
        }
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let hash = self
            .keys
            .code_hash("phone", mobile.as_str().as_bytes(), &digits);
        let let_in = self
            .store
            .write(async |tx| {
                let now = self.clock.now();
                // Counted before it is looked at, so that two tries at once are two.
                let Some(row) =
                    parents::try_code(tx, &indexes, limits::PHONE_CODE_TRIES, now).await?
                else {
                    return Ok(None);
                };
                if !same(&row.code_hash, &hash) {
                    let subject = json!({ "code": row.id, "tries": row.tries });
                    let told = did_by(now, None, &Actor::Anonymous, "sign_in.fail", subject);
                    luot_store::audit::record(tx, vec![told]).await?;
                    return Ok(None);
                }
                parents::use_code(tx, row.id, now).await?;
                let parent = self.parent_of(tx, &mobile, None).await?;
                let actor = Actor::Parent { id: parent };
                Ok::<_, Error>(Some(self.open(tx, actor, "phone").await?))
            })
            .await?;
        let_in.ok_or(Error::SignIn(Refused::Wrong))
    }

    /// The parent with that phone, made if need be; children whose lists name the phone are
    /// theirs from now on.
    pub(super) async fn parent_of(
        &self,
        tx: &Tx,
        mobile: &Mobile,
        zalo_id: Option<&str>,
    ) -> Result<uuid::Uuid> {
        let now = self.clock.now();
        let indexes = self.keys.blind_indexes("phone", mobile.as_str());
        let mut known = parents::find_by_phone(tx, &indexes).await?;
        if let Some(zalo) = zalo_id {
            known = self.by_zalo(tx, known, zalo).await?;
        }
        let is_new = known.is_none();
        let mut row = known.unwrap_or_else(|| Parent {
            id: new_id(),
            created_at: now,
            phone_sealed: None,
            phone_index: None,
            zalo_index: None,
            zalo_sealed: None,
            seen_at: now,
            erased_at: None,
        });
        let id = row.id;
        let seal = |column, value: &str| Some(self.keys.seal(Place { column, row: id }, value));
        row.seen_at = now;
        if !row
            .phone_index
            .as_ref()
            .is_some_and(|i| indexes.contains(i))
        {
            if row.phone_index.is_some() {
                let actor = Actor::Parent { id };
                let told = did_by(now, None, &actor, "parent.phone", json!({ "ids": [id] }));
                luot_store::audit::record(tx, vec![told]).await?;
            }
            row.phone_sealed = seal("parent.phone", mobile.as_str());
            row.phone_index = Some(self.keys.blind_index("phone", mobile.as_str()));
        }
        if let Some(zalo) = zalo_id {
            row.zalo_sealed = seal("parent.zalo", zalo);
            row.zalo_index = Some(self.keys.blind_index("zalo", zalo));
        }
        match is_new {
            true => parents::insert(tx, row).await?,
            false => parents::update(tx, row).await?,
        }
        let named = people::list_by_guardian(tx, &indexes).await?;
        let booked = parents::list_booked_by(tx, &indexes).await?;
        let mut children: Vec<Child> = named
            .iter()
            .map(|p| linked(id, *p, "roster", now))
            .collect();
        for person in booked {
            let mut child = linked(id, person, "booking", now);
            if !self.booked_first(tx, person, id, &indexes).await? {
                child.state = "asked".into();
            }
            children.push(child);
        }
        self.link(tx, id, children).await?;
        Ok(id)
    }

    /// Whether nobody had to do with somebody before that phone did. Who books needs to know no
    /// more than number, given name and birth date, and that alone makes nobody a parent.
    async fn booked_first(
        &self,
        tx: &Tx,
        person: Uuid,
        parent: Uuid,
        indexes: &[Vec<u8>],
    ) -> Result<bool> {
        let known = parents::list_of_person(tx, person).await?;
        if known
            .iter()
            .any(|c| c.state == "linked" && c.parent_id != parent)
        {
            return Ok(false);
        }
        let Some(first) = parents::find_first_booking(tx, person).await? else {
            return Ok(true);
        };
        let booking = appointments::load_booking(tx, first).await?;
        let phone = booking.contact_phone_index;
        Ok(phone.is_some_and(|phone| indexes.contains(&phone)))
    }

    /// Of the parent with a phone and the one whom Zalo knows, whoever is meant: with a phone
    /// that is nobody's, somebody has changed theirs, and is who they were. Else the phone
    /// counts, and the other is nobody for Zalo any more.
    async fn by_zalo(
        &self,
        tx: &Tx,
        by_phone: Option<Parent>,
        zalo: &str,
    ) -> Result<Option<Parent>> {
        let indexes = self.keys.blind_indexes("zalo", zalo);
        let mut meant = by_phone;
        for mut other in parents::list_by_zalo(tx, &indexes).await? {
            let Some(known) = &meant else {
                meant = Some(other);
                continue;
            };
            if known.id == other.id {
                continue;
            }
            let actor = Actor::Parent { id: known.id };
            let subject = json!({ "ids": [other.id] });
            let told = did_by(self.clock.now(), None, &actor, "parent.zalo", subject);
            luot_store::audit::record(tx, vec![told]).await?;
            (other.zalo_index, other.zalo_sealed) = (None, None);
            parents::update(tx, other).await?;
        }
        Ok(meant)
    }

    /// Links children whose list names the phone of a parent who has signed in before.
    pub(crate) async fn link_named(&self, tx: &Tx, named: &[(Mobile, Uuid)]) -> Result<()> {
        let now = self.clock.now();
        let mut people: HashMap<Vec<u8>, Vec<Uuid>> = HashMap::new();
        for (mobile, person) in named {
            for index in self.keys.blind_indexes("phone", mobile.as_str()) {
                people.entry(index).or_default().push(*person);
            }
        }
        let indexes: Vec<Vec<u8>> = people.keys().cloned().collect();
        for some in indexes.chunks(500) {
            for parent in parents::list_by_phones(tx, some).await? {
                let index = parent.phone_index.unwrap_or_default();
                let theirs = people.get(&index).into_iter().flatten();
                let children = theirs.map(|p| linked(parent.id, *p, "roster", now));
                self.link(tx, parent.id, children.collect()).await?;
            }
        }
        Ok(())
    }

    /// Notes whose children these are, and tells the trail of each that is new. Whose list
    /// names the phone need not be asked about any more.
    async fn link(&self, tx: &Tx, parent: Uuid, children: Vec<Child>) -> Result<()> {
        if children.is_empty() {
            return Ok(());
        }
        let mut mine: Vec<Uuid> = children.iter().map(|c| c.id).collect();
        let listed = children.iter().filter(|c| c.source == "roster");
        let listed: Vec<Uuid> = listed.map(|c| c.person_id).collect();
        parents::link(tx, children).await?;
        for mut child in parents::list_children(tx, parent).await? {
            if child.state == "asked" && listed.contains(&child.person_id) {
                mine.push(child.id);
                child.state = "linked".into();
                child.source = "roster".into();
                child.asked_sealed = None;
                child.updated_at = self.clock.now();
                parents::update_child(tx, child).await?;
            }
        }
        // What was noted before has stayed: of those it is not told again.
        let new = parents::list_children(tx, parent).await?;
        let new = new.into_iter().filter(|c| mine.contains(&c.id));
        let actor = Actor::Parent { id: parent };
        let told = new.map(|child| {
            let subject = json!({ "ids": [child.id, child.person_id], "source": child.source });
            did_by(self.clock.now(), None, &actor, "child.link", subject)
        });
        Ok(luot_store::audit::record(tx, told.collect()).await?)
    }
}

pub(super) fn read(phone: &str) -> Result<Mobile> {
    Mobile::read(phone).map_err(|why| {
        Error::Invalid(
            Invalid::Input,
            vec![Note::new(
                "/phone",
                "invalid-phone",
                format!("{why}; write it as 09…, +849… or 849…"),
                "cần số di động Việt Nam, viết 09…, +849… hoặc 849…",
            )],
        )
    })
}

//! A parent's children: those whose lists name the parent's phone, and those the parent adds.
//!
//! Whoever knows a child's number, name and birth date is taken for the parent. Whoever knows
//! number, given name and birth date, or name and birth date of somebody on a list, must be
//! confirmed by the school or village. A number with another name or birth date is nobody's:
//! what is added is as if the number were not known here, and stays apart.

use chrono::NaiveDate;
use luot_domain::finding::Note;
use luot_domain::person::{PersonalNumber, key_material, name};
use luot_domain::phone::Mobile;
use luot_domain::text::fold;
use luot_store::entities::{consent, person};
use luot_store::parents::{self, Child};
use luot_store::parts::cohorts;
use luot_store::{Instant, Tx, appointments, campaigns, people};
use serde_json::json;
use uuid::Uuid;

use crate::appointments::{AppointmentView, check_consent};
use crate::authz::Actor;
use crate::claims::{claim, claim_of};
use crate::error::{Error, Invalid, Result};
use crate::keys::Place;
use crate::rates::Budget;
use crate::trail::did_by;
use crate::{App, limits, new_id};

/// A child as its parent sees it.
#[derive(Debug, Clone)]
pub struct ChildView {
    /// What is noted of it.
    pub row: Child,
    /// The campaign.
    pub campaign_id: Uuid,
    /// Full name; nothing while it is to be confirmed, and once erased.
    pub full_name: Option<String>,
    /// Day of birth; likewise.
    pub birth_date: Option<NaiveDate>,
    /// The last three digits of the personal number.
    pub number_ends: Option<String>,
    /// Code and name of the classes or villages whose lists it is on.
    pub cohorts: Vec<(String, String)>,
    /// Whether it came by law from a list, and not from a parent.
    pub by_law: bool,
}

/// A child that a parent adds.
#[derive(Clone)]
pub struct AddChild {
    /// To which campaign.
    pub campaign_id: Uuid,
    /// Full name.
    pub full_name: String,
    /// Day of birth.
    pub birth_date: NaiveDate,
    /// Twelve digits.
    pub personal_number: Option<String>,
    /// The class or village whose list may have it.
    pub cohort_id: Option<Uuid>,
    /// The version of the text that the parent agreed to.
    pub consent: String,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    /// It is theirs.
    Yes,
    /// Somebody must say so first.
    Asked,
}

impl App {
    /// The parent's children.
    ///
    /// # Errors
    /// [`Error::Unauthorized`], [`Error::Forbidden`] for staff.
    pub async fn list_children(&self, actor: &Actor) -> Result<Vec<ChildView>> {
        let parent = actor.parent_id()?;
        let views = self
            .store
            .read(async |tx| {
                let mut views = Vec::new();
                for row in parents::list_children(tx, parent).await? {
                    if row.state != "refused" {
                        views.push(self.child_view(tx, row).await?);
                    }
                }
                Ok::<_, Error>(views)
            })
            .await?;
        let ids: Vec<Uuid> = views.iter().map(|v| v.row.person_id).collect();
        self.note_reading(actor, None, "child.read", json!({ "ids": ids }), None)
            .await?;
        Ok(views)
    }

    /// The appointments of the parent's children.
    ///
    /// # Errors
    /// [`Error::Unauthorized`], [`Error::Forbidden`] for staff.
    pub async fn list_own_appointments(&self, actor: &Actor) -> Result<Vec<AppointmentView>> {
        let parent = actor.parent_id()?;
        let views = self
            .store
            .read(async |tx| {
                let children = parents::list_children(tx, parent).await?;
                let ids: Vec<Uuid> = children
                    .iter()
                    .filter(|c| c.state == "linked")
                    .map(|c| c.person_id)
                    .collect();
                let mut views = Vec::new();
                for row in appointments::list_of_persons(tx, &ids).await? {
                    views.push(crate::appointments::view(self, tx, actor, row).await?);
                }
                Ok::<_, Error>(views)
            })
            .await?;
        let ids: Vec<Uuid> = views.iter().map(|v| v.row.id).collect();
        self.note_reading(actor, None, "appointment.read", json!({ "ids": ids }), None)
            .await?;
        Ok(views)
    }

    /// Adds a child, with the parent's consent, which is noted first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what cannot be a child, or without consent.
    pub async fn add_child(&self, actor: &Actor, add: &AddChild) -> Result<(Uuid, Linked)> {
        let parent = actor.parent_id()?;
        let (full_name, number) = read(add)?;
        self.spend(Budget::Child, &parent.to_string()).await?;
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                campaigns::find_dates(tx, add.campaign_id)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                let children = parents::list_children(tx, parent).await?;
                if children.len() >= limits::CHILDREN_MOST {
                    return Err(fault(
                        "/",
                        "too-many-children",
                        "too many children",
                        "quá nhiều trẻ",
                    ));
                }
                let phone = self.parent_phone(tx, parent).await?;
                let asked = Asked {
                    add,
                    full_name: &full_name,
                    number: number.as_ref(),
                    phone: &phone,
                };
                let (person, linked, source) = self.whom(tx, &asked, now).await?;
                let agreed = consent::Model {
                    id: new_id(),
                    created_at: now,
                    person_id: person,
                    text_version: add.consent.clone(),
                    given_by: "parent".into(),
                    given_at: now,
                    withdrawn_at: None,
                    parent_id: Some(parent),
                    channel: Some("account".into()),
                };
                people::insert_consents(tx, vec![agreed]).await?;
                let id = new_id();
                let row = Child {
                    id,
                    created_at: now,
                    parent_id: parent,
                    person_id: person,
                    decided_by_id: None,
                    source: source.into(),
                    state: if linked == Linked::Yes {
                        "linked"
                    } else {
                        "asked"
                    }
                    .into(),
                    updated_at: now,
                    // Who is to confirm it must see what is said.
                    asked_sealed: match linked {
                        Linked::Yes => None,
                        Linked::Asked => {
                            let birth = add.birth_date.to_string();
                            self.seal_asked(id, Some(&full_name), Some(&birth))
                        }
                    },
                };
                let known = children.into_iter().find(|c| c.person_id == person);
                let (id, linked) = link_one(tx, known, row, linked).await?;
                let subject = json!({ "child": id, "person": person });
                let trace = did_by(now, Some(add.campaign_id), actor, "child.add", subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                Ok((id, linked))
            })
            .await
    }

    /// The person whom a parent means, and whether that is certain.
    async fn whom(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        now: Instant,
    ) -> Result<(Uuid, Linked, &'static str)> {
        let add = asked.add;
        let key_of = |number| {
            let material = key_material(number, asked.full_name, add.birth_date, asked.phone);
            self.keys.person_key(&material)
        };
        let mut key = key_of(asked.number);
        if asked.number.is_some()
            && let Some(found) = people::find_by_key(tx, add.campaign_id, &key).await?
        {
            if self.is_same(&found, asked)? {
                return Ok((found.id, Linked::Yes, "number"));
            }
            let said = claim(&self.keys, &key, asked.full_name, add.birth_date);
            if found
                .claim_hash
                .clone()
                .or_else(|| claim_of(&self.keys, &found))
                == Some(said)
            {
                return Ok((found.id, Linked::Asked, "number"));
            }
            // Somebody else's number: what follows is what follows for one that is new.
            key = key_of(None);
        }
        if let Some(cohort) = add.cohort_id {
            cohorts::find(tx, add.campaign_id, cohort)
                .await?
                .ok_or_else(|| {
                    fault(
                        "/cohort_id",
                        "unknown-cohort",
                        "no such cohort",
                        "không có lớp đó",
                    )
                })?;
            for found in people::list_of_cohort(tx, cohort).await? {
                if self.is_same(&found, asked)? {
                    return Ok((found.id, Linked::Asked, "parent"));
                }
            }
        }
        let known = people::find_ids(tx, add.campaign_id, std::slice::from_ref(&key)).await?;
        if let Some(id) = known.get(&key) {
            // Name, birth date and a phone that is shown to be theirs: nobody else's child.
            return Ok((*id, Linked::Yes, "parent"));
        }
        let id = new_id();
        let seal = |column, value: &str| self.keys.seal(Place { column, row: id }, value);
        let row = person::Model {
            id,
            created_at: now,
            campaign_id: add.campaign_id,
            unit_id: None,
            merged_into_id: None,
            subject: "person".into(),
            claim_hash: Some(claim(&self.keys, &key, asked.full_name, add.birth_date)),
            person_key: key,
            full_name_sealed: Some(seal("person.full_name", asked.full_name)),
            birth_date_sealed: Some(seal("person.birth_date", &add.birth_date.to_string())),
            personal_number_sealed: asked
                .number
                .map(|n| seal("person.personal_number", n.digits())),
            personal_number_index: asked
                .number
                .map(|n| self.keys.blind_index("personal_number", n.digits())),
            representative_sealed: None,
            renamed_at: None,
            erased_at: None,
        };
        people::insert(tx, vec![row]).await?;
        Ok((id, Linked::Yes, "parent"))
    }

    fn is_same(&self, found: &person::Model, asked: &Asked<'_>) -> Result<bool> {
        let (name, birth) = (
            self.opened(found, Field::Name)?,
            self.opened(found, Field::Birth)?,
        );
        Ok(name.is_some_and(|n| fold(&n) == fold(asked.full_name))
            && birth == Some(asked.add.birth_date.to_string()))
    }

    pub(crate) fn opened(&self, row: &person::Model, field: Field) -> Result<Option<String>> {
        let (column, sealed) = match field {
            Field::Name => ("person.full_name", &row.full_name_sealed),
            Field::Birth => ("person.birth_date", &row.birth_date_sealed),
            Field::Number => ("person.personal_number", &row.personal_number_sealed),
        };
        let place = Place {
            column,
            row: row.id,
        };
        sealed
            .as_ref()
            .map(|s| {
                self.keys
                    .open(place, s)
                    .map_err(|e| Error::Bug(e.to_string()))
            })
            .transpose()
    }

    pub(crate) async fn parent_phone(&self, tx: &Tx, parent: Uuid) -> Result<String> {
        let row = parents::load(tx, parent).await?;
        let place = Place {
            column: "parent.phone",
            row: parent,
        };
        let sealed = row.phone_sealed.as_ref().ok_or(Error::Forbidden)?;
        let phone = self
            .keys
            .open(place, sealed)
            .map_err(|e| Error::Bug(e.to_string()))?;
        let mobile = Mobile::read(&phone).map_err(|e| Error::Bug(e.to_string()))?;
        Ok(mobile.as_str().to_owned())
    }

    pub(super) async fn child_view(&self, tx: &Tx, row: Child) -> Result<ChildView> {
        let person = people::load(tx, row.person_id).await?;
        let lists = people::list_cohorts_of(tx, person.id).await?;
        let shown = row.state == "linked";
        let mut named = Vec::new();
        for id in lists.iter().filter(|_| shown) {
            let found = cohorts::find(tx, person.campaign_id, *id).await?;
            named.extend(found.map(|c| (c.code, c.name)));
        }
        let open = |field| match shown {
            true => self.opened(&person, field),
            false => Ok(None),
        };
        let number = open(Field::Number)?;
        Ok(ChildView {
            campaign_id: person.campaign_id,
            full_name: open(Field::Name)?,
            birth_date: open(Field::Birth)?.and_then(|d| d.parse().ok()),
            number_ends: number.and_then(|n| n.get(9..).map(str::to_owned)),
            cohorts: named,
            by_law: !lists.is_empty(),
            row,
        })
    }
}

/// Notes whose child it is; gives which row says so, and whether that is certain.
async fn link_one(
    tx: &Tx,
    known: Option<Child>,
    row: Child,
    linked: Linked,
) -> Result<(Uuid, Linked)> {
    let Some(known) = known else {
        let id = row.id;
        parents::link(tx, vec![row]).await?;
        return Ok((id, linked));
    };
    let id = known.id;
    match known.state.as_str() {
        "linked" => Ok((id, Linked::Yes)),
        // Who says more now than when they asked need not be confirmed any more.
        "asked" if linked == Linked::Yes => {
            let changed = Child {
                id,
                created_at: known.created_at,
                ..row
            };
            parents::update_child(tx, changed).await?;
            Ok((id, linked))
        }
        // Who was refused is not asked again by adding the child again.
        _ => Ok((id, Linked::Asked)),
    }
}

/// A sealed field of a person.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Field {
    Name,
    Birth,
    Number,
}

struct Asked<'a> {
    add: &'a AddChild,
    full_name: &'a str,
    number: Option<&'a PersonalNumber>,
    phone: &'a str,
}

fn read(add: &AddChild) -> Result<(String, Option<PersonalNumber>)> {
    let mut faults = Vec::new();
    check_consent(Some(&add.consent), &mut faults);
    if !faults.is_empty() {
        return Err(Error::Invalid(Invalid::Input, faults));
    }
    let full_name = name(&add.full_name)
        .filter(|n| n.chars().count() <= limits::NAME_MOST)
        .ok_or_else(|| {
            fault(
                "/full_name",
                "invalid-name",
                "a name has letters",
                "tên phải có chữ",
            )
        })?;
    let number = add
        .personal_number
        .as_deref()
        .map(PersonalNumber::read)
        .transpose()
        .map_err(|_| {
            fault(
                "/personal_number",
                "invalid-personal-number",
                "a personal number has 12 digits",
                "số định danh có 12 chữ số",
            )
        })?;
    Ok((full_name, number))
}

fn fault(pointer: &str, code: &'static str, en: &'static str, vi: &'static str) -> Error {
    Error::Invalid(Invalid::Input, vec![Note::new(pointer, code, en, vi)])
}

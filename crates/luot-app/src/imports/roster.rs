//! A list of a class or village: its people join the campaign, each with their cohort.

use std::collections::HashMap;

use luot_domain::finding::Note;
use luot_domain::person::{PersonalNumber, key_material, name};
use luot_domain::phone::Mobile;
use luot_domain::text::fold;
use luot_files::{Pupil, Roster};
use luot_store::entities::{cohort, guardian, person, roster_entry};
use luot_store::{Tx, people};
use uuid::Uuid;

use super::{ImportFinding, ImportKind, Imported, known};
use crate::authz::{Action, Actor, Where};
use crate::claims::claim;
use crate::error::{Error, Invalid, Result};
use crate::instances::{Campaign, uint};
use crate::keys::Place;
use crate::{App, limits, new_id};

pub(super) async fn take_in(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    there: &Campaign,
    read: &Roster,
) -> Result<Imported> {
    let theirs = |cohort: &cohort::Model| {
        let place = Where::Within {
            campaign: there.row.id,
            site: None,
            session: None,
            cohort: Some(cohort.id),
        };
        actor.may(Action::SendRoster, place)
    };
    // Who has no class here hears that there is no campaign.
    if !there.cohorts.iter().any(theirs) && !actor.may(Action::SendRoster, Some(there.row.id)) {
        return Err(Error::NotFound("campaign"));
    }
    let now = app.clock.now();
    let mut faults = Vec::new();
    let mut rows: Vec<known::Listed<'_>> = Vec::with_capacity(read.pupils.len());
    for pupil in &read.pupils {
        if name(&pupil.full_name).is_none_or(|n| n.chars().count() > limits::NAME_MOST) {
            faults.push(no_name(pupil));
            continue;
        }
        // Another's class is not there for who sends this list.
        match cohort_of(there, pupil).filter(|cohort| theirs(cohort)) {
            Some(cohort) => rows.push((cohort, person_of(app, there, pupil))),
            None => faults.push(unknown_class(pupil)),
        }
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(Invalid::Import, faults));
    }
    let mut findings: Vec<ImportFinding> = read.findings.iter().map(ImportFinding::from).collect();
    let settled = known::settle(app, tx, actor, &read.pupils, &mut rows).await?;
    findings.extend(settled.findings);
    let keys: Vec<Vec<u8>> = rows.iter().map(|(_, p)| p.person_key.clone()).collect();
    let mut ids: HashMap<Vec<u8>, Uuid> = people::find_ids(tx, there.row.id, &keys).await?;
    let mut new = Vec::new();
    for (_, row) in &rows {
        if !ids.contains_key(&row.person_key) {
            ids.insert(row.person_key.clone(), row.id);
            new.push(row.clone());
        }
    }
    people::insert(tx, new).await?;

    let mut by_cohort: HashMap<Uuid, (&cohort::Model, Vec<Uuid>)> = HashMap::new();
    for (cohort, row) in &rows {
        if let Some(id) = ids.get(&row.person_key) {
            let list = &mut by_cohort.entry(cohort.id).or_insert((cohort, Vec::new())).1;
            if !list.contains(id) {
                list.push(*id);
            }
        }
    }
    let mut entries = Vec::new();
    for (id, (cohort, list)) in by_cohort {
        let there_already: Vec<Uuid> = people::list_roster(tx, id)
            .await?
            .into_iter()
            .map(|e| e.person_id)
            .collect();
        let total =
            list.iter().filter(|p| !there_already.contains(p)).count() + there_already.len();
        if total != uint(cohort.people) as usize {
            findings.push(other_count(cohort, total));
        }
        let fresh = list.into_iter().filter(|p| !there_already.contains(p));
        for (person_id, position) in fresh.zip(i32::try_from(there_already.len()).unwrap_or(0)..) {
            entries.push(roster_entry::Model {
                id: new_id(),
                created_at: now,
                cohort_id: id,
                person_id,
                position,
            });
        }
    }
    people::insert_roster(tx, entries).await?;
    // Whose child somebody of another's list is, this list does not say.
    ids.retain(|_, id| !settled.elsewhere.contains(id));
    let (named, phones) = guardians(app, read, &rows, &ids);
    people::insert_guardians(tx, named).await?;
    app.link_named(tx, &phones).await?;
    let mut named: Vec<Uuid> = ids.into_values().chain(settled.elsewhere).collect();
    named.sort_unstable();
    Ok(Imported {
        kind: ImportKind::Roster,
        rows: read.pupils.len(),
        plan_id: None,
        findings,
        dry_run: false,
        people: named,
        met: settled.met,
    })
}

/// The phones that the list names as the guardians', for those who sign in by them, or have.
fn guardians(
    app: &App,
    read: &Roster,
    rows: &[(&cohort::Model, person::Model)],
    ids: &HashMap<Vec<u8>, Uuid>,
) -> (Vec<guardian::Model>, Vec<(Mobile, Uuid)>) {
    let (mut found, mut phones) = (Vec::new(), Vec::new());
    for (pupil, (_, row)) in read.pupils.iter().zip(rows) {
        let phone = pupil.guardian_phone.as_deref();
        let mobile = phone.and_then(|p| Mobile::read(p).ok());
        if let (Some(mobile), Some(person_id)) = (mobile, ids.get(&row.person_key)) {
            let id = new_id();
            let place = Place {
                column: "guardian.phone",
                row: id,
            };
            found.push(guardian::Model {
                id,
                created_at: app.clock.now(),
                person_id: *person_id,
                phone_index: app.keys.blind_index("phone", mobile.as_str()),
                phone_sealed: app.keys.seal(place, mobile.as_str()),
                source: "roster".into(),
            });
            phones.push((mobile, *person_id));
        }
    }
    (found, phones)
}

/// The cohort of that class, by name or code.
fn cohort_of<'a>(there: &'a Campaign, pupil: &Pupil) -> Option<&'a cohort::Model> {
    let class = fold(pupil.class.as_deref()?);
    let open = there.cohorts.iter().filter(|c| c.retired_at.is_none());
    let mut found = open.filter(|c| fold(&c.name) == class || fold(&c.code) == class);
    found.next().filter(|_| found.next().is_none())
}

fn unknown_class(pupil: &Pupil) -> Note {
    let class = pupil.class.as_deref().unwrap_or_default();
    Note::new(
        format!("/file/{}", pupil.row),
        "unknown-class",
        format!(
            "Row {}: no class or village of this campaign is called “{class}”, or several are. Write its name or code as in the campaign.",
            pupil.row
        ),
        format!(
            "Dòng {}: không có lớp hoặc thôn nào tên “{class}” trong đợt này, hoặc có nhiều. Hãy ghi tên hoặc mã như trong đợt.",
            pupil.row
        ),
    )
}

/// A name that nobody could book with either. It is not shown: it may be anything.
fn no_name(pupil: &Pupil) -> Note {
    let (row, most) = (pupil.row, limits::NAME_MOST);
    Note::new(
        format!("/file/{row}"),
        "invalid-name",
        format!("Row {row}: a name has letters, and at most {most} characters."),
        format!("Dòng {row}: họ tên phải có chữ cái và không quá {most} ký tự."),
    )
}

fn other_count(cohort: &cohort::Model, listed: usize) -> ImportFinding {
    ImportFinding {
        code: "list-differs-from-count".into(),
        severity: "warning".into(),
        row: None,
        column: None,
        read: Some(listed.to_string()),
        assumed: None,
        en: format!(
            "{} has {listed} people on its list and {} in the plan.",
            cohort.name, cohort.people
        ),
        vi: format!(
            "{} có {listed} người trong danh sách và {} trong kế hoạch.",
            cohort.name, cohort.people
        ),
    }
}

fn person_of(app: &App, there: &Campaign, pupil: &Pupil) -> person::Model {
    let id = new_id();
    let number = pupil
        .personal_number
        .as_deref()
        .and_then(|n| PersonalNumber::read(n).ok());
    let phone = pupil
        .guardian_phone
        .as_deref()
        .and_then(|p| Mobile::read(p).ok());
    let material = key_material(
        number.as_ref(),
        &pupil.full_name,
        pupil.birth_date,
        phone.as_ref().map_or("", Mobile::as_str),
    );
    let seal = |column, value: &str| app.keys.seal(Place { column, row: id }, value);
    let key = app.keys.person_key(&material);
    person::Model {
        id,
        created_at: app.clock.now(),
        campaign_id: there.row.id,
        unit_id: None,
        merged_into_id: None,
        subject: "person".into(),
        person_key: key.clone(),
        full_name_sealed: Some(seal("person.full_name", &pupil.full_name)),
        birth_date_sealed: Some(seal("person.birth_date", &pupil.birth_date.to_string())),
        personal_number_sealed: number
            .as_ref()
            .map(|n| seal("person.personal_number", n.digits())),
        personal_number_index: number
            .as_ref()
            .map(|n| app.keys.blind_index("personal_number", n.digits())),
        representative_sealed: None,
        claim_hash: Some(claim(&app.keys, &key, &pupil.full_name, pupil.birth_date)),
        renamed_at: None,
        erased_at: None,
    }
}

//! People of a list who are known already, by their personal number, under another name or
//! birth date.
//!
//! Before a list came, whoever had a number could claim it under any name. A list is by law:
//! its name and birth date are written over what was claimed, and what rests on the claim
//! alone ends: whoever said that it is their child is asked about again, and who booked keeps
//! the appointment but is not shown the name (`person.renamed_at`). Of somebody on a list that
//! the sender may send, the newer list counts, unless a correction was granted since.
//!
//! The hazard: a list with another class's number must neither rename that class's child nor
//! show its name to who sent the list. It stays apart, as what a parent claims does, unless it
//! says the whole name and the birth date: then it is the same child on two lists, but whose
//! child it is, the other list goes on saying. Each number that is told apart is a guess that
//! missed, and counted; whom a list was compared with is told, also of one that is only tried.

use std::collections::{HashMap, HashSet};

use luot_domain::person::key_material;
use luot_domain::phone::Mobile;
use luot_domain::text::fold;
use luot_files::Pupil;
use luot_store::entities::{cohort, person};
use luot_store::{Instant, Tx, parents, people, privacy};
use serde_json::json;
use uuid::Uuid;

use super::ImportFinding;
use crate::App;
use crate::authz::{Action, Actor, Where};
use crate::claims::{claim, claim_of};
use crate::error::Result;
use crate::keys::Place;
use crate::rates::Budget;
use crate::signin::Field;
use crate::trail::did_by;

/// A row of the list: whose list it is on, and the person that it makes if there is none.
pub(super) type Listed<'a> = (&'a cohort::Model, person::Model);

/// What is to be done about somebody who is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// They are who the list says.
    Same,
    /// They are, and are on another list, which is not the sender's.
    Elsewhere,
    /// They are; the list spells them otherwise.
    Spelt,
    /// Given name and birth date are theirs, which is not enough to be taken for a parent.
    Guessed,
    /// They were taken for somebody else.
    Renamed,
    /// What they are called was corrected since.
    Corrected,
    /// A legal hold keeps what is there.
    Held,
    /// Another list, which is not the sender's, has the number for somebody else.
    Apart,
}

/// What came of comparing a list with whom is known.
#[derive(Default)]
pub(super) struct Settled {
    pub findings: Vec<ImportFinding>,
    /// Whom it tells something about.
    pub met: Vec<Uuid>,
    /// Who is on a list that is not the sender's as well.
    pub elsewhere: HashSet<Uuid>,
}

/// Settles whom the rows mean that have a number which is known. A row that stays apart gets
/// another key.
pub(super) async fn settle(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    pupils: &[Pupil],
    rows: &mut [Listed<'_>],
) -> Result<Settled> {
    let now = app.clock.now();
    let mut known = known(tx, rows).await?;
    let mut claims: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    let (mut settled, mut told) = (Settled::default(), Vec::new());
    for (pupil, (cohort, row)) in pupils.iter().zip(rows) {
        let said = claim(
            &app.keys,
            &row.person_key,
            &pupil.full_name,
            pupil.birth_date,
        );
        let first = claims
            .entry(row.person_key.clone())
            .or_insert_with(|| said.clone());
        // Of two rows of a list with one number, the list was told already.
        if *first != said {
            keep_apart(app, row, pupil);
            continue;
        }
        let Some(found) = known.get_mut(&row.person_key) else {
            continue;
        };
        let verdict = judge(app, tx, actor, pupil, found).await?;
        if let Some(finding) = finding(verdict, pupil.row) {
            settled.findings.push(finding);
            settled.met.push(found.id);
        }
        match verdict {
            Verdict::Same | Verdict::Corrected | Verdict::Held => {}
            Verdict::Elsewhere => drop(settled.elsewhere.insert(found.id)),
            Verdict::Apart => {
                let sender = actor.staff_id().unwrap_or_default();
                drop(app.reserve(Budget::Mismatch, &sender.to_string())?);
                keep_apart(app, row, pupil);
            }
            Verdict::Spelt => rename(app, tx, pupil, found).await?,
            Verdict::Guessed | Verdict::Renamed => {
                let ended = ask_again(app, tx, found, now).await?;
                if verdict == Verdict::Renamed {
                    found.renamed_at = Some(now);
                }
                rename(app, tx, pupil, found).await?;
                let mut ids = vec![found.id];
                ids.extend(ended);
                let subject = json!({ "ids": ids, "cohort": cohort.id });
                let campaign = Some(found.campaign_id);
                told.push(did_by(now, campaign, actor, "person.rename", subject));
            }
        }
    }
    luot_store::audit::record(tx, told).await?;
    Ok(settled)
}

/// Those of the rows who are known, by their keys.
async fn known(tx: &Tx, rows: &[Listed<'_>]) -> Result<HashMap<Vec<u8>, person::Model>> {
    let numbered = rows.iter().map(|(_, row)| row);
    let numbered = numbered.filter(|row| row.personal_number_index.is_some());
    let keys = numbered
        .map(|row| (row.campaign_id, row.person_key.as_slice()))
        .collect();
    let ids: Vec<Uuid> = people::list_by_key(tx, &keys)
        .await?
        .into_iter()
        .map(|known| known.id)
        .collect();
    let mut known = HashMap::new();
    for chunk in ids.chunks(500) {
        let rows = people::list(tx, chunk).await?;
        known.extend(rows.into_iter().map(|p| (p.person_key.clone(), p)));
    }
    Ok(known)
}

async fn judge(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    pupil: &Pupil,
    found: &person::Model,
) -> Result<Verdict> {
    let name = app.opened(found, Field::Name)?;
    let birth = app.opened(found, Field::Birth)?;
    let said = pupil.birth_date.to_string();
    let whole = name.as_ref() == Some(&pupil.full_name) && birth.as_ref() == Some(&said);
    let said = claim(
        &app.keys,
        &found.person_key,
        &pupil.full_name,
        pupil.birth_date,
    );
    let same = claim_of(&app.keys, found) == Some(said);
    let lists = people::list_cohorts_of(tx, found.id).await?;
    let theirs = |id: &Uuid| {
        let place = Where::Within {
            campaign: found.campaign_id,
            site: None,
            session: None,
            cohort: Some(*id),
        };
        actor.may(Action::SendRoster, place)
    };
    let alike = name.is_some_and(|name| fold(&name) == fold(&pupil.full_name));
    if !lists.iter().all(theirs) {
        return Ok(match same && alike {
            true => Verdict::Elsewhere,
            false => Verdict::Apart,
        });
    }
    if whole {
        return Ok(Verdict::Same);
    }
    if privacy::is_held(tx, found.campaign_id, found.id).await? {
        return Ok(Verdict::Held);
    }
    let asked = privacy::list_of_person(tx, found.id).await?;
    let granted = |r: &_| is_correction(r);
    if !lists.is_empty() && asked.iter().any(granted) {
        return Ok(Verdict::Corrected);
    }
    Ok(match same {
        true if alike || !lists.is_empty() => Verdict::Spelt,
        true => Verdict::Guessed,
        false => Verdict::Renamed,
    })
}

fn is_correction(request: &luot_store::entities::privacy_request::Model) -> bool {
    request.kind == "correct" && request.state == "done"
}

/// Writes what the list says over what is there.
async fn rename(app: &App, tx: &Tx, pupil: &Pupil, found: &mut person::Model) -> Result<()> {
    let row = found.id;
    let seal = |column, value: &str| Some(app.keys.seal(Place { column, row }, value));
    found.full_name_sealed = seal("person.full_name", &pupil.full_name);
    found.birth_date_sealed = seal("person.birth_date", &pupil.birth_date.to_string());
    found.claim_hash = claim_of(&app.keys, found);
    Ok(people::update(tx, found.clone()).await?)
}

/// Ends what rests on the name that was wrong: phones that are named for it, and that it is
/// somebody's child, which is asked about anew, with what was said. What staff have decided
/// stays.
async fn ask_again(app: &App, tx: &Tx, found: &person::Model, now: Instant) -> Result<Vec<Uuid>> {
    people::delete_guardians(tx, found.id).await?;
    let mut ended = Vec::new();
    for mut child in parents::list_of_person(tx, found.id).await? {
        if child.state != "linked" || child.decided_by_id.is_some() {
            continue;
        }
        child.asked_sealed = app.seal_asked(
            child.id,
            app.opened(found, Field::Name)?.as_deref(),
            app.opened(found, Field::Birth)?.as_deref(),
        );
        child.state = "asked".into();
        child.updated_at = now;
        ended.push(child.id);
        parents::update_child(tx, child).await?;
    }
    Ok(ended)
}

/// Tells somebody apart as if the number were not known.
fn keep_apart(app: &App, row: &mut person::Model, pupil: &Pupil) {
    let phone = pupil.guardian_phone.as_deref();
    let phone = phone.and_then(|p| Mobile::read(p).ok());
    let phone = phone.as_ref().map_or("", Mobile::as_str);
    let material = key_material(None, &pupil.full_name, pupil.birth_date, phone);
    let key = app.keys.person_key(&material);
    row.claim_hash = Some(claim(&app.keys, &key, &pupil.full_name, pupil.birth_date));
    row.person_key = key;
}

fn finding(verdict: Verdict, row: u32) -> Option<ImportFinding> {
    let (code, en, vi) = match verdict {
        Verdict::Same | Verdict::Spelt | Verdict::Guessed => return None,
        Verdict::Renamed => (
            "known-under-another-name",
            "This personal number was known under another name or birth date, which the list has replaced. An appointment made under it stays; who made it is not shown the child.",
            "Số định danh này trước đó gắn với họ tên hoặc ngày sinh khác, nay đã được thay theo danh sách. Lịch hẹn đã đặt vẫn giữ; người đã đặt không xem được thông tin của trẻ.",
        ),
        Verdict::Corrected => (
            "corrected-since",
            "Name or birth date was corrected since the last list and differs from this one. The correction stays; check the list.",
            "Họ tên hoặc ngày sinh đã được đính chính sau danh sách trước và khác danh sách này. Giữ nội dung đính chính; hãy kiểm tra lại danh sách.",
        ),
        // Why is not told: whoever sends lists need not know.
        Verdict::Held => (
            "kept-as-it-is",
            "Name or birth date differs from what is kept here and was not changed; ask the commune's police.",
            "Họ tên hoặc ngày sinh khác với thông tin đang lưu và chưa được thay đổi; hãy hỏi công an xã.",
        ),
        Verdict::Elsewhere => (
            "on-another-list",
            "This child is on another list as well. A phone that is named here is not taken for a guardian's: the other list names it, or the parent adds the child.",
            "Trẻ này cũng có trong danh sách khác. Số điện thoại nêu ở đây không được ghi là của phụ huynh: danh sách kia sẽ nêu, hoặc phụ huynh tự thêm trẻ.",
        ),
        Verdict::Apart => (
            "number-on-another-list",
            "Another list has this personal number under another name or birth date. Both are kept, apart; check the number.",
            "Danh sách khác có số định danh này với họ tên hoặc ngày sinh khác. Giữ cả hai, tách riêng; hãy kiểm tra lại số.",
        ),
    };
    Some(ImportFinding {
        code: code.into(),
        severity: "warning".into(),
        row: Some(row),
        column: None,
        read: None,
        assumed: None,
        en: en.into(),
        vi: vi.into(),
    })
}

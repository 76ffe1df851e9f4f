//! Whether a part may be as it is: the planner's own rules for an instance, asked of the
//! campaign with this one part in it.

use luot_domain::finding::Note;
use luot_planner::{Calendar, Instance};
use luot_store::Tx;
use luot_store::parts::Edited as _;
use uuid::Uuid;

use super::Kind;
use super::kind::{Around, json};
use crate::campaigns::{impossible_texts, no_room};
use crate::error::{Error, Result};

/// Everything that is wrong with a part that is to be added, or to replace the one of that
/// id; pointers lead into the part.
pub(super) async fn faults<K: Kind>(
    tx: &Tx,
    around: &Around,
    rows: &[K::Row],
    replaces: Option<Uuid>,
    part: &K,
) -> Result<Vec<Note>> {
    let mut faults = texts(part)?;
    if rows.len() >= K::MOST && replaces.is_none() {
        let most = K::MOST;
        faults.push(Note::new(
            "",
            "too-many",
            format!("a campaign has at most {most} {}", K::LIST),
            format!("một đợt có tối đa {most} mục loại này"),
        ));
        return Ok(faults);
    }
    let mut instance = around.instance(tx).await?;
    let others = rows.iter().filter(|row| Some(K::head(row).id) != replaces);
    let mut list = Vec::with_capacity(rows.len() + 1);
    for row in others {
        list.push(K::read(row, around)?);
    }
    list.push(part.clone());
    *K::of(&mut instance) = list;
    bare(&mut instance);
    // The part itself goes with all it has.
    let at = in_order(&mut instance, part);
    let prefix = format!("/{}/{at}", K::LIST);
    if let Err(found) = luot_planner::read_instance(&json(&instance)?) {
        let under = |pointer: &str| {
            let rest = pointer.strip_prefix(&prefix)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| into_part(rest))
        };
        // What is at fault besides concerns the number of things, and so this one too.
        faults.extend(found.into_iter().map(|fault| {
            let pointer = under(&fault.pointer).unwrap_or_default();
            Note::new(pointer, &fault.code, fault.detail, fault.detail_vi)
        }));
    }
    Ok(faults)
}

/// What is `id` in an instance is `code` in a part.
fn into_part(pointer: &str) -> String {
    match pointer {
        "/id" => "/code".to_owned(),
        other => other.to_owned(),
    }
}

/// Takes from all parts what only concerns themselves: they were sound when they came.
fn bare(instance: &mut Instance) {
    for site in &mut instance.sites {
        site.calendar = Calendar::default();
    }
    for machine in &mut instance.machines {
        machine.calendar = Calendar::default();
        machine.home = None;
        machine.out.clear();
    }
    for cohort in &mut instance.cohorts {
        cohort.calendar = Calendar::default();
        cohort.sites.clear();
        cohort.due = None;
    }
}

/// Puts the part, which is the last of its list, back in full; tells where it stands.
fn in_order<K: Kind>(instance: &mut Instance, part: &K) -> usize {
    let list = K::of(instance);
    list.pop();
    list.push(part.clone());
    let code = part.code().to_owned();
    // Only shifts have an order that matters.
    instance.shifts.sort_by_key(|shift| shift.start);
    let list = K::of(instance);
    list.iter()
        .position(|other| other.code() == code)
        .unwrap_or_default()
}

/// What the planner lets pass and we do not.
fn texts<K: Kind>(part: &K) -> Result<Vec<Note>> {
    let value = json(part)?;
    let mut faults = impossible_texts(&value);
    for fault in &mut faults {
        fault.pointer = into_part(&fault.pointer);
    }
    if value.get("machines_at_once") == Some(&0.into()) {
        faults.push(no_room("/machines_at_once"));
    }
    Ok(faults)
}

/// Puts the rows of a kind in order, and gives the one of that id back, to be written with
/// the rest of its change.
pub(super) async fn arrange<K: Kind>(tx: &Tx, mut rows: Vec<K::Row>, id: Uuid) -> Result<K::Row> {
    let before: Vec<(Uuid, i32)> = rows.iter().map(|row| place::<K>(row)).collect();
    K::arrange(&mut rows);
    let mut own = None;
    for row in rows {
        if K::head(&row).id == id {
            own = Some(row);
        } else if !before.contains(&place::<K>(&row)) {
            row.update(tx).await?;
        }
    }
    own.ok_or_else(|| Error::Bug("a part is not among its own".into()))
}

fn place<K: Kind>(row: &K::Row) -> (Uuid, i32) {
    let head = K::head(row);
    (head.id, head.position)
}

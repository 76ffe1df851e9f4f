//! The parts of a campaign that people edit: sites, machines, shifts, cohorts.
//!
//! One set of use cases for the four kinds; [`Kind`] says in what they differ. A part's own
//! fields are the planner's, and what is allowed in them is the planner's to say (`checks`).
//! Every change raises the campaign's version, so that plans made before it are not published.

mod change;
mod checks;
mod create;
mod kind;
mod kinds;
mod list;
mod retire;
mod served;

pub use create::NewPart;
pub use kind::Kind;
pub(crate) use served::Served;

use luot_domain::finding::Note;
use luot_domain::text::tidy;
use luot_store::{Tx, campaigns};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::authz::{Action, Actor};
use crate::error::{Error, Result};
use crate::trail::did;
use crate::{App, limits};
use kind::Head;

/// A part as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part<K> {
    /// Its id.
    pub id: Uuid,
    /// What it is called on screen.
    pub name: String,
    /// The unit it belongs to.
    pub unit_id: Option<Uuid>,
    /// Its version.
    pub version: i32,
    /// Whether it is out of use. It is never deleted: people know of it.
    pub retired: bool,
    /// Its own fields; `id` in them is the code, by which plans and people name it.
    pub fields: K,
}

impl<K: Kind> Part<K> {
    fn of(row: &K::Row, around: &kind::Around) -> Result<Self> {
        let head = K::head(row);
        Ok(Self {
            id: head.id,
            name: head.name.to_owned(),
            unit_id: head.unit_id,
            version: head.version,
            retired: head.retired,
            fields: K::read(row, around)?,
        })
    }
}

/// The part's row of that id.
async fn find<K: Kind>(tx: &Tx, campaign: Uuid, id: Uuid) -> Result<K::Row> {
    K::find(tx, campaign, id)
        .await?
        .ok_or(Error::NotFound(K::NOUN))
}

/// Holds the campaign for a change of its parts.
async fn begin(app: &App, tx: &Tx, campaign: Uuid) -> Result<()> {
    campaigns::find(tx, campaign)
        .await?
        .ok_or(Error::NotFound("campaign"))?;
    campaigns::touch(tx, campaign, None, app.clock.now()).await?;
    Ok(())
}

/// Refuses a part that is not at the version that the caller has seen.
fn expect(head: &Head<'_>, version: Option<i32>) -> Result<()> {
    if version.is_some_and(|seen| seen != head.version) {
        return Err(Error::Stale);
    }
    Ok(())
}

async fn record<K: Kind>(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    campaign: Uuid,
    part: Uuid,
    what: &str,
) -> Result<()> {
    let row = did(
        app.clock.now(),
        campaign,
        actor.staff_id(),
        format!("{}.{what}", K::NOUN),
        json!({ K::NOUN: part }),
    );
    Ok(luot_store::audit::record(tx, vec![row]).await?)
}

/// Who may read parts of this kind.
fn may_read<K: Kind>(actor: &Actor, campaign: Uuid) -> Result<()> {
    if K::PUBLIC {
        return Ok(());
    }
    actor.require(Action::ReadPlans, Some(campaign))
}

/// A name as it is stored.
fn read_name(name: &str, faults: &mut Vec<Note>) -> String {
    let name = tidy(name);
    let sound = !name.is_empty()
        && name.chars().count() <= limits::NAME_MOST
        && !name.chars().any(char::is_control);
    if !sound {
        faults.push(Note::new(
            "/name",
            "invalid-name",
            format!("a name has from 1 to {} characters", limits::NAME_MOST),
            format!("tên phải có từ 1 đến {} ký tự", limits::NAME_MOST),
        ));
    }
    name
}

//! Imports: official tables and lists as they come, all or nothing, and dry if wanted.
//!
//! Reading and judging a file is `luot-files`; here its values meet the campaign.

mod annexes;
mod findings;
mod known;
mod roster;
mod rotation;
mod targets;

pub use annexes::{AnnexFiles, FromAnnexes};
pub use findings::ImportFinding;
pub use luot_files::Kind as ImportKind;

use luot_files::{Table, read_table};
use luot_store::{FromStore, StoreError, Tx, campaigns};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::App;
use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Invalid, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::instances::{self, Campaign};
use crate::trail::did;

/// People whom one row of the trail names: some four kilobytes.
const PEOPLE_TOLD: usize = 100;
/// How the trail says that a list told its sender something of these people.
const MET: &str = "person.met";

/// A file as it came.
#[derive(Debug, Clone, Copy)]
pub struct ImportFile<'a> {
    /// What it is about.
    pub kind: ImportKind,
    /// What it is called.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
    /// Whether it is only read, and nothing kept.
    pub dry_run: bool,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Imported {
    /// What the file was read as.
    pub kind: ImportKind,
    /// Rows that say something.
    pub rows: usize,
    /// The draft that a rotation became.
    pub plan_id: Option<Uuid>,
    /// What is odd.
    pub findings: Vec<ImportFinding>,
    /// Whether nothing was kept.
    pub dry_run: bool,
    /// Who is on a list that was taken in: for the trail alone.
    #[serde(skip)]
    pub(crate) people: Vec<Uuid>,
    /// Whom it tells something about that was known before: likewise.
    #[serde(skip)]
    pub(crate) met: Vec<Uuid>,
}

/// Why a transaction does not commit: it failed, or it was only to show what would happen.
enum Halt<T> {
    Failed(Error),
    Dry(T),
}

impl<T> From<StoreError> for Halt<T> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl<T> From<Error> for Halt<T> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<T> FromStore for Halt<T> {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Failed(error) => error.store_error(),
            Self::Dry(_) => None,
        }
    }
}

/// A file that was read, and is to be taken into a campaign.
enum Read {
    Rotation(luot_files::Rotation),
    Targets(luot_files::Targets),
    Roster(luot_files::Roster),
}

impl App {
    /// Takes a file into a campaign: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault of the file.
    pub async fn import(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        campaign: Uuid,
        file: &ImportFile<'_>,
    ) -> Result<Imported> {
        // A list of people may come from those whose it is: each row is asked about then.
        match file.kind {
            ImportKind::Roster => actor.require(Action::SendRoster, Where::Unknown)?,
            ImportKind::Rotation | ImportKind::Targets => {
                actor.require(Action::Plan, Some(campaign))?;
            }
        }
        let ImportFile {
            kind,
            name: file_name,
            bytes,
            dry_run,
        } = *file;
        let (table, read) = read_apart(kind, file_name.to_owned(), bytes.to_vec()).await?;
        let outcome = self
            .store
            .write(async |tx| {
                let now = self.clock.now();
                if let Some(first) = replayed(tx, once, now).await? {
                    return Ok(first);
                }
                campaigns::find_dates(tx, campaign)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                // First of all: what is read after it stays as it is. A list of people changes
                // nothing that plans depend on.
                if !matches!(read, Read::Roster(_)) {
                    campaigns::touch(tx, campaign, None, now).await?;
                }
                let there = instances::load(tx, campaign).await?;
                let mut imported = self.take_in(tx, actor, &there, &read).await?;
                let of_table = table.findings.iter().map(ImportFinding::from);
                imported.findings.splice(0..0, of_table);
                imported.dry_run = dry_run;
                if dry_run {
                    return Err(Halt::Dry(imported));
                }
                record(self, tx, actor, campaign, &imported).await?;
                keep(tx, once, &imported, now).await?;
                Ok(imported)
            })
            .await;
        match outcome {
            Ok(imported) => Ok(imported),
            Err(Halt::Dry(imported)) => {
                self.tell_met(actor, campaign, &imported.met).await?;
                Ok(imported)
            }
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    /// Nothing is kept of what was only tried, but what it told.
    async fn tell_met(&self, actor: &Actor, campaign: Uuid, met: &[Uuid]) -> Result<()> {
        for some in met.chunks(PEOPLE_TOLD) {
            let subject = json!({ "ids": some });
            self.note_reading(actor, Some(campaign), MET, subject, None)
                .await?;
        }
        Ok(())
    }

    async fn take_in(
        &self,
        tx: &Tx,
        actor: &Actor,
        there: &Campaign,
        read: &Read,
    ) -> Result<Imported> {
        match read {
            Read::Rotation(read) => rotation::take_in(self, tx, there, read).await,
            Read::Targets(read) => targets::take_in(self, tx, there, read).await,
            Read::Roster(read) => roster::take_in(self, tx, actor, there, read).await,
        }
    }
}

/// Reads a file on a thread where it holds nobody up.
async fn read_apart(kind: ImportKind, name: String, bytes: Vec<u8>) -> Result<(Table, Read)> {
    tokio::task::spawn_blocking(move || {
        let table = table(&name, &bytes)?;
        let read = match kind {
            ImportKind::Rotation => luot_files::read_rotation(&table, None).map(Read::Rotation),
            ImportKind::Targets => luot_files::read_targets(&table).map(Read::Targets),
            ImportKind::Roster => luot_files::read_roster(&table).map(Read::Roster),
        };
        Ok((table, read.map_err(refused)?))
    })
    .await
    .map_err(|e| Error::Bug(format!("a file could not be read: {e}")))?
}

fn table(file_name: &str, bytes: &[u8]) -> Result<Table> {
    read_table(file_name, bytes).map_err(refused)
}

fn refused(faults: Vec<luot_files::Fault>) -> Error {
    Error::Invalid(
        Invalid::Import,
        faults.iter().map(findings::note_of).collect(),
    )
}

async fn record(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    campaign: Uuid,
    imported: &Imported,
) -> Result<()> {
    let row = did(
        app.clock.now(),
        campaign,
        actor.staff_id(),
        "campaign.import",
        json!({
            "kind": imported.kind,
            "rows": imported.rows,
            "plan": imported.plan_id,
            "findings": imported.findings.len(),
        }),
    );
    let mut rows = vec![row];
    // Whoever asks who had to do with somebody's data finds who sent the list.
    rows.extend(imported.people.chunks(PEOPLE_TOLD).map(|some| {
        let (now, staff) = (app.clock.now(), actor.staff_id());
        did(
            now,
            campaign,
            staff,
            "person.import",
            json!({ "ids": some }),
        )
    }));
    rows.extend(imported.met.chunks(PEOPLE_TOLD).map(|some| {
        let (now, staff) = (app.clock.now(), actor.staff_id());
        did(now, campaign, staff, MET, json!({ "ids": some }))
    }));
    Ok(luot_store::audit::record(tx, rows).await?)
}

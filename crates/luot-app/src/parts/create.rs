//! Adding a part.

use uuid::Uuid;

use super::kind::{Around, Blank};
use super::{Kind, Part, begin, checks, read_name, record};
use crate::authz::{Action, Actor};
use crate::error::{Error, Forbidden, Invalid, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::{App, new_id};

/// A part to be added.
#[derive(Debug, Clone)]
pub struct NewPart<K> {
    /// What it is called on screen; its code if left out.
    pub name: Option<String>,
    /// Its own fields.
    pub fields: K,
}

impl App {
    /// Adds a part to a campaign.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault, [`Error::State`] when its code is taken.
    pub async fn create_part<K: Kind>(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        campaign: Uuid,
        new: &NewPart<K>,
    ) -> Result<Part<K>> {
        actor.require(Action::Plan, Some(campaign))?;
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                if let Some(first) = replayed(tx, once, now).await? {
                    return Ok(first);
                }
                begin(self, tx, campaign).await?;
                let around = Around::load(tx, campaign).await?;
                let mut rows = K::list(tx, campaign).await?;
                let code = new.fields.code();
                if rows.iter().any(|row| K::head(row).code == code) {
                    return Err(Error::State(Forbidden::CodeTaken));
                }
                let mut faults = Vec::new();
                let name = match &new.name {
                    Some(name) => read_name(name, &mut faults),
                    None => code.to_owned(),
                };
                faults.extend(checks::faults(tx, &around, &rows, None, &new.fields).await?);
                if !faults.is_empty() {
                    return Err(Error::Invalid(Invalid::Input, faults));
                }
                let last = rows.iter().map(|row| K::head(row).position).max();
                let id = new_id();
                let mut row = K::blank(Blank {
                    id,
                    now,
                    campaign,
                    code: code.to_owned(),
                    name,
                    position: last.map_or(0, |last| last.saturating_add(1)),
                });
                new.fields.write(&mut row, &around)?;
                rows.push(row);
                let row = checks::arrange::<K>(tx, rows, id).await?;
                let part = Part::of(&row, &around)?;
                K::insert(tx, row).await?;
                record::<K>(self, tx, actor, campaign, id, "create").await?;
                keep(tx, once, &part, now).await?;
                Ok(part)
            })
            .await
    }
}

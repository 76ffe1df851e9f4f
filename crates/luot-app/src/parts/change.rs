//! Changing a part.

use luot_store::parts::Edited as _;
use uuid::Uuid;

use super::kind::Around;
use super::{Kind, Part, begin, checks, expect, find, read_name, record};
use crate::App;
use crate::authz::{Action, Actor};
use crate::error::{Error, Invalid, Result};
use crate::pins::lift_impossible;

impl App {
    /// Changes a part under its version (whichever it has, without one). `change` is told its
    /// fields and its name; it may be asked more than once. The code stays.
    ///
    /// # Errors
    /// [`Error::Stale`] when the version is not the present one, [`Error::Invalid`] with
    /// every fault.
    pub async fn change_part<K: Kind>(
        &self,
        actor: &Actor,
        campaign: Uuid,
        id: Uuid,
        version: Option<i32>,
        change: impl Fn(&mut K, &mut String),
    ) -> Result<Part<K>> {
        actor.require(Action::Plan, Some(campaign))?;
        self.store
            .write(async |tx| {
                begin(self, tx, campaign).await?;
                let around = Around::load(tx, campaign).await?;
                let mut row = find::<K>(tx, campaign, id).await?;
                expect(&K::head(&row), version)?;
                let mut fields = K::read(&row, &around)?;
                let mut name = K::head(&row).name.to_owned();
                change(&mut fields, &mut name);
                fields.keep_served(self, tx, campaign, &row).await?;
                let mut rows = K::list(tx, campaign).await?;
                let mut faults = Vec::new();
                let name = read_name(&name, &mut faults);
                faults.extend(checks::faults(tx, &around, &rows, Some(id), &fields).await?);
                if !faults.is_empty() {
                    return Err(Error::Invalid(Invalid::Input, faults));
                }
                fields.write(&mut row, &around)?;
                let head = K::head_mut(&mut row);
                *head.name = name;
                *head.updated_at = self.clock.now();
                rows.retain(|other| K::head(other).id != id);
                rows.push(row);
                let row = checks::arrange::<K>(tx, rows, id).await?;
                let mut part = Part::of(&row, &around)?;
                row.update(tx).await?;
                part.version += 1;
                record::<K>(self, tx, actor, campaign, id, "change").await?;
                lift_impossible(self, tx, actor, campaign).await?;
                Ok(part)
            })
            .await
    }
}

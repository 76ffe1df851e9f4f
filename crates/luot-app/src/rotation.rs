//! Sealing everything anew under the current key, while the service runs.
//!
//! A few hundred values a transaction, each replaced only if it is still the one that was
//! read. Every server must know the current key before this begins: `luot keys rotate` waits
//! for that.

use luot_store::sealed::{self, SEALED, Sealed};
use luot_store::{Store, Tx, Work, visits};
use serde_json::json;
use uuid::Uuid;

use crate::App;
use crate::authz::Role;
use crate::error::{Error, Result};
use crate::keys::{Keys, Place};
use crate::trail::did_anywhere;

/// Values in one transaction: short enough that bookings do not wait for it.
const BATCH: u64 = 200;

/// What was done with a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resealed {
    /// Table and column.
    pub column: String,
    /// Values sealed anew.
    pub values: u64,
    /// Values that no key opens, by row: they are left as they are.
    pub unreadable: Vec<Uuid>,
}

impl App {
    /// Seals every value anew that is not under the current key, and what stands in clear from
    /// before it had a sealed column.
    ///
    /// # Errors
    /// Of the store. What was done until then stays done; it can be run again.
    pub async fn reseal(&self) -> Result<Vec<Resealed>> {
        let mut done = vec![reasons(&self.store, &self.keys).await?];
        for of in SEALED {
            done.push(column(&self.store, &self.keys, *of).await?);
        }
        let told = done
            .iter()
            .map(|d| json!({ "column": d.column, "values": d.values, "unreadable": d.unreadable }))
            .collect::<Vec<_>>();
        let console = self.operator(Role::Admin);
        self.store
            .write(async |tx| {
                let subject = json!({ "columns": told.clone() });
                let trace = did_anywhere(self.clock.now(), &console, "keys.reseal", subject);
                Ok::<_, Error>(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await?;
        Ok(done)
    }
}

async fn column(store: &Store, keys: &Keys, of: Sealed) -> Result<Resealed> {
    let mut done = Resealed {
        column: format!("{}.{}", of.table, of.column),
        values: 0,
        unreadable: Vec::new(),
    };
    let mut after = Uuid::nil();
    loop {
        let batch = Batch { keys, of, after };
        let found = store.write_work(&batch).await?;
        done.values += found.values;
        done.unreadable.extend(found.unreadable);
        match found.last {
            Some(last) => after = last,
            None => return Ok(done),
        }
    }
}

/// Seals the reasons that were written before they were.
async fn reasons(store: &Store, keys: &Keys) -> Result<Resealed> {
    let mut done = Resealed {
        column: "outcome.reason".into(),
        values: 0,
        unreadable: Vec::new(),
    };
    let mut after = Uuid::nil();
    loop {
        let found = store.write_work(&Clear { keys, after }).await?;
        done.values += found.values;
        match found.last {
            Some(last) => after = last,
            None => return Ok(done),
        }
    }
}

struct Clear<'a> {
    keys: &'a Keys,
    after: Uuid,
}

impl Work for Clear<'_> {
    type Done = Done;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Done> {
        let rows = visits::list_clear_reasons(tx, self.after, BATCH).await?;
        let mut done = Done {
            values: 0,
            unreadable: Vec::new(),
            last: rows.last().map(|(id, _)| *id),
        };
        for (row, said) in rows {
            let column = "outcome.reason";
            let sealed = self.keys.seal(Place { column, row }, &said);
            done.values += u64::from(visits::seal_reason(tx, row, sealed).await?);
        }
        Ok(done)
    }
}

struct Batch<'a> {
    keys: &'a Keys,
    of: Sealed,
    after: Uuid,
}

struct Done {
    values: u64,
    unreadable: Vec<Uuid>,
    last: Option<Uuid>,
}

impl Work for Batch<'_> {
    type Done = Done;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Done> {
        let header = self.keys.header();
        let rows = sealed::list_other(tx, self.of, &header, self.after, BATCH).await?;
        let mut done = Done {
            values: 0,
            unreadable: Vec::new(),
            last: rows.last().map(|(id, _)| *id),
        };
        for (id, old) in rows {
            let place = Place {
                column: self.of.place,
                row: id,
            };
            let Ok(value) = self.keys.open(place, &old) else {
                done.unreadable.push(id);
                continue;
            };
            let new = self.keys.seal(place, &value);
            let index = self
                .of
                .index
                .map(|(_, what)| self.keys.blind_index(what, &value));
            done.values += u64::from(sealed::replace(tx, self.of, (id, old), new, index).await?);
        }
        Ok(done)
    }
}

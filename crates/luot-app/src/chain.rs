//! The chains that make a change of the audit trail show.
//!
//! Each server chains the rows it wrote, in its own chain, a moment after they were written:
//! servers do not wait for each other, nor bookings for the chain. A link is a keyed hash of
//! the link before, the position, and the row. A chain begins with the heads of all others,
//! so that a whole chain cannot go unnoticed either. Rows of a server that stopped before it
//! chained them are taken in by another, and marked as such.
//!
//! Each row is vouched for when it is written (`vouch`), and none is chained that is not: a
//! row that somebody put there by hand, or changed before it was chained, stays out for good,
//! and shows, whatever servers come and go.
//!
//! What it cannot show: that the end of the newest chain was cut off, with its links, before
//! anybody noted its head. Heads are logged, and `luot audit verify` prints them.

use chrono::Duration;
use luot_store::audit::{self, Audit, Link, Unchained};
use luot_store::{Instant, Tx, Work};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::keys::{Keys, same};
use crate::{App, limits, new_id};

/// Links in one statement.
const BATCH: usize = 500;
/// Rows that are in no chain, of which so many are looked at: a server that stops leaves a
/// second's.
const LOOSE_MOST: u64 = 10_000;

/// Where a chain ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Whose chain.
    pub server: Uuid,
    /// How many links it has, less one: the first is 0.
    pub position: i64,
    /// The last link.
    pub hash: Vec<u8>,
}

impl Head {
    fn of(link: &Link) -> Self {
        Self {
            server: link.server,
            position: link.position,
            hash: link.hash.clone(),
        }
    }

    /// As it is printed and noted.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}:{}:{}", self.server, self.position, hex(&self.hash))
    }
}

/// What is wrong with the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A row says something else than when it was chained.
    Changed(Uuid),
    /// A row that was chained is gone.
    Removed(Uuid),
    /// Links of a chain are gone.
    Gap {
        /// Whose chain.
        server: Uuid,
        /// From where.
        position: i64,
    },
    /// A link is not what the one before makes of it.
    Broken {
        /// Whose chain.
        server: Uuid,
        /// Where.
        position: i64,
    },
    /// A chain that another one, or whoever asks, knows is shorter or gone.
    Cut(String),
    /// A row is in no chain, and no server vouches for it as it is.
    Inserted(Uuid),
}

/// What looking at the whole trail gave.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Links looked at.
    pub links: u64,
    /// Rows that another server took in for one that stopped.
    pub taken_in: Vec<Uuid>,
    /// Rows that are yet to be chained.
    pub waiting: usize,
    /// Where the chains end.
    pub heads: Vec<Head>,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

impl App {
    /// Chains what this server has written, and now and then what others left when they
    /// stopped. To be called every second or so.
    ///
    /// # Errors
    /// Of the store. Nothing is lost: the next call comes to it.
    pub async fn chain_trail(&self) -> Result<u64> {
        let mut chained = self.chain_own().await?;
        let mut chain = self.chain.lock().await;
        let now = self.clock.now();
        let back = Duration::minutes(limits::CHAIN_LOOK_BACK_MINUTES);
        if chain.looked_at.is_some_and(|at| now < at + back) {
            return Ok(chained);
        }
        // The first time anything may have been left; then what has come since, and a little
        // more, for transactions that took their time.
        let left = match chain.looked_at {
            None => Unchained::Before(now - back),
            Some(at) => Unchained::Between(at - back * 2, now - back),
        };
        let left = self.store.read_work(&Left(left)).await?;
        for some in left.chunks(BATCH) {
            let mark = json!({ "taken_in": true });
            chained += self
                .chain_rows(&mut chain, some, Some(&mark))
                .await?
                .chained;
        }
        chain.looked_at = Some(now);
        Ok(chained)
    }

    /// Chains what this server has written.
    pub(crate) async fn chain_own(&self) -> Result<u64> {
        let mut chain = self.chain.lock().await;
        let written = self.store.written();
        let mut chained = 0;
        loop {
            let own = written.first(BATCH);
            if own.is_empty() {
                return Ok(chained);
            }
            let before = self.clock.now() - Duration::minutes(limits::CHAIN_LOOK_BACK_MINUTES);
            let done = self.chain_rows(&mut chain, &own, None).await?;
            // A row that is not there yet appears when its transaction ends, in half a minute
            // at most, or never.
            written.forget(&done.seen, before);
            chained += done.chained;
            if done.seen.len() < BATCH {
                return Ok(chained);
            }
        }
    }

    /// Chains those of these rows that are in no chain and are vouched for.
    async fn chain_rows(
        &self,
        chain: &mut Chain,
        ids: &[Uuid],
        note: Option<&Value>,
    ) -> Result<Passed> {
        let work = Pass {
            keys: &self.keys,
            ids,
            note,
            now: self.clock.now(),
        };
        let done = self.store.write_work(&work).await?;
        for id in &done.refused {
            tracing::error!(audit.id = %id, "a row of the audit trail is not what was written, and stays out of the chain");
        }
        if let Some(head) = &done.head {
            chain.head = Some(head.clone());
        }
        Ok(done)
    }

    /// Where this server's chain ends, to be noted elsewhere.
    pub async fn chain_head(&self) -> Option<Head> {
        self.chain.lock().await.head.clone()
    }

    /// Looks at the whole trail. `noted` are heads that were noted earlier.
    ///
    /// # Errors
    /// Of the store.
    pub async fn verify_trail(&self, noted: &[String]) -> Result<Verdict> {
        self.store
            .read(async |tx| {
                let mut verdict = Verdict::default();
                let mut known = noted.to_vec();
                for head in audit::list_heads(tx).await? {
                    verify_chain(tx, &self.keys, &head, &mut verdict, &mut known).await?;
                    verdict.heads.push(Head::of(&head));
                }
                for text in known {
                    if !has(tx, &text).await? {
                        verdict.faults.push(Fault::Cut(text));
                    }
                }
                for row in audit::list_unchained(tx, Unchained::All, LOOSE_MOST).await? {
                    if is_vouched_for(&self.keys, &row) {
                        verdict.waiting += 1;
                    } else {
                        verdict.faults.push(Fault::Inserted(row.id));
                    }
                }
                Ok(verdict)
            })
            .await
    }
}

/// What a process knows of its own chain.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    head: Option<Head>,
    /// When it last looked for rows that others left.
    looked_at: Option<Instant>,
}

/// Looks for rows that are in no chain, where nobody waits for it.
struct Left(Unchained);

impl Work for Left {
    type Done = Vec<Uuid>;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Vec<Uuid>> {
        let rows = audit::list_unchained(tx, self.0.clone(), LOOSE_MOST).await?;
        Ok(rows.iter().map(|row| row.id).collect())
    }
}

struct Pass<'a> {
    keys: &'a Keys,
    ids: &'a [Uuid],
    note: Option<&'a Value>,
    now: Instant,
}

struct Passed {
    /// Where the chain ends now, if it has grown.
    head: Option<Head>,
    /// Rows that were there and in no chain.
    seen: Vec<Uuid>,
    /// Those of them that nobody vouches for.
    refused: Vec<Uuid>,
    /// How many of them are chained now.
    chained: u64,
}

impl Work for Pass<'_> {
    type Done = Passed;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Passed> {
        let these = Unchained::Of(self.ids.to_vec());
        let rows = audit::list_unchained(tx, these, self.ids.len() as u64).await?;
        let seen = rows.iter().map(|row| row.id).collect();
        let (rows, refused): (Vec<Audit>, Vec<Audit>) = rows
            .into_iter()
            .partition(|row| is_vouched_for(self.keys, row));
        let refused = refused.iter().map(|row| row.id).collect();
        let chained = rows.len() as u64;
        let mut head = None;
        if !rows.is_empty() {
            head = audit::find_head(tx).await?.as_ref().map(Head::of);
            let mut links = Vec::new();
            if head.is_none() {
                let others = audit::list_heads(tx).await?;
                let others: Vec<String> = others.iter().map(|h| Head::of(h).text()).collect();
                let note = json!({ "heads": others });
                push(self, tx, &mut head, &mut links, None, Some(note));
            }
            for row in &rows {
                push(
                    self,
                    tx,
                    &mut head,
                    &mut links,
                    Some(row),
                    self.note.cloned(),
                );
            }
            audit::link(tx, links).await?;
        }
        Ok(Passed {
            head,
            seen,
            refused,
            chained,
        })
    }
}

/// What a process that has the keys writes beside a row, to show later that it wrote it.
pub(crate) fn vouch(keys: &Keys, row: &Audit) -> Vec<u8> {
    keys.vouch(&written(row))
}

fn is_vouched_for(keys: &Keys, row: &Audit) -> bool {
    row.mac
        .as_deref()
        .is_some_and(|mac| same(mac, &vouch(keys, row)))
}

fn push(
    pass: &Pass<'_>,
    tx: &Tx,
    head: &mut Option<Head>,
    links: &mut Vec<Link>,
    row: Option<&Audit>,
    note: Option<Value>,
) {
    let (position, before) = match head {
        Some(head) => (head.position + 1, head.hash.clone()),
        None => (0, Vec::new()),
    };
    let server = tx.server();
    let hash = hash(pass.keys, server, position, &before, row, note.as_ref());
    links.push(Link {
        id: new_id(),
        created_at: pass.now,
        audit_id: row.map(|r| r.id),
        server,
        position,
        hash: hash.clone(),
        note,
    });
    *head = Some(Head {
        server,
        position,
        hash,
    });
}

fn hash(
    keys: &Keys,
    server: Uuid,
    position: i64,
    before: &[u8],
    row: Option<&Audit>,
    note: Option<&Value>,
) -> Vec<u8> {
    let row = row.map(written).unwrap_or_default();
    let note = note.map(canonical).unwrap_or_default();
    keys.link(&[
        server.as_bytes(),
        &position.to_be_bytes(),
        before,
        row.as_bytes(),
        note.as_bytes(),
    ])
}

/// Everything a row says, in one way of writing it.
fn written(row: &Audit) -> String {
    canonical(&json!([
        row.id,
        row.created_at.timestamp_micros(),
        row.campaign_id,
        row.staff_id,
        row.parent_id,
        row.server,
        row.actor,
        row.action,
        row.subject,
        row.reason,
        row.request,
    ]))
}

/// JSON with its members in order: databases keep another one than ours.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members: Vec<String> = members
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

async fn verify_chain(
    tx: &Tx,
    keys: &Keys,
    head: &Link,
    verdict: &mut Verdict,
    known: &mut Vec<String>,
) -> Result<()> {
    let server = head.server;
    let (mut next, mut before) = (0, Vec::new());
    while next <= head.position {
        let links = audit::list_links(tx, server, next, BATCH as u64).await?;
        if links.is_empty() {
            break;
        }
        for (link, row) in links {
            if link.position != next {
                verdict.faults.push(Fault::Gap {
                    server,
                    position: next,
                });
            }
            let says = hash(
                keys,
                server,
                link.position,
                &before,
                row.as_ref(),
                link.note.as_ref(),
            );
            match (link.audit_id, &row) {
                (Some(id), None) => verdict.faults.push(Fault::Removed(id)),
                _ if says == link.hash || link.position != next => {}
                (Some(id), Some(_)) => verdict.faults.push(Fault::Changed(id)),
                (None, _) => verdict.faults.push(Fault::Broken {
                    server,
                    position: link.position,
                }),
            }
            if let Some(note) = &link.note {
                if note["taken_in"] == true {
                    verdict.taken_in.extend(link.audit_id);
                }
                let heads = note["heads"].as_array().into_iter().flatten();
                known.extend(heads.filter_map(Value::as_str).map(str::to_owned));
            }
            verdict.links += 1;
            next = link.position + 1;
            before = link.hash;
        }
    }
    Ok(())
}

/// Whether a head that was noted is still a link of its chain.
async fn has(tx: &Tx, text: &str) -> Result<bool> {
    let mut parts = text.split(':');
    let (Some(server), Some(position), Some(hash)) = (parts.next(), parts.next(), parts.next())
    else {
        return Ok(false);
    };
    let (Ok(server), Ok(position)) = (server.parse(), position.parse()) else {
        return Ok(false);
    };
    let found = audit::list_links(tx, server, position, 1).await?;
    Ok(found
        .first()
        .is_some_and(|(l, _)| l.position == position && hex(&l.hash) == hash))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

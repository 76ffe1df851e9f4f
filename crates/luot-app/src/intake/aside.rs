//! Orders of campaigns that somebody changes just now: whoever publishes a plan or reads a long
//! list in holds the campaign meanwhile.
//!
//! They are set aside, so that they keep nobody else waiting. Each such campaign is waited for
//! by a transaction that does nothing else; then its orders are served like any others. Who
//! waits too long is told to come again.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use luot_domain::booking::Facts;
use luot_store::{Instant, Tx, Work, campaigns, facts};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::batch::{Batch, Came};
use super::lane::Turn;
use super::orders::{Order, Wanted};
use super::{Desk, Served, Waiting, take};
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::limits;
use crate::waitlist::{self, Cooled};

/// How long a campaign waits for its turn to be waited for; as long again a lock is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Who was set aside.
pub(super) struct Aside {
    most: usize,
    room: Semaphore,
    there: Mutex<There>,
}

#[derive(Default)]
struct There {
    /// By campaign; each is waited for.
    orders: HashMap<Uuid, Vec<Waiting<Order, Served>>>,
    count: usize,
    waits: JoinSet<()>,
}

impl Aside {
    /// In which at most so many orders wait.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            room: Semaphore::new(limits::INTAKE_CAMPAIGNS_AWAITED),
            there: Mutex::default(),
        }
    }

    fn there(&self) -> MutexGuard<'_, There> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until whoever was set aside has an answer.
    pub(super) async fn stop(&self) {
        let waits = std::mem::take(&mut self.there().waits);
        waits.join_all().await;
    }
}

/// Sets an order aside. Who finds too many there is told so at once.
pub(super) fn set_aside(desk: &Desk, campaign: Uuid, waiting: Waiting<Order, Served>) {
    let mut there = desk.aside.there();
    if there.count >= desk.aside.most {
        drop(waiting.reply.send(Err(Error::Busy)));
        return;
    }
    there.count += 1;
    while there.waits.try_join_next().is_some() {}
    match there.orders.get_mut(&campaign) {
        Some(others) => others.push(waiting),
        None => {
            there.orders.insert(campaign, vec![waiting]);
            there.waits.spawn(wait_for(desk.clone(), campaign));
        }
    }
}

/// Waits for a campaign, then serves its orders.
async fn wait_for(desk: Desk, campaign: Uuid) {
    let free = until_free(&desk, campaign).await;
    let mut waiting = {
        let mut there = desk.aside.there();
        let waiting = there.orders.remove(&campaign).unwrap_or_default();
        there.count -= waiting.len();
        waiting
    };
    if let Err(error) = free {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            campaign = %campaign,
            orders = waiting.len(),
            "a campaign that is being changed was waited for in vain"
        );
        for one in waiting {
            drop(one.reply.send(Err(Error::Busy)));
        }
        return;
    }
    while !waiting.is_empty() {
        let rest = waiting.split_off(waiting.len().min(limits::INTAKE_BATCH));
        // A task of its own, so that a panic takes a batch down and not those behind it.
        let batch = take(desk.clone(), waiting, Turn::none(), Patience::Waits);
        if let Err(failed) = tokio::spawn(batch).await {
            tracing::error!(error = %failed, "a batch of bookings failed");
        }
        waiting = rest;
    }
}

/// Offers what came free in a campaign once nobody changes it any more.
pub(super) fn offer_later(desk: &Desk, cooled: Vec<Cooled>) {
    let own = desk.clone();
    desk.aside.there().waits.spawn(async move {
        let Ok(_place) = own.aside.room.acquire().await else {
            return;
        };
        waitlist::offer(&own.store, &own.keys, &*own.clock, cooled).await;
    });
}

async fn until_free(desk: &Desk, campaign: Uuid) -> Result<()> {
    let room = tokio::time::timeout(PATIENCE, desk.aside.room.acquire()).await;
    let Ok(Ok(_place)) = room else {
        return Err(Error::Busy);
    };
    desk.store.write_work(&UntilFree(campaign)).await
}

struct UntilFree(Uuid);

impl Work for UntilFree {
    type Done = ();
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<()> {
        campaigns::hold_shared(tx, &[self.0]).await?;
        Ok(())
    }
}

/// What a batch does about campaigns that somebody changes just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Their orders are set aside.
    SetsAside,
    /// It waits for them.
    Waits,
}

impl Patience {
    /// Loads the facts, and tells whose are none for being changed just now.
    pub(crate) async fn load(
        self,
        tx: &Tx,
        wanted: &facts::Wanted,
        now: Instant,
    ) -> Result<(Facts, BTreeSet<Uuid>)> {
        Ok(match self {
            Self::SetsAside => facts::load_free(tx, wanted, now).await?,
            Self::Waits => (facts::load(tx, wanted, now).await?, BTreeSet::new()),
        })
    }
}

impl Batch {
    /// Serves an order, unless somebody changes its campaign.
    pub(super) fn come(&mut self, order: &Order) -> Came {
        let answered = |once: &Once| self.first.contains_key(&once.id());
        match self.changing_of(order) {
            Some(campaign) if !order.once().is_some_and(answered) => Came::Aside(campaign),
            _ => Came::Answered(self.serve(order)),
        }
    }

    /// The campaign of an order, where somebody changes it.
    fn changing_of(&self, order: &Order) -> Option<Uuid> {
        if self.changing.is_empty() {
            return None;
        }
        let window = |id| self.facts.windows.get(id).map(|w| w.campaign_id);
        let hold = |id| self.facts.holds.get(id).map(|h| h.campaign_id);
        let campaigns = match order {
            Order::Book(order) => match &order.wanted {
                Wanted::Window(id) => [window(id), None],
                Wanted::Hold(id) | Wanted::Offer(id) => [hold(id), None],
            },
            Order::Move(order) => {
                let mover = self.movers.get(&order.code);
                [mover.map(|m| m.0.campaign_id), window(&order.window_id)]
            }
            Order::Hold(order) => [window(&order.window_id), None],
            Order::Claim(order) => [hold(&order.hold_id), None],
        };
        let mut campaigns = campaigns.into_iter().flatten();
        campaigns.find(|id| self.changing.contains(id))
    }
}

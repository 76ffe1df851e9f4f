//! The intake: the one path by which places are taken.
//!
//! Requests that arrive while a transaction is under way wait together and become the next
//! (group commit, without a timer). A batch of one is the same code. Each request is decided
//! by the pure rules over facts loaded for the whole batch; what was decided is written in
//! the same transaction, with one audit row and one message a campaign. Whoever loses to
//! another process is decided again, with the batch, on fresh facts. On PostgreSQL one batch
//! is loaded and decided while the one before is written; they are to each other as two
//! processes are. SQLite has one writer, and one batch at a time.
//!
//! Who asks for a window that was full a moment ago is looked at first, in batches of their
//! own that read and do not write: by the same rules over the same facts. A refusal (or the
//! answer to a retry) is theirs at once; anybody else goes on to where places are taken.
//!
//! Orders of a campaign that somebody changes just now (a plan is published, a list read in)
//! are set aside until it is free again, and keep nobody else waiting.
//!
//! The hazard: anything slow here is slow for everybody. Sealing, hashing and looking things
//! up by name happen before a request gets here.

mod aside;
mod batch;
mod before;
mod full;
mod kept;
mod lane;
mod movers;
mod orders;
mod together;

use std::sync::Arc;

use luot_domain::clock::Clock;
use luot_store::Store;
use tokio::sync::oneshot;

pub(crate) use aside::Patience;
pub(crate) use lane::{Lane, Turn, Waiting, under_way};
pub(crate) use movers::{birth_of, mover};
pub(crate) use orders::{BookOrder, ClaimOrder, HoldOrder, MoveOrder, NewPerson, Order, Wanted};
pub(crate) use together::{Serves, split, together};

use aside::{Aside, set_aside};
use batch::Came;
use full::Full;

use crate::appointments::Booked;
use crate::error::{Error, Result};
use crate::holds::Held;
use crate::keys::Keys;
use crate::limits;

/// What an order is answered.
#[derive(Debug, Clone)]
pub(crate) enum Served {
    Booked(Booked),
    Held(Held),
}

/// What comes of a look at an order.
enum Looked {
    /// It is answered: there is no place for it, or it was answered before.
    Answered(Served),
    /// There may be a place.
    GoesOn(Box<Order>),
}

/// The way to the intake.
#[derive(Clone)]
pub(crate) struct Intake {
    taking: Arc<Lane<Order, Served>>,
    looking: Arc<Lane<Order, Looked>>,
    full: Arc<Full>,
    aside: Arc<Aside>,
}

impl Intake {
    /// An intake in which so many may wait.
    pub(crate) fn start(
        store: Store,
        clock: Arc<dyn Clock>,
        keys: Arc<Keys>,
        queue: usize,
    ) -> Self {
        let under_way = under_way(&store, limits::INTAKE_UNDER_WAY);
        let desk = Desk {
            store,
            clock,
            keys,
            full: Arc::default(),
            aside: Arc::new(Aside::new(queue)),
        };
        let (full, aside) = (desk.full.clone(), desk.aside.clone());
        let taker = desk.clone();
        let taking = Arc::new(Lane::start(queue, under_way, move |waiting, turn| {
            take(taker.clone(), waiting, turn, Patience::SetsAside)
        }));
        let looking = Lane::start(queue, 1, move |waiting, turn| {
            look(desk.clone(), waiting, turn)
        });
        Self {
            taking,
            looking: Arc::new(looking),
            full,
            aside,
        }
    }

    /// Hands a party's order in and waits for its answer. Its rows need not be sealed: that is
    /// done by `seal` once there may be a place.
    pub(crate) async fn book_party(
        &self,
        order: BookOrder,
        seal: impl FnOnce(&mut BookOrder),
    ) -> Result<Booked> {
        let mut order = Order::Book(order);
        if self.full.awaits(&order) {
            match self.looking.ask(order).await? {
                Looked::Answered(served) => return served.booked(),
                Looked::GoesOn(same) => order = *same,
            }
        }
        if let Order::Book(order) = &mut order {
            seal(order);
        }
        self.book(order).await
    }

    /// Hands a request for appointments in and waits for its answer.
    pub(crate) async fn book(&self, order: Order) -> Result<Booked> {
        self.taking.ask(order).await?.booked()
    }

    /// Hands a request for a hold in and waits for its answer.
    pub(crate) async fn hold(&self, order: HoldOrder) -> Result<Held> {
        match self.taking.ask(Order::Hold(order)).await? {
            Served::Held(held) => Ok(held),
            Served::Booked(_) => Err(Error::Bug("a booking for an answer".into())),
        }
    }

    /// Takes no more requests, and waits until each that was taken has its answer.
    pub(crate) async fn stop(&self) {
        self.looking.stop().await;
        self.taking.stop().await;
        self.aside.stop().await;
    }
}

impl Served {
    fn booked(self) -> Result<Booked> {
        match self {
            Self::Booked(booked) => Ok(booked),
            Self::Held(_) => Err(Error::Bug("a hold for an answer".into())),
        }
    }
}

/// What the workers work with.
#[derive(Clone)]
struct Desk {
    store: Store,
    clock: Arc<dyn Clock>,
    keys: Arc<Keys>,
    full: Arc<Full>,
    aside: Arc<Aside>,
}

impl Desk {
    /// Answers an order. Who has gone away in the meantime finds the answer under their key.
    fn reply(&self, order: Order, reply: oneshot::Sender<Result<Served>>, came: Came) {
        match came {
            Came::Answered(answer) => {
                self.full.note(&order, &answer);
                drop(reply.send(answer));
            }
            Came::Aside(campaign) => set_aside(self, campaign, Waiting { order, reply }),
        }
    }
}

/// Serves a batch.
async fn take(desk: Desk, waiting: Vec<Waiting<Order, Served>>, turn: Turn, patience: Patience) {
    let (orders, replies) = split(waiting);
    let taking = Taking {
        desk: &desk,
        turn: &turn,
        patience,
    };
    let all = together(&taking, &orders).await;
    for ((order, reply), came) in orders.into_iter().zip(replies).zip(all) {
        desk.reply(
            order,
            reply,
            came.unwrap_or_else(|e| Came::Answered(Err(e))),
        );
    }
}

struct Taking<'a> {
    desk: &'a Desk,
    turn: &'a Turn,
    patience: Patience,
}

impl Serves<Order> for Taking<'_> {
    type Done = Came;

    async fn serve(&self, orders: &[Order]) -> Result<Vec<Came>> {
        batch::run(self.desk, orders, self.turn, self.patience).await
    }
}

/// Answers those of a batch to whom nothing is to be given; the others go on.
async fn look(desk: Desk, waiting: Vec<Waiting<Order, Looked>>, _turn: Turn) {
    let (orders, replies) = split(waiting);
    let seen = batch::look(&desk, &orders).await.unwrap_or_else(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "a look at a batch failed; it goes on unseen"
        );
        Vec::new()
    });
    let seen = seen
        .into_iter()
        .map(Some)
        .chain(std::iter::repeat_with(|| None));
    for ((order, reply), answer) in orders.into_iter().zip(replies).zip(seen) {
        let looked = match answer {
            Some(answer) => {
                desk.full.note(&order, &answer);
                answer.map(Looked::Answered)
            }
            None => Ok(Looked::GoesOn(Box::new(order))),
        };
        drop(reply.send(looked));
    }
}

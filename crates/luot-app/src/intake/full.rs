//! Which windows were full a moment ago.
//!
//! It decides nothing: whoever asks for one of them is only looked at first by a batch that
//! does not write, and so waits for no disk. Being wrong costs a look.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use luot_domain::booking::Refusal;
use uuid::Uuid;

use super::orders::{BookOrder, Order, Wanted};
use super::{Result, Served};
use crate::error::Error;

/// How long a window counts as full without being refused again.
const MOMENT: Duration = Duration::from_secs(1);
/// Windows remembered. A province has some thirty thousand; beyond, all are forgotten.
const MOST: usize = 50_000;

/// Windows, each with the smallest party that was refused, and when.
#[derive(Debug, Default)]
pub(super) struct Full(Mutex<HashMap<Uuid, (usize, Instant)>>);

impl Full {
    /// Whether an order will probably find its window full.
    pub(super) fn awaits(&self, order: &Order) -> bool {
        let Some((window, order)) = in_window(order) else {
            return false;
        };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&window)
            .is_some_and(|(party, at)| order.persons.len() >= *party && at.elapsed() < MOMENT)
    }

    /// Remembers what an order was answered.
    pub(super) fn note(&self, order: &Order, answer: &Result<Served>) {
        let Some((window, order)) = in_window(order) else {
            return;
        };
        let full = matches!(
            answer,
            Err(Error::Booking {
                refusal: Refusal::WindowFull { .. },
                ..
            })
        );
        if full {
            self.remember(window, order.persons.len());
        } else if answer.is_ok() {
            self.forget(window);
        }
    }

    fn remember(&self, window: Uuid, party: usize) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(&window) {
            known.clear();
        }
        let now = Instant::now();
        let entry = known.entry(window).or_insert((party, now));
        let stale = entry.1.elapsed() >= MOMENT;
        *entry = (if stale { party } else { entry.0.min(party) }, now);
    }

    fn forget(&self, window: Uuid) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&window);
    }
}

fn in_window(order: &Order) -> Option<(Uuid, &BookOrder)> {
    match order {
        Order::Book(order) => match order.wanted {
            Wanted::Window(id) => Some((id, order)),
            Wanted::Hold(_) | Wanted::Offer(_) => None,
        },
        Order::Move(_) | Order::Hold(_) | Order::Claim(_) => None,
    }
}

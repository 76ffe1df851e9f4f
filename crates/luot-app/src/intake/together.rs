//! Serving many orders as one, and each alone where they fail as one.

use tokio::sync::oneshot;

use super::lane::Waiting;
use crate::error::{Error, Result};

/// Serves orders in one transaction.
pub(crate) trait Serves<O>: Sync {
    /// What comes of an order.
    type Done: Send;

    /// What comes of each, in order.
    fn serve(&self, orders: &[O]) -> impl Future<Output = Result<Vec<Self::Done>>> + Send;
}

/// Serves a batch; if it cannot be served as one, each on its own, so that one that fails does
/// not take others along.
pub(crate) async fn together<O: Sync, S: Serves<O>>(by: &S, orders: &[O]) -> Vec<Result<S::Done>> {
    if orders.is_empty() {
        return Vec::new();
    }
    let error = match by.serve(orders).await {
        Ok(all) => return all.into_iter().map(Ok).collect(),
        Err(error) => error,
    };
    if orders.len() == 1 {
        return vec![Err(error)];
    }
    match error {
        // It would be so for each of them, one after another.
        Error::Store(error) if error.is_of_the_whole_database() => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a batch found the database too busy, or away"
            );
            let told = || Err(Error::Store(error.clone()));
            orders.iter().map(|_| told()).collect()
        }
        error => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a batch failed and is taken apart"
            );
            let mut all = Vec::with_capacity(orders.len());
            for order in orders {
                let alone = by.serve(std::slice::from_ref(order)).await;
                let none = || Error::Bug("no answer".into());
                all.push(alone.and_then(|mut all| all.pop().ok_or_else(none)));
            }
            all
        }
    }
}

/// Who waits, as orders and replies. Who has gone away wants nothing any more.
pub(crate) fn split<O, T>(
    waiting: Vec<Waiting<O, T>>,
) -> (Vec<O>, Vec<oneshot::Sender<Result<T>>>) {
    let there = waiting.into_iter().filter(|w| !w.reply.is_closed());
    there.map(|w| (w.order, w.reply)).unzip()
}

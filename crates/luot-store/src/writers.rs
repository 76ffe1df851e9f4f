//! How many may write at once, beside the intake and what is due by itself.
//!
//! A rush of cancellations, or many who wait for somebody's lock, would else take every
//! connection there is, and nobody could even read any more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::StoreError;

/// Room for so many who write, and for so many who wait for it.
#[derive(Clone, Debug)]
pub(crate) struct Writers {
    room: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    patience: Duration,
}

/// The turn of one who writes. It ends when it is dropped.
#[derive(Debug)]
pub struct Turn(#[allow(dead_code, reason = "kept until it is dropped")] OwnedSemaphorePermit);

impl Writers {
    /// Room for so many; as many may wait for it as come, each only so long.
    pub(crate) fn new(at_once: usize, patience: Duration) -> Self {
        Self {
            room: Arc::new(Semaphore::new(at_once.max(1))),
            waiting: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            patience,
        }
    }

    pub(crate) fn with_waiting(self, most: usize) -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(most)),
            ..self
        }
    }

    pub(crate) fn with_at_once(self, at_once: usize) -> Self {
        Self {
            room: Arc::new(Semaphore::new(at_once)),
            ..self
        }
    }

    /// Waits for room. Who finds too many waiting is told so at once.
    pub(crate) async fn enter(&self) -> Result<Turn, StoreError> {
        if let Ok(turn) = self.room.clone().try_acquire_owned() {
            return Ok(Turn(turn));
        }
        let _waits = self
            .waiting
            .try_acquire()
            .map_err(|_| StoreError::Busy(None))?;
        self.follow().await
    }

    /// Waits for room, however many do.
    pub(crate) async fn follow(&self) -> Result<Turn, StoreError> {
        match tokio::time::timeout(self.patience, self.room.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(Turn(turn)),
            _ => Err(StoreError::Busy(None)),
        }
    }
}

//! Whether the service is ready: the database answers, nothing is pending, the keys are
//! right, and the line's backend answers or is done without.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use luot_api::operations::{Check, CheckState, Readiness, ReadyReport};
use luot_app::{App, StartError};
use luot_line::Backend;

/// Looks at what requests need.
#[derive(Clone)]
pub struct Ready {
    app: App,
    line: Backend,
}

impl Ready {
    /// Of a service and its line.
    #[must_use]
    pub fn new(app: App, line: Backend) -> Self {
        Self { app, line }
    }

    async fn look(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut note = |name, state, detail: Option<&str>| {
            checks.push(Check {
                name,
                state,
                detail: detail.map(str::to_owned),
            });
        };
        match self.app.store().pending().await {
            Err(_) => note("database", CheckState::Failed, Some("does not answer")),
            Ok(pending) if !pending.is_empty() => {
                note("database", CheckState::Ok, None);
                note(
                    "migrations",
                    CheckState::Failed,
                    Some("pending: run `luot migrate`"),
                );
            }
            Ok(_) => {
                note("database", CheckState::Ok, None);
                note("migrations", CheckState::Ok, None);
                match self.app.check_keys().await {
                    Ok(()) => note("keys", CheckState::Ok, None),
                    Err(StartError::OtherKeys) => note(
                        "keys",
                        CheckState::Failed,
                        Some("the key file is not this database's"),
                    ),
                    Err(StartError::Store(_)) => {
                        note("keys", CheckState::Failed, Some("cannot be checked"));
                    }
                }
            }
        }
        match (&self.line, self.line.ping().await) {
            (Backend::Memory, _) => note("line", CheckState::Ok, Some("in memory")),
            (Backend::Redis(..), Ok(())) => note("line", CheckState::Ok, None),
            (Backend::Redis(..), Err(_)) => {
                note(
                    "line",
                    CheckState::Degraded,
                    Some("Redis does not answer: calls are made from the database"),
                );
            }
        }
        checks
    }
}

impl Readiness for Ready {
    fn ready(&self) -> BoxFuture<'_, ReadyReport> {
        async move { ReadyReport::of(self.look().await) }.boxed()
    }
}

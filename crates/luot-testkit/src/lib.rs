//! What tests stand on: a real server on a free port over a real database, a clock that
//! only tests move, clients, and builders that read like sentences.
//!
//! PostgreSQL and Redis are those that `cargo xtask test` starts; it tells their addresses
//! in `LUOT_TEST_POSTGRES` and `LUOT_TEST_REDIS`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "in a test, what must not happen may panic"
)]

mod answer;
mod app;
mod clock;
mod databases;
mod fakes;
mod line;
mod parent;
mod redis;
pub mod rules;
mod session;
pub mod sim;

pub use answer::Answer;
pub use app::{ORIGIN, On, TestApp};
pub use clock::TestClock;
pub use databases::Database;
pub use fakes::Fakes;
pub use parent::{CONSENT, Parent};
pub use redis::Cuttable;
pub use session::{ASession, Slot};

/// Runs a test twice: embedded (SQLite, in memory), and on PostgreSQL and Redis.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: $kind:ty) $body:block)*) => {
        $(
            mod $name {
                #[allow(unused_imports)]
                use super::*;

                async fn check($app: $kind) $body

                $(#[$meta])*
                #[tokio::test(flavor = "multi_thread")]
                async fn embedded() {
                    check($crate::TestApp::start($crate::On::Embedded).await).await;
                }

                $(#[$meta])*
                #[tokio::test(flavor = "multi_thread")]
                async fn on_postgres_and_redis() {
                    check($crate::TestApp::start($crate::On::Postgres).await).await;
                }
            }
        )*
    };
}

//! Measures the ordered index, in memory and on the Redis of `LUOT_TEST_REDIS`: tickets put
//! in and calls taken out a second, by fifty at a time. A line of JSON for each.

#![allow(clippy::expect_used, reason = "a measurement that fails may panic")]

use std::sync::Arc;
use std::time::Instant;

use luot_line::{Backend, Entry, Key, Ordered, Step};
use uuid::Uuid;

/// As many as `redis-benchmark` has clients.
const AT_A_TIME: usize = 50;
/// Tickets of each.
const EACH: i64 = 2_000;

#[tokio::main]
async fn main() {
    let address = std::env::var("LUOT_TEST_REDIS").expect("LUOT_TEST_REDIS");
    let redis = Backend::redis(&address).expect("an address");
    for (name, backend) in [("memory", Backend::Memory), ("redis", redis)] {
        let index = backend.ordered();
        let keys: Vec<Key> = (0..AT_A_TIME)
            .map(|_| Key::new("bench", Uuid::now_v7()))
            .collect();
        for key in &keys {
            index.replace(key, 0, &[]).await.expect("replaced");
        }
        let tickets = measured(&index, &keys, put_all).await;
        let calls = measured(&index, &keys, call_all).await;
        println!(
            "{{\"backend\":\"{name}\",\"tickets_per_second\":{tickets:.0},\"calls_per_second\":{calls:.0}}}"
        );
    }
}

/// How many a second, all keys at the same time.
async fn measured<F, R>(index: &Arc<dyn Ordered>, keys: &[Key], run: F) -> f64
where
    F: Fn(Arc<dyn Ordered>, Key) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    let begun = Instant::now();
    let all: Vec<_> = keys
        .iter()
        .map(|key| tokio::spawn(run(index.clone(), key.clone())))
        .collect();
    for one in all {
        one.await.expect("a run");
    }
    // A hundred thousand: exact.
    (AT_A_TIME as i64 * EACH) as f64 / begun.elapsed().as_secs_f64()
}

/// A ticket is one change.
async fn put_all(index: Arc<dyn Ordered>, key: Key) {
    for n in 0..EACH {
        let step = Step { from: n, to: n + 1 };
        // Neither in order nor all alike.
        let rank = (n * 7_919) % 1_000;
        let entry = Entry {
            member: Uuid::now_v7().into(),
            rank,
        };
        index.change(&key, step, &[entry], &[]).await.expect("put");
    }
}

/// A call looks at the first few and takes one out, as the service does.
async fn call_all(index: Arc<dyn Ordered>, key: Key) {
    for n in EACH..2 * EACH {
        let seen = index
            .page(&key, 0, 4)
            .await
            .expect("an answer")
            .expect("whole");
        let first = seen.value.first().expect("somebody").member;
        let step = Step { from: n, to: n + 1 };
        index
            .change(&key, step, &[], &[first])
            .await
            .expect("taken out");
    }
}

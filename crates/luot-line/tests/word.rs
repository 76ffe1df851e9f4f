//! Word between servers, on a real Redis.

#![allow(
    clippy::expect_used,
    reason = "in a test, what must not happen may panic"
)]

use std::time::{Duration, Instant};

use luot_line::{Backend, Word};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(20);

fn a_server(channel: &'static str) -> Word {
    let address =
        std::env::var("LUOT_TEST_REDIS").expect("LUOT_TEST_REDIS is set by `cargo xtask test`");
    let redis = Backend::redis(&address).expect("an address");
    redis.word(channel).expect("there are others")
}

/// What a server hears.
fn listens(word: &Word) -> mpsc::UnboundedReceiver<Option<String>> {
    let (tell, told) = mpsc::unbounded_channel();
    let word = word.clone();
    tokio::spawn(async move {
        word.listen(|said| drop(tell.send(said.map(str::to_owned))))
            .await;
    });
    told
}

async fn next(told: &mut mpsc::UnboundedReceiver<Option<String>>) -> Option<String> {
    let heard = tokio::time::timeout(PATIENCE, told.recv()).await;
    heard.expect("word in time").expect("a listener")
}

async fn hears(word: &Word, expect: bool) {
    let begun = Instant::now();
    while word.hears() != expect {
        assert!(begun.elapsed() < PATIENCE);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn others_hear_what_one_says_and_nobody_hears_oneself() {
    let (one, other) = (a_server("test:hears"), a_server("test:hears"));
    assert!(!one.hears(), "nobody listens yet");
    let (mut mine, mut theirs) = (listens(&one), listens(&other));
    // First of all: what was said before is not known.
    assert_eq!(next(&mut mine).await, None);
    assert_eq!(next(&mut theirs).await, None);
    hears(&one, true).await;
    hears(&other, true).await;
    one.say("a").await.expect("said");
    other.say("b c").await.expect("said");
    assert_eq!(next(&mut theirs).await.as_deref(), Some("a"));
    assert_eq!(next(&mut mine).await.as_deref(), Some("b c"));
}

#[tokio::test]
async fn a_broken_connection_is_noticed_and_made_anew() {
    let (one, other) = (a_server("test:breaks"), a_server("test:breaks"));
    let mut told = listens(&one);
    assert_eq!(next(&mut told).await, None);
    hears(&one, true).await;
    let address = std::env::var("LUOT_TEST_REDIS").expect("set");
    let client = redis::Client::open(address).expect("an address");
    let mut connection = client
        .get_multiplexed_async_connection()
        .await
        .expect("a connection");
    redis::cmd("CLIENT")
        .arg(&["KILL", "TYPE", "pubsub"])
        .query_async::<i64>(&mut connection)
        .await
        .expect("killed");
    // Words may have been missed; after that they come again.
    assert_eq!(next(&mut told).await, None);
    hears(&one, true).await;
    other.say("again").await.expect("said");
    loop {
        match next(&mut told).await {
            // The test beside this one breaks connections, too.
            None => other.say("again").await.expect("said"),
            Some(said) => break assert_eq!(said, "again"),
        }
    }
}

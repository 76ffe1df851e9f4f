//! Word between servers, on a real Redis.

#![allow(
    clippy::expect_used,
    reason = "in a test, what must not happen may panic"
)]

use std::time::{Duration, Instant};

use luot_line::{Backend, Word};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(20);

/// The database of the test that breaks connections: told by it, only its own break.
const BROKEN: &str = "7";

fn address() -> String {
    std::env::var("LUOT_TEST_REDIS").expect("LUOT_TEST_REDIS is set by `cargo xtask test`")
}

fn a_server(address: &str, channel: &'static str) -> Word {
    let redis = Backend::redis(address).expect("an address");
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

/// What a listener hears first of what somebody else says, again and again if need be: a
/// listener that got no processor for a second thinks itself deaf, and misses words.
async fn heard(
    told: &mut mpsc::UnboundedReceiver<Option<String>>,
    by: &Word,
    text: &str,
) -> String {
    loop {
        by.say(text).await.expect("said");
        if let Some(said) = next(told).await {
            return said;
        }
    }
}

#[tokio::test]
async fn others_hear_what_one_says_and_nobody_hears_oneself() {
    let address = address();
    let (one, other) = (
        a_server(&address, "test:hears"),
        a_server(&address, "test:hears"),
    );
    assert!(!one.hears(), "nobody listens yet");
    let (mut mine, mut theirs) = (listens(&one), listens(&other));
    // First of all: what was said before is not known.
    assert_eq!(next(&mut mine).await, None);
    assert_eq!(next(&mut theirs).await, None);
    hears(&one, true).await;
    hears(&other, true).await;
    assert_eq!(heard(&mut theirs, &one, "a").await, "a");
    assert_eq!(heard(&mut mine, &other, "b c").await, "b c");
}

#[tokio::test]
async fn who_falls_silent_may_have_changed_something_unless_they_said_goodbye() {
    let address = address();
    let server = || a_server(&address, "test:silence");
    let (one, dies, stops) = (server(), server(), server());
    let mut told = listens(&one);
    assert_eq!(next(&mut told).await, None);
    assert_eq!(heard(&mut told, &stops, "the last").await, "the last");
    stops.say_goodbye().await.expect("said");
    assert_eq!(heard(&mut told, &dies, "half").await, "half");
    hears(&one, true).await;
    // It is not heard again: one of its words may be missing, and others may be to come.
    assert_eq!(next(&mut told).await, None);
    hears(&one, false).await;
    assert_eq!(one.lost(), 1, "who said goodbye is not missed");
    // There it is again.
    dies.say("back").await.expect("said");
    assert_eq!(next(&mut told).await, None);
    assert_eq!(heard(&mut told, &dies, "back").await, "back");
}

/// Breaks the connections that listen in the database of the test below.
async fn break_listeners(address: &str) {
    let client = redis::Client::open(address).expect("an address");
    let mut connection = client
        .get_multiplexed_async_connection()
        .await
        .expect("a connection");
    let listeners: String = redis::cmd("CLIENT")
        .arg(&["LIST", "TYPE", "pubsub"])
        .query_async(&mut connection)
        .await
        .expect("a list");
    let db = format!("db={BROKEN}");
    let mut broken = 0;
    for line in listeners.lines() {
        let mut fields = line.split(' ');
        let id = fields.find_map(|f| f.strip_prefix("id="));
        if let Some(id) = id
            && fields.any(|f| f == db)
        {
            broken += redis::cmd("CLIENT")
                .arg(&["KILL", "ID", id])
                .query_async::<i64>(&mut connection)
                .await
                .expect("killed");
        }
    }
    assert_eq!(broken, 1, "{listeners}");
}

#[tokio::test]
async fn a_broken_connection_is_noticed_and_made_anew() {
    let address = format!("{}/{BROKEN}", address().trim_end_matches('/'));
    let (one, other) = (
        a_server(&address, "test:breaks"),
        a_server(&address, "test:breaks"),
    );
    let mut told = listens(&one);
    assert_eq!(next(&mut told).await, None);
    hears(&one, true).await;
    break_listeners(&address).await;
    // Words may have been missed; after that they come again.
    assert_eq!(next(&mut told).await, None);
    hears(&one, true).await;
    assert_eq!(heard(&mut told, &other, "again").await, "again");
}

//! Many rows in one statement: what is written is what is read, whatever it holds.

use chrono::DateTime;
use luot_store::audit::{self, Audit};
use luot_store::{Store, StoreError};
use serde_json::json;
use uuid::Uuid;

use super::both;

/// Texts that a notation for arrays could stumble over.
const ODD: [&str; 9] = [
    "",
    "NULL",
    "null",
    "{a,b}",
    "say \"xin chào\"",
    "back\\slash \\\" and \\\\",
    "comma, semicolon; 'quote'",
    " spaces \t and\nlines ",
    "Nguyễn Thị Ánh 🇻🇳 $1",
];

fn row(n: usize) -> Audit {
    let text = ODD[n % ODD.len()];
    Audit {
        id: Uuid::now_v7(),
        created_at: DateTime::from_timestamp_micros(1_775_000_000_123_456 + n as i64)
            .expect("an instant"),
        campaign_id: None,
        staff_id: None,
        action: format!("{n} {text}"),
        subject: json!({ "text": text, "list": [n, null, { "deep": text }] }),
        server: None,
        actor: (!n.is_multiple_of(3)).then(|| text.to_owned()),
        parent_id: None,
        reason: (n.is_multiple_of(2)).then(|| text.to_owned()),
        request: None,
        mac: None,
    }
}

async fn keep(store: &Store, written: &mut Vec<Audit>, rows: Vec<Audit>) {
    written.extend(rows.clone());
    let done: Result<(), StoreError> = store
        .write(async |tx| audit::record(tx, rows.clone()).await)
        .await;
    assert!(done.is_ok(), "{done:?}");
}

#[tokio::test]
async fn what_many_rows_hold_is_read_again_as_it_was() {
    for (_database, store) in both().await {
        let mut written = Vec::new();
        // None, one, a chunk with a rest, more than a chunk.
        for count in [0, 1, 70, 501] {
            let rows: Vec<Audit> = (0..count).map(row).collect();
            keep(&store, &mut written, rows).await;
        }
        // What is the same in every row: in a few, and in so many that it travels once.
        for like in (0..ODD.len()).map(row) {
            for count in [2, 7, 8, 9] {
                let alike = |_| Audit {
                    id: Uuid::now_v7(),
                    ..like.clone()
                };
                keep(&store, &mut written, (0..count).map(alike).collect()).await;
            }
        }
        let read = store
            .read(async |tx| audit::list(tx, None, None, 10_000).await)
            .await;
        let mut read = read.expect("the rows");
        for row in &mut read {
            // Which process wrote it is added on the way.
            row.server = None;
        }
        assert_eq!(read, written);
    }
}

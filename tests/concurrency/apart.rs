//! A batch that fails is taken apart: one order that goes wrong takes no other along.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use luot_app::limits::INTAKE_UNDER_WAY as UNDER_WAY;
use luot_testkit::{On, TestApp};
use reqwest::StatusCode;

use super::{holds_places, until_stuck};

/// How many wait, and so become one batch.
const QUEUE: usize = 12;
/// How many of them go wrong.
const BAD: usize = 3;

/// Whoever writes an appointment in a window fails there.
fn fails_in(window: &str) -> String {
    format!(
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ \
         BEGIN RAISE EXCEPTION 'a fault'; END $$; \
         CREATE TRIGGER fails BEFORE INSERT ON appointment FOR EACH ROW \
         WHEN (NEW.slot_id = '{window}') EXECUTE FUNCTION fails()"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_that_goes_wrong_takes_no_other_of_its_batch_along() {
    let app = TestApp::start_with(On::Postgres, &|app, _| app.with_intake_queue(QUEUE)).await;
    let slot = app
        .a_session()
        .with_places(60)
        .in_windows(2)
        .published()
        .await;
    app.database.does(&fails_in(&slot.windows[1])).await;
    let books = |good: bool| {
        let (parent, window) = (app.a_parent(), slot.windows[usize::from(!good)].clone());
        tokio::spawn(async move { (good, parent.sends(&parent.request(&window)).await) })
    };

    // As many batches as may are under way, and stuck: whoever comes now waits together.
    let lock = holds_places(&app).await;
    let mut answers = FuturesUnordered::new();
    for n in 0..UNDER_WAY {
        answers.push(books(true));
        until_stuck(&app, n + 1).await;
    }
    answers.extend((0..=QUEUE).map(|n| books(n >= BAD)));
    // Who finds the queue full tells that all others are in it.
    let (was_good, told) = answers.next().await.expect("one more").expect("an answer");
    told.is_problem(503, "busy");
    lock.commit().await.expect("no lock");

    let mut bad = usize::from(!was_good);
    while let Some(answer) = answers.next().await {
        match answer.expect("an answer") {
            (true, answer) => drop(answer.expect(StatusCode::CREATED)),
            (false, answer) => {
                answer.is_problem(500, "internal");
                bad += 1;
            }
        }
    }
    assert_eq!(bad, BAD);
}

//! Who cancels and who begins to wait at the same moment, at two servers.

use chrono::Duration;
use futures_util::future::{join, join_all};
use luot_testkit::{On, TestApp};
use reqwest::StatusCode;
use serde_json::json;

const PLACES: usize = 8;

/// On PostgreSQL two transactions that begin together do not see each other: whoever joins
/// while a place comes free may be missed. Once the place has cooled everybody who waits has
/// been seen, and as many have an offer as there are places: not one more, not one fewer.
/// (What goes wrong without the conditional update is shown in `store/transactions.rs`, what
/// without the last look in `waitlist/offers.rs`.)
#[tokio::test(flavor = "multi_thread")]
async fn whoever_joins_while_places_come_free_is_offered_one_and_no_place_twice() {
    let one = TestApp::start(On::Postgres).await;
    let two = one.another(On::Postgres).await;
    let slot = one
        .a_session()
        .in_days(2)
        .with_places(u32::try_from(PLACES).expect("few"))
        .published()
        .await;
    let at = |n: usize| if n.is_multiple_of(2) { &one } else { &two };
    let there: Vec<_> = (0..PLACES).map(|n| at(n).a_parent()).collect();
    let booked = join_all(there.iter().map(|p| p.books(&slot))).await;
    let waiting: Vec<_> = (0..2 * PLACES).map(|n| at(n).a_parent()).collect();

    let nothing = json!({});
    let cancelled = there
        .iter()
        .zip(&booked)
        .map(|(parent, booked)| parent.acts(booked, "cancel", &nothing));
    let joined = waiting.iter().map(|p| p.waits(&slot.campaign, 1, &nothing));
    let (cancelled, joined) = join(join_all(cancelled), join_all(joined)).await;
    for done in cancelled {
        done.expect(StatusCode::OK);
    }

    one.after(Duration::seconds(600)).await;
    let mut offered = 0;
    for (parent, joined) in waiting.iter().zip(joined) {
        let joined = joined.expect(StatusCode::CREATED);
        offered += usize::from(parent.looks_at(&joined).await.text("/state") == "offered");
    }
    assert_eq!(offered, PLACES);
    let session = one.get(&format!("/v1/sessions/{}", slot.session)).await;
    assert_eq!(session.number("/open_places"), 0);
}

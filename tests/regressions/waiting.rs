//! Places that come free, and who gets them.

use chrono::Duration;
use luot_testkit::{TestApp, on_both};
use reqwest::StatusCode;
use serde_json::json;

on_both! {
    // pretix: deleting vouchers that held places set more places free than they had held,
    // and the waiting list was sent sixty that there were not.
    async fn what_is_given_back_frees_what_it_held_and_no_more(app: TestApp) {
        let slot = app.a_session().in_days(2).with_places(3).published().await;
        let holder = app.a_parent();
        let hold = holder.holds(slot.window(), 3).await.expect(StatusCode::CREATED);
        let waiting: Vec<_> = (0..6).map(|_| app.a_parent()).collect();
        let mut joined = Vec::new();
        for parent in &waiting {
            joined.push(parent.waits(&slot.campaign, 1, &json!({})).await);
        }
        let give_back = || {
            let path = format!("/v1/holds/{}", hold.text("/id"));
            app.send(app.request(reqwest::Method::DELETE, &path))
        };
        // Given back by two requests at once, and running out besides.
        let (_, _) = tokio::join!(give_back(), give_back());
        app.after(Duration::seconds(600)).await;
        let mut offered = 0;
        for (parent, joined) in waiting.iter().zip(&joined) {
            offered += i32::from(parent.looks_at(joined).await.text("/state") == "offered");
        }
        assert_eq!(offered, 3);
        // Those who leave give back what they were offered, no more either.
        for (parent, joined) in waiting.iter().zip(&joined) {
            parent.leaves(joined).await.expect(StatusCode::NO_CONTENT);
        }
        app.after(Duration::seconds(600)).await;
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!((session.number("/booked"), session.number("/open_places")), (0, 3));
    }

    // Candilib: places are cancelled at a moment agreed upon, and a friend takes them in the
    // same second.
    async fn a_place_cannot_be_passed_on_to_a_friend(app: TestApp) {
        let slot = app.a_session().in_days(2).with_places(2).in_windows(2).published().await;
        let (holder, friend, waits) = (app.a_parent(), app.a_parent(), app.a_parent());
        let booked = holder.books(&slot).await.expect(StatusCode::CREATED);
        // By cancelling.
        holder.acts(&booked, "cancel", &json!({})).await.expect(StatusCode::OK);
        friend.books(&slot).await.is_problem(409, "window-full");
        friend.holds(slot.window(), 1).await.is_problem(409, "window-full");
        // Nor is it in the list of what is free.
        let free = app.get(&format!("/v1/campaigns/{}/availability", slot.campaign)).await;
        let listed: Vec<_> = free.items().iter().map(|w| w["window_id"].clone()).collect();
        assert_eq!(listed, [json!(slot.windows[1])]);
        // Who waits gets it, though they came later than the friend asked.
        let joined = waits.waits(&slot.campaign, 1, &json!({})).await;
        assert_eq!(waits.looks_at(&joined).await.text("/offer/window_id"), slot.windows[0]);
        // By moving away, and by giving a hold back.
        let hold = holder.holds(&slot.windows[1], 1).await.expect(StatusCode::CREATED);
        let path = format!("/v1/holds/{}", hold.text("/id"));
        app.send(app.request(reqwest::Method::DELETE, &path)).await;
        friend.sends(&friend.request(&slot.windows[1])).await.is_problem(409, "window-full");
    }
}

//! Who asks for a window that was full a moment ago is answered without a writing transaction,
//! and as if there were none.

use luot_testkit::{TestApp, on_both};
use reqwest::StatusCode;

on_both! {
    async fn a_retry_gets_its_place_though_the_window_is_full_by_now(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let (first, second) = (app.a_parent(), app.a_parent());
        let request = first.request(slot.window());
        let booked = first.sends_under("key-of-the-first-one-to-come", &request).await;
        for _ in 0..3 {
            second.books(&slot).await.is_problem(409, "window-full");
            let again = first.sends_under("key-of-the-first-one-to-come", &request).await;
            assert_eq!((again.status, &again.body), (201, &booked.body));
        }
        // Full or not: who has a place already is told so.
        second.books(&slot).await.is_problem(409, "window-full");
        first.books(&slot).await.is_problem(409, "already-booked");
    }

    async fn a_place_that_comes_free_is_given_though_the_window_was_full(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let hold = app.a_parent().holds(slot.window(), 1).await.expect(StatusCode::CREATED);
        app.a_parent().books(&slot).await.is_problem(409, "window-full");
        app.a_parent().books(&slot).await.is_problem(409, "window-full");
        let path = format!("/v1/holds/{}", hold.text("/id"));
        app.send(app.request(reqwest::Method::DELETE, &path)).await;
        app.after(chrono::Duration::hours(2)).await;
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
    }

    async fn a_smaller_party_is_not_taken_for_a_larger_one(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let parent = app.a_parent();
        let child = |name: &str| serde_json::json!({ "full_name": name, "birth_date": "2017-05-06" });
        let three = [child("Lý Văn Nhất"), child("Lý Văn Nhị"), child("Lý Văn Tam")];
        for _ in 0..2 {
            let refused = parent.sends(&parent.request_for(slot.window(), &three)).await;
            refused.is_problem(409, "window-full");
        }
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
    }

    async fn others_are_named_that_have_places(app: TestApp) {
        let slot = app.a_session().with_places(4).in_windows(2).published().await;
        for _ in 0..2 {
            app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        }
        for _ in 0..2 {
            let refused = app.a_parent().books(&slot).await;
            refused.is_problem(409, "window-full");
            assert_eq!(refused.body["alternatives"][0]["window_id"], slot.windows[1]);
        }
    }
}

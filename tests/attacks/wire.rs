//! On the wire: injection into SQL and logs, bodies that are too large or too deep, headers
//! smuggled through a proxy.

use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

on_both! {
    async fn sql_injection_in_names(app: TestApp) {
        let slot = app.a_session().published().await;
        for (n, name) in [
            "Robert'); DROP TABLE person; --",
            "a' OR '1'='1",
            "\"; DELETE FROM audit; --",
            "Trần %_\\ Văn",
            "$1 ?1 :name",
        ]
        .into_iter()
        .enumerate()
        {
            let mut mai = app.a_parent();
            mai.child = format!("{name} {}", ["A", "B", "C", "D", "E"][n]);
            let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
            let seen = mai.looks_up(&booked).await.expect(StatusCode::OK);
            assert_eq!(seen.text("/full_name"), mai.child);
        }
        let hostile = "/v1/campaigns?after=%27%20OR%201%3D1%20--";
        app.get(hostile).await.is_problem(400, "invalid-query");
        let cohort = format!("/v1/campaigns/{}/timetable?cohort=%27%3BDROP%20TABLE%20cohort%3B--", slot.campaign);
        app.get(&cohort).await.is_problem(404, "not-found");
        app.get(&format!("/v1/campaigns/{}/cohorts", slot.campaign)).await.expect(StatusCode::OK);
    }

    async fn log_injection_in_names_and_ids(app: TestApp) {
        let slot = app.a_session().published().await;
        for name in ["An\r\nERROR root logged in", "An\u{1b}[31m đỏ", "An\u{2028}x\u{0}y"] {
            let mut mai = app.a_parent();
            mai.child = name.into();
            let answer = mai.books(&slot).await;
            // Refused, or squeezed into one line: never as it came.
            assert!(answer.status == 422 || answer.status == 201, "{:#}", answer.body);
            if answer.status == 201 {
                let seen = mai.looks_up(&answer).await.text("/full_name");
                assert!(!seen.chars().any(char::is_control), "{seen:?}");
            }
        }
        let request = app.request(Method::GET, "/v1/campaigns").header("X-Request-Id", "a b\tc");
        let answer = app.send(request).await;
        let id = answer.header("x-request-id");
        assert!(!id.contains([' ', '\t']), "{id}");
    }

    async fn oversized_and_deeply_nested_json(app: TestApp) {
        let slot = app.a_session().published().await;
        let send = async |body: String| {
            let request = app
                .request(Method::POST, "/v1/appointments")
                .header("Idempotency-Key", uuid::Uuid::now_v7().simple().to_string())
                .header("Content-Type", "application/json")
                .body(body);
            app.send(request).await
        };
        let huge = json!({ "window_id": slot.window(), "contact": { "name": "x".repeat(200_000) } });
        send(huge.to_string()).await.is_problem(413, "payload-too-large");
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        let answer = send(deep).await;
        assert!(matches!(answer.status, 400 | 422), "{}", answer.status);
        let inside = format!("{{\"window_id\":{}1{}}}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
        let answer = send(inside).await;
        assert!(matches!(answer.status, 400 | 422), "{}", answer.status);
        let many = json!({
            "window_id": slot.window(), "contact": { "name": "An", "phone": "0912345678" },
            "persons": (0..51).map(|_| json!({ "full_name": "An", "birth_date": "2017-05-06" })).collect::<Vec<_>>(),
        });
        send(many.to_string()).await.is_problem(422, "invalid-body");
        app.get("/healthz").await.expect(StatusCode::OK);
    }

    async fn header_smuggling_through_a_proxy(app: TestApp) {
        let address = app.base.trim_start_matches("http://").to_owned();
        let talk = async |bytes: &str| {
            let mut stream = TcpStream::connect(&address).await.expect("a connection");
            stream.write_all(bytes.as_bytes()).await.expect("sent");
            let mut answer = vec![0; 8192];
            let n = stream.read(&mut answer).await.expect("an answer");
            String::from_utf8_lossy(&answer[..n]).into_owned()
        };
        // Two lengths, or a length and chunks: what one side takes for a body, the other
        // would take for the next request.
        for headers in [
            "Content-Length: 4\r\nContent-Length: 40\r\n",
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Content-Length: +4\r\n",
        ] {
            let smuggled = format!(
                "POST /v1/appointments HTTP/1.1\r\nHost: x\r\n{headers}\r\n0\r\n\r\nGET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n"
            );
            let answer = talk(&smuggled).await;
            assert!(answer.starts_with("HTTP/1.1 4"), "{headers:?}: {answer}");
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{headers:?}: {answer}");
        }
        // A line break in a header's value is not one, and headers have an end.
        let long = format!("GET /v1/campaigns HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "a".repeat(200_000));
        let mut stream = TcpStream::connect(&address).await.expect("a connection");
        let _ = stream.write_all(long.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

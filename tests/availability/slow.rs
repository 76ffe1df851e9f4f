//! Clients that are slow hold nobody up.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use luot_testkit::{On, TestApp};
use reqwest::StatusCode;

/// More than the server has threads, and than a batch has requests.
const SLOW: usize = 300;

#[tokio::test]
async fn who_sends_half_a_request_holds_nobody_up() {
    let app = TestApp::start(On::Embedded).await;
    let slot = app.a_session().with_places(8).published().await;
    let address = app.base.trim_start_matches("http://").to_owned();
    let heads = [
        "POST /v1/appointments HTTP/1.1\r\nHost: luot\r\nContent-Le",
        "GET /v1/camp",
    ];
    let body = "POST /v1/appointments HTTP/1.1\r\nHost: luot\r\nContent-Type: application/json\r\n\
                Idempotency-Key: 0123456789012345678901234\r\nContent-Length: 400\r\n\r\n{\"window_id\":";
    let mut slow: Vec<TcpStream> = (0..SLOW)
        .map(|n| {
            let mut stream = TcpStream::connect(&address).expect("a connection");
            let half = [heads[0], heads[1], body][n % 3];
            stream.write_all(half.as_bytes()).expect("sent");
            stream
        })
        .collect();
    app.a_parent()
        .books(&slot)
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(super::left(&app, &slot).await, 7);
    // They are still there: nobody was served by sending them away.
    for stream in slow.iter_mut() {
        stream.set_nonblocking(true).expect("a setting");
        let nothing = stream.read(&mut [0; 1]).expect_err("no answer yet");
        assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
    }
}

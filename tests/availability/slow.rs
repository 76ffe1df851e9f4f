//! Clients that are slow hold nobody up.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use luot_testkit::{On, TestApp};
use reqwest::StatusCode;

/// More than the server has threads, and than a batch has requests.
const SLOW: usize = 300;

/// More than the server has threads to answer.
const STUCK: usize = 16;

/// Ways to stop in the middle of a request.
const HALVES: [&str; 3] = [
    "POST /v1/appointments HTTP/1.1\r\nHost: luot\r\nContent-Le",
    "GET /v1/camp",
    "POST /v1/appointments HTTP/1.1\r\nHost: luot\r\nContent-Type: application/json\r\n\
     Idempotency-Key: 0123456789012345678901234\r\nContent-Length: 400\r\n\r\n{\"window_id\":",
];

/// Sends the beginning of a request, and no more.
fn half_a_request(address: &str, n: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let half = HALVES[n % HALVES.len()];
    stream.write_all(half.as_bytes()).expect("sent");
    stream
}

#[tokio::test]
async fn who_sends_half_a_request_holds_nobody_up() {
    let app = TestApp::start(On::Embedded).await;
    let slot = app.a_session().with_places(8).published().await;
    let address = app.base.trim_start_matches("http://").to_owned();
    let mut slow: Vec<TcpStream> = (0..SLOW).map(|n| half_a_request(&address, n)).collect();
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

/// Asks again and again, and reads nothing, until the server takes no more of it: it is stuck
/// with the answers.
fn asks_and_reads_nothing(address: &str, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let most = Some(Duration::from_millis(200));
    stream.set_write_timeout(most).expect("a setting");
    let many = request.repeat(64);
    loop {
        match stream.write_all(many.as_bytes()) {
            Ok(()) => {}
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return stream;
            }
            Err(e) => panic!("cut off: {e}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_nothing_holds_nobody_up() {
    let app = TestApp::start(On::Embedded).await;
    let slot = app
        .a_session()
        .with_places(160)
        .in_windows(16)
        .published()
        .await;
    let address = app.base.trim_start_matches("http://").to_owned();
    let request = format!(
        "GET /v1/campaigns/{}/availability HTTP/1.1\r\nHost: luot\r\n\r\n",
        slot.campaign
    );
    let stuck = (0..STUCK).map(|_| {
        let (address, request) = (address.clone(), request.clone());
        tokio::task::spawn_blocking(move || asks_and_reads_nothing(&address, &request))
    });
    let mut stuck: Vec<TcpStream> = join_all(stuck)
        .await
        .into_iter()
        .map(|stream| stream.expect("a stream"))
        .collect();
    app.a_parent()
        .books(&slot)
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(super::left(&app, &slot).await, 159);
    // Their answers are there, and were not given up.
    for stream in &mut stuck {
        let mut first = [0; 15];
        stream.read_exact(&mut first).expect("an answer");
        assert_eq!(&first, b"HTTP/1.1 200 OK");
    }
}

/// And they do not stay for ever: each connection is closed once its time is over, with a word
/// or without.
#[tokio::test(flavor = "multi_thread")]
async fn who_sends_half_a_request_is_cut_off_in_time() {
    let app = TestApp::start(On::Embedded).await;
    let deadline = Duration::from_millis(300);
    let address = app.impatient(deadline).base;
    let address = address.trim_start_matches("http://").to_owned();
    let cut = tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        let slow: Vec<TcpStream> = (0..9).map(|n| half_a_request(&address, n)).collect();
        let said = slow.into_iter().map(|mut stream| {
            // Far beyond the time there is: who is still connected then fails here.
            let most = Some(Duration::from_secs(8));
            stream.set_read_timeout(most).expect("a setting");
            let mut said = Vec::new();
            match stream.read_to_end(&mut said) {
                Ok(_) => {}
                Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => {}
                Err(e) => panic!("still there after {:?}: {e}", began.elapsed()),
            }
            String::from_utf8_lossy(&said).into_owned()
        });
        (said.collect::<Vec<_>>(), began.elapsed())
    });
    let (said, took) = cut.await.expect("read");
    assert!(took >= deadline, "{took:?}");
    for (n, said) in said.iter().enumerate() {
        let status = said.split(' ').nth(1).unwrap_or_default();
        assert!(["", "408", "503"].contains(&status), "{n}: {said}");
    }
}

//! Clients that each send a request, wait for the answer, and send the next.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

use crate::Outcome;

/// How much, and for how long.
pub struct Load {
    pub address: SocketAddr,
    pub connections: usize,
    pub warm: Duration,
    pub measure: Duration,
}

/// What is sent.
pub enum Requests {
    /// The same again and again.
    Same(Vec<u8>),
    /// Somebody new each time, window after window, or campaign after campaign.
    Parties {
        host: String,
        /// Where it is sent.
        path: &'static str,
        /// What each names, and those that are named.
        names: &'static str,
        named: Vec<String>,
        seed: String,
    },
}

impl Requests {
    /// Reads of a path.
    pub fn reads(base: &str, path: &str) -> Self {
        let host = base.trim_start_matches("http://");
        Self::Same(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes())
    }

    /// Bookings, each by somebody new.
    pub fn bookings(base: &str, windows: &[&str], seed: &str) -> Self {
        Self::parties(base, "appointments", "window_id", windows, seed)
    }

    /// Parties that join a campaign's waitlist, each somebody new.
    pub fn joins(base: &str, campaign: &str, seed: &str) -> Self {
        Self::parties(base, "waitlist-entries", "campaign_id", &[campaign], seed)
    }

    fn parties(
        base: &str,
        path: &'static str,
        names: &'static str,
        named: &[&str],
        seed: &str,
    ) -> Self {
        Self::Parties {
            host: base.trim_start_matches("http://").to_owned(),
            path,
            names,
            named: named.iter().map(|id| (*id).to_owned()).collect(),
            seed: letters(seed.parse().unwrap_or(0)),
        }
    }

    fn write(&self, n: usize, into: &mut Vec<u8>) {
        use std::io::Write as _;
        into.clear();
        match self {
            Self::Same(bytes) => into.extend_from_slice(bytes),
            Self::Parties {
                host,
                path,
                names,
                named,
                seed,
            } => {
                let body = format!(
                    "{{\"{names}\":\"{}\",\"contact\":{{\"name\":\"Trần Thị Phụ Huynh\",\"phone\":\"09{n:08}\"}},\
                     \"persons\":[{{\"full_name\":\"Trần Văn {seed} {}\",\"birth_date\":\"2017-05-06\"}}]}}",
                    named[n % named.len()],
                    letters(n),
                );
                // Writing to memory does not fail.
                let _ = write!(
                    into,
                    "POST /v1/{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
                     Idempotency-Key: bench-{seed}-{n:020}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len(),
                );
            }
        }
    }
}

/// A number in letters, since names have no digits.
fn letters(n: usize) -> String {
    n.to_string()
        .bytes()
        .map(|b| char::from(b - b'0' + b'A'))
        .collect()
}

/// What has been seen.
#[derive(Default)]
struct Seen {
    next: Cell<usize>,
    lost: Cell<usize>,
    answers: RefCell<BTreeMap<(u16, String), usize>>,
    /// Answers and their microseconds within the time that counts.
    times: RefCell<Vec<u32>>,
}

impl Seen {
    fn note(&self, status: u16, code: &str) {
        let mut answers = self.answers.borrow_mut();
        // Without making a text of each: there are few that differ.
        let known = answers
            .iter_mut()
            .find(|((s, c), _)| (*s, c.as_str()) == (status, code));
        match known {
            Some((_, times)) => *times += 1,
            None => {
                answers.insert((status, code.to_owned()), 1);
            }
        }
    }

    fn answers(&self) -> BTreeMap<String, usize> {
        let all = self.answers.take().into_iter();
        all.map(|((status, code), times)| (format!("{status} {code}").trim().to_owned(), times))
            .collect()
    }
}

/// Runs the load; what came back, and how fast.
pub fn run(runtime: &Runtime, load: &Load, requests: Requests) -> Outcome<Value> {
    let (seen, requests) = (Rc::new(Seen::default()), Rc::new(requests));
    let from = Instant::now() + load.warm;
    let until = from + load.measure;
    let local = LocalSet::new();
    for _ in 0..load.connections {
        let (seen, requests) = (seen.clone(), requests.clone());
        local.spawn_local(client(load.address, requests, seen, from, until));
    }
    runtime.block_on(local);
    let mut times = seen.times.take();
    times.sort_unstable();
    let quantile = |q: usize| {
        let at = (times.len().saturating_sub(1)) * q / 1000;
        times.get(at).map_or(0.0, |us| f64::from(*us) / 1000.0)
    };
    Ok(json!({
        "per_second": times.len() as f64 / load.measure.as_secs_f64(),
        "p50_ms": quantile(500), "p99_ms": quantile(990), "max_ms": quantile(1000),
        "counted": times.len(),
        "lost": seen.lost.get(),
        "cpu_us": processor_time()?,
        "answers": seen.answers(),
    }))
}

/// Processor time of this process so far, in microseconds.
fn processor_time() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, rest) = stat.rsplit_once(')').ok_or("no name")?;
    let ticks = rest.split_whitespace().skip(11).take(2);
    let ticks: Result<Vec<f64>, _> = ticks.map(str::parse).collect();
    // Linux counts in hundredths of a second wherever this runs.
    Ok(ticks?.iter().sum::<f64>() * 10_000.0)
}

async fn client(
    address: SocketAddr,
    requests: Rc<Requests>,
    seen: Rc<Seen>,
    from: Instant,
    until: Instant,
) {
    let (mut request, mut answer) = (Vec::new(), Vec::with_capacity(64 * 1024));
    let mut stream = None;
    while Instant::now() < until {
        let connected = match stream.take() {
            Some(connected) => Ok(connected),
            None => TcpStream::connect(address).await,
        };
        let Ok(mut connected) = connected else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let n = seen.next.replace(seen.next.get() + 1);
        requests.write(n, &mut request);
        let begun = Instant::now();
        let status = exchange(&mut connected, &request, &mut answer).await;
        let ended = Instant::now();
        let Ok(status) = status else {
            seen.lost.set(seen.lost.get() + 1);
            continue;
        };
        stream = Some(connected);
        let code = if status < 400 { None } else { code(&answer) };
        seen.note(status, code.unwrap_or_default());
        if ended >= from && ended < until {
            let us = ended.duration_since(begun).as_micros();
            seen.times
                .borrow_mut()
                .push(u32::try_from(us).unwrap_or(u32::MAX));
        }
    }
}

/// Sends a request and reads the whole answer; its status.
async fn exchange(stream: &mut TcpStream, request: &[u8], answer: &mut Vec<u8>) -> Outcome<u16> {
    stream.write_all(request).await?;
    answer.clear();
    let (end, length) = loop {
        if stream.read_buf(answer).await? == 0 {
            return Err("closed".into());
        }
        if let Some(end) = answer.windows(4).position(|w| w == b"\r\n\r\n") {
            break (end + 4, content_length(&answer[..end]).unwrap_or(0));
        }
    };
    while answer.len() < end + length {
        if stream.read_buf(answer).await? == 0 {
            return Err("closed".into());
        }
    }
    let status = answer.get(9..12).ok_or("no status")?;
    Ok(std::str::from_utf8(status)?.parse()?)
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length: ";
    let at = head
        .windows(NAME.len())
        .position(|w| w.eq_ignore_ascii_case(NAME))?;
    let digits = head[at + NAME.len()..]
        .iter()
        .take_while(|b| b.is_ascii_digit());
    Some(digits.fold(0, |n, b| n * 10 + usize::from(b - b'0')))
}

/// The code of a problem.
fn code(answer: &[u8]) -> Option<&str> {
    const NAME: &[u8] = b"\"code\":\"";
    let at = answer.windows(NAME.len()).position(|w| w == NAME)?;
    let rest = &answer[at + NAME.len()..];
    let end = rest.iter().position(|b| *b == b'"')?;
    std::str::from_utf8(&rest[..end]).ok()
}

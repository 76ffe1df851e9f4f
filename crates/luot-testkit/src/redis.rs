//! A way to the tests' Redis that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::databases::from_xtask;

/// A way to Redis.
#[derive(Debug)]
pub struct Cuttable {
    /// Its address, for a server.
    pub address: String,
    behind: String,
    database: u8,
    is_cut: Arc<AtomicBool>,
    door: JoinHandle<()>,
}

impl Drop for Cuttable {
    fn drop(&mut self) {
        self.door.abort();
    }
}

impl Cuttable {
    /// To one of the databases of the Redis that `cargo xtask test` starts.
    pub async fn redis(database: u8) -> Self {
        let behind = from_xtask("LUOT_TEST_REDIS");
        let behind = behind.trim_start_matches("redis://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("an address");
        let is_cut = Arc::new(AtomicBool::new(false));
        Self {
            address: format!("redis://{at}/{database}"),
            database,
            door: tokio::spawn(lets_in(listener, behind.clone(), is_cut.clone())),
            behind,
            is_cut,
        }
    }

    /// Cuts it, or mends it.
    pub fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, SeqCst);
    }

    /// Empties that database, past the cut.
    pub async fn empties(&self) {
        let mut redis = TcpStream::connect(&self.behind).await.expect("Redis");
        let words = format!("SELECT {}\r\nFLUSHDB\r\n", self.database);
        redis.write_all(words.as_bytes()).await.expect("Redis");
        let mut answers = [0; 10];
        redis.read_exact(&mut answers).await.expect("Redis");
        assert_eq!(&answers, b"+OK\r\n+OK\r\n", "Redis was not emptied");
    }
}

async fn lets_in(listener: TcpListener, behind: String, is_cut: Arc<AtomicBool>) {
    while let Ok((mut near, _)) = listener.accept().await {
        let (is_cut, behind) = (is_cut.clone(), behind.clone());
        tokio::spawn(async move {
            if is_cut.load(SeqCst) {
                return;
            }
            let Ok(mut far) = TcpStream::connect(behind).await else {
                return;
            };
            let mut check = tokio::time::interval(Duration::from_millis(1));
            tokio::select! {
                _ = copy_bidirectional(&mut near, &mut far) => {}
                () = async { while !is_cut.load(SeqCst) { check.tick().await; } } => {}
            }
        });
    }
}

//! A throw-away Redis: nothing on disk, a free port, for whoever is on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use super::Result;
use super::throwaway::{Folder, Server, free_port};

/// A running Redis.
pub(crate) struct Redis {
    _server: Server,
    port: u16,
}

impl Redis {
    /// Starts it; returns when it answers.
    pub(crate) fn start() -> Result<Self> {
        let mut last = String::new();
        // A second try is for the port that was taken between asking for it and using it.
        for _ in 0..3 {
            match Self::try_start() {
                Ok(running) => return Ok(running),
                Err(failure) => last = failure.to_string(),
            }
        }
        Err(last.into())
    }

    fn try_start() -> Result<Self> {
        let folder = Folder::new("redis")?;
        let port = free_port()?;
        let mut command = Command::new("redis-server");
        command.args([
            "--bind",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
        ]);
        command.arg(folder.path());
        let server = Server::start("Redis", folder, "TERM", &command)?;
        server.ready(Duration::from_secs(30), |_| answers(port).ok())?;
        Ok(Self {
            _server: server,
            port,
        })
    }

    /// Where it is, as the tests take it.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

fn answers(port: u16) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    if &answer == b"+PONG\r\n" {
        Ok(())
    } else {
        Err("not Redis".into())
    }
}

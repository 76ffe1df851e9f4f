//! A server that does not outlive us, and leaves nothing behind.
//!
//! The server is started by a small shell whose standard input is a pipe that only we hold.
//! However we end (return, panic, Ctrl-C, `kill -9`), the kernel closes the pipe, the shell reads the end of it,
//! stops the server and deletes its folder. So there is one way to clean up, and no signal handler.
//! The shell is a process group of its own, so that Ctrl-C in the terminal reaches us and not it.
//! A folder without a server yet is looked after in the same way.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use super::{Result, wait};

/// `$1` is the folder, `$2` the signal that stops the server, the rest starts it.
const WATCHDOG: &str = r#"
dir=$1 signal=$2; shift 2
exec 3<&0
"$@" </dev/null >"$dir/log" 2>&1 3<&- &
server=$!
echo $server >"$dir/pid"
(
    cat <&3 >/dev/null
    kill -s "$signal" "$server"
    for _ in $(seq 100); do sleep 0.1; done
    kill -s KILL "$server"
) &
killer=$!
wait "$server"
echo $? >"$dir/exited"
cat <&3 >/dev/null
kill "$killer"
rm -rf "$dir"
"#;

/// `$1` is a folder that nothing runs in yet.
const JANITOR: &str = r#"cat >/dev/null; rm -rf "$1""#;

/// A folder that is deleted when this is dropped, or when this process ends, however it does.
pub(crate) struct Folder {
    path: PathBuf,
    janitor: Child,
    kept: bool,
}

impl Folder {
    /// A fresh, private folder under the system's temporary one.
    pub(crate) fn new(purpose: &str) -> Result<Self> {
        let nanos = SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap_or_default()
            .as_nanos();
        // Short: the path of a unix socket inside it has to stay below a hundred bytes.
        let name = format!(
            "luot-{purpose}-{}-{:x}",
            std::process::id(),
            nanos & 0xff_ffff
        );
        let path = std::env::temp_dir().join(name);
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|failure| format!("cannot create {}: {failure}", path.display()))?;
        let janitor = shell(JANITOR).arg(&path).spawn()?;
        Ok(Self {
            path,
            janitor,
            kept: false,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.kept {
            let _ = self.janitor.kill();
        }
        drop(self.janitor.stdin.take());
        let _ = self.janitor.wait();
    }
}

/// A shell that reads from a pipe only we hold, says nothing, and does not get the terminal's Ctrl-C.
fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", script, "sh"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.process_group(0);
    command
}

/// A running server and its folder; both end with this value, or with this process.
pub(crate) struct Server {
    name: &'static str,
    folder: PathBuf,
    watchdog: Child,
}

impl Server {
    /// Starts `command` with its output in `log` inside the folder; returns before it is ready.
    pub(crate) fn start(
        name: &'static str,
        mut folder: Folder,
        signal: &str,
        command: &Command,
    ) -> Result<Self> {
        let watchdog = shell(WATCHDOG)
            .arg(folder.path())
            .arg(signal)
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(folder.path())
            .spawn()?;
        // From here on the folder is the watchdog's.
        folder.kept = true;
        Ok(Self {
            name,
            folder: folder.path.clone(),
            watchdog,
        })
    }

    /// Everything the server has written so far.
    pub(crate) fn log(&self) -> String {
        fs::read(self.folder.join("log"))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The server's process.
    pub(crate) fn pid(&self) -> Result<u32> {
        let text = fs::read_to_string(self.folder.join("pid"))?;
        Ok(text.trim().parse()?)
    }

    /// Waits until `ask` has its answer; fails with the log when the server ends before, or takes too long.
    pub(crate) fn ready<T>(
        &self,
        limit: Duration,
        mut ask: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T> {
        let answer = wait::until(self.name, limit, || {
            // The order matters: what was answered before the end still counts as an end.
            if self.folder.join("exited").exists() {
                return Err(format!("{} did not start", self.name).into());
            }
            // A server can be quicker than the shell that notes which process it is.
            Ok(self.pid().ok().and_then(|_| ask(self)))
        });
        answer.map_err(|failure| format!("{failure}; its log:\n{}", tail(&self.log(), 40)).into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// The last lines of a text.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// A port that was free a moment ago. Another program may take it before we do; the caller then tries again.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(script: &str) -> (Server, PathBuf) {
        let folder = Folder::new("test").unwrap();
        let path = folder.path().to_owned();
        let server = Server::start(
            "the test's server",
            folder,
            "TERM",
            Command::new("sh").args(["-c", script]),
        )
        .unwrap();
        (server, path)
    }

    fn alive(pid: &str) -> bool {
        Path::new("/proc").join(pid.trim()).exists()
    }

    #[test]
    fn a_server_and_its_folder_end_with_the_guard() {
        let (server, path) = started("echo $$; exec sleep 1000");
        let pid = server
            .ready(Duration::from_secs(10), |server| {
                server.log().ends_with('\n').then(|| server.log())
            })
            .unwrap();
        assert!(alive(&pid));
        drop(server);
        assert!(!alive(&pid), "the server is still running");
        assert!(!path.exists(), "its folder is still there");
    }

    #[test]
    fn a_folder_ends_with_its_guard() {
        let folder = Folder::new("test").unwrap();
        let path = folder.path().to_owned();
        assert!(path.is_dir());
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn a_server_that_dies_is_told_with_its_log() {
        let (server, path) = started("echo no room on the device; exit 3");
        let failure = server
            .ready::<()>(Duration::from_secs(10), |_| None)
            .unwrap_err()
            .to_string();
        assert!(
            failure.contains("did not start") && failure.contains("no room on the device"),
            "{failure}"
        );
        drop(server);
        assert!(!path.exists());
    }

    #[test]
    fn a_server_ends_with_the_process_that_started_it() {
        // Stands for us: a shell that holds the only other end of the pipe and is killed outright.
        let folder = Folder::new("test").unwrap();
        let path = folder.path().to_owned();
        let starter = r#"mkfifo "$1/pipe"; sh -c "$0" sh "$1" TERM sh -c 'echo $$; exec sleep 1000' <"$1/pipe" & exec 4>"$1/pipe"; exec sleep 1000"#;
        let mut starter = Command::new("sh")
            .args(["-c", starter, WATCHDOG])
            .arg(&path)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pid = wait::until("the server", Duration::from_secs(10), || {
            Ok(fs::read_to_string(path.join("log"))
                .ok()
                .filter(|log| log.ends_with('\n')))
        });
        let pid = pid.unwrap();
        assert!(alive(&pid));
        starter.kill().unwrap();
        starter.wait().unwrap();
        wait::until("the server's end", Duration::from_secs(10), || {
            Ok((!alive(&pid) && !path.exists()).then_some(()))
        })
        .unwrap();
    }
}

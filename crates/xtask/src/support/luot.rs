//! How the service's own binary is called. Everything xtask assumes about its command line stands here.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use super::throwaway::{Folder, Server};
use super::{Context, Result, run_to_end, say};

/// What to do with the committed API document.
#[derive(Clone, Copy)]
pub(crate) enum OpenApi {
    /// Fail when it differs from the code.
    Check,
    /// Make it what the code says.
    Write,
}

/// Builds the service and returns its binary.
///
/// As part of the workspace, not by `-p luot-server`: with that, cargo would choose other features of the libraries
/// than `cargo test --workspace` does, and half of them would be built twice. Only the binary is built in either case.
pub(crate) fn build(context: &Context) -> Result<PathBuf> {
    run_to_end(
        context
            .cargo()
            .args(["build", "--workspace", "--bin", "luot"]),
    )?;
    Ok(target(context)?.join("debug/luot"))
}

/// Builds the service as it is released, and the load for `bench rush`; returns their folder.
pub(crate) fn build_release(context: &Context) -> Result<PathBuf> {
    let what = ["--workspace", "--bin", "luot", "--example", "rush"];
    run_to_end(context.cargo().args(["build", "--release"]).args(what))?;
    Ok(target(context)?.join("release"))
}

/// Loads, plans and publishes the demonstration, then serves it, unless told `--once`.
pub(crate) fn demo(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("demo");
    command
}

/// Fills the database at `url` with the demonstration and ends. Runs in `folder`, where it may leave other files.
pub(crate) fn demo_once(program: &Path, url: &str, folder: &Path) -> Command {
    let mut command = demo(program);
    command
        .args(["--once", "--database", url])
        .current_dir(folder);
    command
}

/// Makes a member of staff and returns the token that is printed, alone, on standard output.
pub(crate) fn staff_token(program: &Path, url: &str, options: &[&str]) -> Result<String> {
    let mut command = Command::new(program);
    command.args(["user", "add", "--name", "fuzz", "--role", "admin"]);
    let token = say(command.args(["--database", url]).args(options))?;
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(format!(
            "`luot user add` should print a token and nothing else, but printed: {token:?}"
        )
        .into());
    }
    Ok(token)
}

/// Serves the database at `url` on a free port; returns the address once the server has said it.
pub(crate) fn serve(program: &Path, url: &str, folder: Folder) -> Result<(Server, String)> {
    serve_with(program, url, &[], folder)
}

/// The same with further options.
pub(crate) fn serve_with(
    program: &Path,
    url: &str,
    options: &[&str],
    folder: Folder,
) -> Result<(Server, String)> {
    let mut command = Command::new(program);
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", url]);
    // Everything here comes from one address.
    command.arg("--without-budgets");
    command.args(options);
    let server = Server::start("luot", folder, "TERM", &command)?;
    let address = server.ready(Duration::from_secs(60), |server| listening(&server.log()))?;
    Ok((server, address))
}

/// The address in the line by which a server says that it is ready.
pub(crate) fn listening(log: &str) -> Option<String> {
    let (_, rest) = log.split_once("listening on http://")?;
    // Only a line that is complete: the log may be read while it is being written.
    let (line, _) = rest.split_once('\n')?;
    let address = line.split(|c: char| c.is_whitespace() || c == '"').next()?;
    Some(format!("http://{address}"))
}

/// Writes or compares `openapi/openapi.json` and `openapi/problems.md`, in the project's root.
pub(crate) fn openapi(program: &Path, root: &Path, what: OpenApi) -> Command {
    let mut command = Command::new(program);
    command.arg("openapi").arg(match what {
        OpenApi::Check => "--check",
        OpenApi::Write => "--write",
    });
    command.current_dir(root);
    command
}

fn target(context: &Context) -> Result<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let text = say(context
        .cargo()
        .args(["metadata", "--format-version", "1", "--no-deps"]))?;
    Ok(serde_json::from_str::<Metadata>(&text)?.target_directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_a_complete_line_only() {
        assert_eq!(listening("listening on http://127.0.0.1:80"), None);
        assert_eq!(
            listening("x\nlistening on http://127.0.0.1:8080\n").as_deref(),
            Some("http://127.0.0.1:8080")
        );
        assert_eq!(
            listening("{\"message\":\"listening on http://127.0.0.1:9\"}\n").as_deref(),
            Some("http://127.0.0.1:9")
        );
    }
}

//! `cargo xtask openapi`: the committed API document, regenerated or compared.
//!
//! The service generates and compares (it knows the endpoints); this file only calls it.

use crate::Command;
use crate::support::{Context, Result, luot, run_to_end};

pub(crate) const COMMAND: Command = Command {
    name: "openapi",
    about: "regenerate openapi/openapi.json and openapi/problems.md from the code",
    help: "  --check   compare instead of writing, and fail on a difference",
    run,
};

fn run(context: &Context, arguments: &[String]) -> Result<()> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run_to_end(&mut luot::openapi(
            &luot::build(context)?,
            &context.root,
            luot::OpenApi::Write,
        )),
        ["--check"] => check(context),
        _ => Err("openapi takes --check or nothing".into()),
    }
}

/// Fails when the committed document is not what the code says.
pub(crate) fn check(context: &Context) -> Result<()> {
    let program = luot::build(context)?;
    run_to_end(&mut luot::openapi(
        &program,
        &context.root,
        luot::OpenApi::Check,
    ))
    .map_err(|failure| format!("{failure}; `cargo xtask openapi` writes the document anew").into())
}

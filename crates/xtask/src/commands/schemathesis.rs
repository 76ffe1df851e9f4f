//! `cargo xtask schemathesis`
use crate::Command;
use crate::support::{Context, Result};
pub(crate) const COMMAND: Command = Command {
    name: "schemathesis",
    about: "",
    help: "",
    run: |c, _| check(c),
};
pub(crate) fn check(_: &Context) -> Result<()> {
    Ok(())
}

//! `cargo xtask check`: the other name of `test`.

use crate::Command;

pub(crate) const COMMAND: Command = Command {
    name: "check",
    about: "the same as `test`: everything that CI runs",
    ..super::test::COMMAND
};

//! The commands, one file each, in the order in which they are listed.

mod bench;
mod check;
mod demo;
mod openapi;
mod schemathesis;
mod servers;
mod simulate;
mod test;
mod tidy;

use crate::Command;

/// Every command there is.
pub(crate) const ALL: &[Command] = &[
    demo::COMMAND,
    test::COMMAND,
    check::COMMAND,
    tidy::COMMAND,
    bench::COMMAND,
    simulate::COMMAND,
    openapi::COMMAND,
    schemathesis::COMMAND,
    servers::COMMAND,
];

//! The readers on whole files: the two real annexes, made-up oddities, broken bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where it is surprised"
)]

mod annexes;
mod files;
mod fuzz;
mod make;
mod plan;
mod roster;
mod rotation;
mod targets;

//! Attacks, by name. Each must fail, and say nothing to the attacker that helps the next.

mod browser;
mod budgets;
mod children;
mod files;
pub(crate) mod guessing;
mod reaching;
mod wire;

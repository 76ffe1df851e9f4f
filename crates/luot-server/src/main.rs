//! `luot`, the one binary.
fn main() {}

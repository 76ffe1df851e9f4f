//! luot-testkit.

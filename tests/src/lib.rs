//! luot-tests.

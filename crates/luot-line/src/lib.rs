//! luot-line.

//! luot-files.

//! luot-store.

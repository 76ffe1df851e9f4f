//! luot-api.

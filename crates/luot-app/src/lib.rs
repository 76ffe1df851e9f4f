//! luot-app.

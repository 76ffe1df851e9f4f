//! luot-server.

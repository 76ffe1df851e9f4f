//! luot-domain.

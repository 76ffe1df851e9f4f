//! luot-migrations.

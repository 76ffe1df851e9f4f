//! luot-planner.

//! What went wrong elsewhere, by name, against this service. What happened there was read
//! from public code and threads in November 2026; each test tells it in a sentence.

mod capacity;
mod races;
mod waiting;

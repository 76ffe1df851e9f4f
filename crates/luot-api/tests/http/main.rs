//! The HTTP layer on a real server at port 0.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say so")]

mod documenting;
mod documents;
mod extracting;
mod fixture;
mod generated;
mod observing;
mod parts;
mod refusing;
mod requests;
mod sample;
mod walking;

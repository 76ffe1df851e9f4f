//! What is kept, and how: keys, the trail, what leaks and what does not.

mod keys;
mod requests;
mod trail;

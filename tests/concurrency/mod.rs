//! Many at once.

mod rush;
mod waiting;

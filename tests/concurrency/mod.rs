//! Many at once.

mod rush;

//! Many at once.

mod budgets;
mod overload;
mod rush;
mod waiting;

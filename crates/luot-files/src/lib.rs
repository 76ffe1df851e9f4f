//! Files in and out: bytes to plain values, with a finding for every oddity; a plan as an annex; a
//! code as a QR image.
//!
//! Here live the official tables and lists as people send them (CSV and XLSX): the rotation annex,
//! the targets annex, and a school's or village's roster. Reading goes in two steps: [`read_table`]
//! makes a [`Table`] of any file and knows nothing of its meaning; [`read_rotation`],
//! [`read_targets`] and [`read_roster`] find their columns in it and make values.
//! [`campaign_from_annexes`] joins the two annexes into an instance of the rotation problem and the
//! district's own plan.
//!
//! Not here: files on a disk, clocks, the database, whether an import is kept. A reader gives back
//! either values with [`Finding`]s or every [`Fault`] it met; that an import is all or nothing is
//! for the caller to keep.
//!
//! The hazard: real tables are odd, and a reader that guesses in silence is worse than one that
//! refuses. Whatever is not taken literally leaves a finding that says what was read and what was
//! assumed. Findings of a roster may quote a cell of it: they are for whoever sent the file, never
//! for a log.

mod annexes;
mod columns;
mod export;
mod export_list;
mod finding;
mod kind;
pub mod limits;
pub mod qr;
mod roster;
mod rotation;
pub mod samples;
mod table;
mod targets;
pub mod text;
mod units;
mod values;

pub use annexes::{AnnexCampaign, campaign_from_annexes};
pub use export::{Stand, write_rotation_xlsx};
pub use export_list::{ListedPerson, write_list_csv, write_list_xlsx};
pub use finding::{Fault, Finding, Severity};
pub use kind::{Format, Kind, UnknownKind};
pub use roster::{Pupil, Roster, Sex, read_roster};
pub use rotation::{Rotation, RotationEntry, read_rotation};
pub use table::{Cell, Row, Table, read_table};
pub use targets::{Targets, UnitTarget, read_targets};

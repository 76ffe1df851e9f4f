//! The one set of migrations, for SQLite and PostgreSQL alike.
//!
//! Here live the steps and the small vocabulary they are written in (`schema`).
//! Not here: entities and queries (`luot-store`). `README.md` beside the manifest
//! tells how to change a schema that is in use.
//!
//! The hazard: a migration that has landed is never edited, only followed by another.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261121_000001_campaigns;
mod m20261121_000002_planning;
mod m20261121_000003_people;
mod m20261121_000004_booking;
mod m20261121_000005_operations;
mod m20261122_000006_waiting;
mod m20261122_000007_line;
mod m20261122_000008_identity;
mod m20261122_000009_trail;
mod m20261122_000010_privacy;
mod m20261122_000011_areas;
mod m20261122_000012_deliveries;
mod m20261122_000013_references;
mod m20261125_000014_claims;
mod m20261125_000015_known;
mod m20261125_000016_vouchers;
mod m20261125_000018_left_over;
mod m20261128_000030_reasons;
mod m20261128_000031_references;
mod m20261128_000032_waitlist_order;
mod m20261128_000033_own_rows;
mod m20261129_000034_phones;
mod schema;

/// Applies the migrations, in the order of their names.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_campaigns::Migration),
            Box::new(m20261121_000002_planning::Migration),
            Box::new(m20261121_000003_people::Migration),
            Box::new(m20261121_000004_booking::Migration),
            Box::new(m20261121_000005_operations::Migration),
            Box::new(m20261122_000007_line::Migration),
            Box::new(m20261122_000008_identity::Migration),
            Box::new(m20261122_000009_trail::Migration),
            Box::new(m20261122_000006_waiting::Migration),
            Box::new(m20261122_000010_privacy::Migration),
            Box::new(m20261122_000011_areas::Migration),
            Box::new(m20261122_000012_deliveries::Migration),
            Box::new(m20261122_000013_references::Migration),
            Box::new(m20261125_000014_claims::Migration),
            Box::new(m20261125_000015_known::Migration),
            Box::new(m20261125_000016_vouchers::Migration),
            Box::new(m20261125_000018_left_over::Migration),
            Box::new(m20261128_000030_reasons::Migration),
            Box::new(m20261128_000031_references::Migration),
            Box::new(m20261128_000032_waitlist_order::Migration),
            Box::new(m20261128_000033_own_rows::Migration),
            Box::new(m20261129_000034_phones::Migration),
        ]
    }
}

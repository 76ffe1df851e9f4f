//! Which province or commune a campaign is of, and whose staff reach all of its campaigns.

use sea_orm_migration::prelude::*;

use crate::schema::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared("ALTER TABLE campaign ADD COLUMN area text")
            .await?;
        // A table of its own, not a column of `staff_scope`: a server that does not know it
        // yet would take a row that names nothing else for one that reaches everything.
        table("staff_area")
            .refers("staff_id", "fk_staff_area_staff", "staff")
            .text("area")
            .unique("uq_staff_area", &["staff_id", "area"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

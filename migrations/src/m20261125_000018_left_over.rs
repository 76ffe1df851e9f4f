//! Which cohort the people of another one are left over of: its list says who they are.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Those made before are known by their code and name.
const FILL: &str = "UPDATE cohort SET left_of_id = (\
    SELECT of.id FROM cohort AS of \
    WHERE of.campaign_id = cohort.campaign_id \
    AND cohort.name = of.name || ' (bổ sung)' \
    AND substr(cohort.code, 1, length(of.code) + 1) = of.code || '+' LIMIT 1) \
    WHERE name LIKE '% (bổ sung)'";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let uuid = if sqlite { "uuid_text" } else { "uuid" };
        db.execute_unprepared(&format!(
            "ALTER TABLE cohort ADD COLUMN left_of_id {uuid} \
             CONSTRAINT fk_cohort_left_of REFERENCES cohort (id) ON DELETE RESTRICT"
        ))
        .await?;
        db.execute_unprepared(
            "CREATE INDEX ix_cohort_left_of ON cohort (left_of_id) WHERE left_of_id IS NOT NULL",
        )
        .await?;
        db.execute_unprepared(FILL).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

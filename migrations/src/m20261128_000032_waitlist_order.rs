//! Which version the order of those who wait in a campaign is of, and which one was before:
//! whoever keeps a copy of the order knows by it whether the copy is still true. A campaign has
//! a row from the first change on; none means zero.

use sea_orm_migration::prelude::*;

use crate::schema::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("waitlist_order")
            .refers("campaign_id", "fk_waitlist_order_campaign", "campaign")
            .big("version")
            .big("previous")
            .unique("uq_waitlist_order_campaign", &["campaign_id"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

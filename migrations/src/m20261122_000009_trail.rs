//! The audit trail: who, why and under which request, and the chains that make a change of
//! it show. Nothing in it can be changed or removed by a statement that came by accident.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The columns that rows of the trail get; `server` is the process that wrote them.
const COLUMNS: [&str; 5] = [
    "server {uuid}",
    "actor text",
    "parent_id {uuid} CONSTRAINT fk_audit_parent REFERENCES parent (id) ON DELETE RESTRICT",
    "reason text",
    "request text",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        for column in COLUMNS {
            let column = column.replace("{uuid}", if sqlite { "uuid_text" } else { "uuid" });
            db.execute_unprepared(&format!("ALTER TABLE audit ADD COLUMN {column}"))
                .await?;
        }
        db.execute_unprepared("CREATE INDEX ix_audit_server ON audit (server, created_at)")
            .await?;
        table("audit_link")
            .refers_null("audit_id", "fk_audit_link_audit", "audit")
            .uuid("server")
            .big("position")
            .bytes("hash")
            .json_null("note")
            .unique("uq_audit_link", &["server", "position"])
            .unique("uq_audit_link_audit", &["audit_id"])
            .create(manager)
            .await?;
        if !sqlite {
            db.execute_unprepared(
                "CREATE FUNCTION luot_append_only() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$",
            )
            .await?;
        }
        for name in ["audit", "audit_link"] {
            for what in ["UPDATE", "DELETE"] {
                let head = format!(
                    "CREATE TRIGGER tr_{name}_{} BEFORE {what} ON {name}",
                    what.to_lowercase()
                );
                let body = if sqlite {
                    "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
                } else {
                    "FOR EACH ROW EXECUTE FUNCTION luot_append_only()"
                };
                db.execute_unprepared(&format!("{head} {body}")).await?;
            }
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

//! The vocabulary migrations are written in: a table builder that knows only what both
//! databases can do, and that cannot create an unnamed constraint.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Runs statements where the database is PostgreSQL; SQLite is left as it is.
pub async fn on_postgres(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        let database = manager.get_connection();
        for sql in statements {
            database.execute_unprepared(sql).await?;
        }
    }
    Ok(())
}

/// A table under construction. Columns are `NOT NULL` unless said otherwise.
pub struct TableOf {
    name: &'static str,
    statement: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
}

/// A table with `id uuid PRIMARY KEY` and `created_at`.
pub fn table(name: &'static str) -> TableOf {
    let mut statement = Table::create();
    statement
        .table(name)
        .col(ColumnDef::new("id").uuid().not_null().primary_key());
    TableOf {
        name,
        statement,
        indexes: Vec::new(),
    }
    .instant("created_at")
}

impl TableOf {
    fn column(mut self, column: &mut ColumnDef) -> Self {
        self.statement.col(column);
        self
    }

    /// A text column; every length limit is the application's, stated in its `limits`.
    pub fn text(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).text().not_null())
    }

    /// A text column that may be empty.
    pub fn text_null(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).text())
    }

    /// A text column that takes only these values.
    pub fn one_of(
        mut self,
        name: &'static str,
        check: &'static str,
        values: &[&'static str],
    ) -> Self {
        self.statement.check(Check::named(
            check,
            Expr::col(name).is_in(values.iter().copied()),
        ));
        self.text(name)
    }

    /// A 32-bit whole number.
    pub fn int(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).integer().not_null())
    }

    /// A 32-bit whole number that may be empty.
    pub fn int_null(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).integer())
    }

    /// A 64-bit whole number.
    pub fn big(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).big_integer().not_null())
    }

    /// A 64-bit whole number that may be empty.
    pub fn big_null(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).big_integer())
    }

    /// A truth value.
    pub fn bool(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).boolean().not_null())
    }

    /// An id that refers to no row: a server's, a device's own.
    pub fn uuid(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).uuid().not_null())
    }

    /// An instant, UTC.
    pub fn instant(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).timestamp_with_time_zone().not_null())
    }

    /// An instant that may be empty.
    pub fn instant_null(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).timestamp_with_time_zone())
    }

    /// A date of the campaign's own calendar.
    pub fn date(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).date().not_null())
    }

    /// A date that may be empty.
    pub fn date_null(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).date())
    }

    /// A clock time of the campaign's own time zone.
    pub fn time(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).time().not_null())
    }

    /// Bytes: keys, hashes, and what is encrypted.
    pub fn bytes(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).blob().not_null())
    }

    /// Bytes that may be empty.
    pub fn bytes_null(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).blob())
    }

    /// A JSON payload; never queried into.
    pub fn json(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).json_binary().not_null())
    }

    /// A JSON payload that may be empty.
    pub fn json_null(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).json_binary())
    }

    /// A reference to another table's row: column and named foreign key.
    pub fn refers(self, name: &'static str, key: &'static str, to: &'static str) -> Self {
        let from = self.name;
        let mut built = self.column(ColumnDef::new(name).uuid().not_null());
        built.foreign_key(name, key, from, to);
        built
    }

    /// A reference that may be empty.
    pub fn refers_null(self, name: &'static str, key: &'static str, to: &'static str) -> Self {
        let from = self.name;
        let mut built = self.column(ColumnDef::new(name).uuid());
        built.foreign_key(name, key, from, to);
        built
    }

    fn foreign_key(
        &mut self,
        name: &'static str,
        key: &'static str,
        from: &'static str,
        to: &'static str,
    ) {
        self.statement.foreign_key(
            ForeignKey::create()
                .name(key)
                .from(from, name)
                .to(to, "id")
                .on_delete(ForeignKeyAction::Restrict),
        );
    }

    /// `version`, for what two people may edit.
    pub fn version(self) -> Self {
        self.int("version").instant("updated_at")
    }

    /// A named check.
    pub fn check(mut self, name: &'static str, holds: Expr) -> Self {
        self.statement.check(Check::named(name, holds));
        self
    }

    /// A named unique index.
    pub fn unique(mut self, name: &'static str, columns: &[&'static str]) -> Self {
        self.indexes
            .push(self.index_on(name, columns).unique().take());
        self
    }

    /// A named unique index over the rows for which `only` holds.
    pub fn unique_where(
        mut self,
        name: &'static str,
        columns: &[&'static str],
        only: Expr,
    ) -> Self {
        self.indexes
            .push(self.index_on(name, columns).unique().and_where(only).take());
        self
    }

    /// A named index.
    pub fn index(mut self, name: &'static str, columns: &[&'static str]) -> Self {
        self.indexes.push(self.index_on(name, columns));
        self
    }

    /// A named index over the rows for which `only` holds.
    pub fn index_where(mut self, name: &'static str, columns: &[&'static str], only: Expr) -> Self {
        self.indexes
            .push(self.index_on(name, columns).and_where(only).take());
        self
    }

    fn index_on(&self, name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
        let mut index = Index::create();
        index.name(name).table(self.name);
        for column in columns {
            index.col(*column);
        }
        index
    }

    /// Creates the table and its indexes.
    pub async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.statement).await?;
        for index in self.indexes {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// A column, for checks and partial indexes.
pub fn col(name: &'static str) -> Expr {
    Expr::col(name)
}

//! What must hold after every event, asked of the database from outside of the service.
//!
//! After an event of one session only that session is asked about, in one question; after
//! whatever concerns several of them, and every so many events, everything is. What a wrong
//! count or a lost ticket is, stays: no later event mends it, so the next look at everything
//! finds it, and `--check-every 1` finds the event.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement, TryGetable, Value};
use uuid::Uuid;

use super::world::Instant;
use crate::rules::{PEOPLE, PLACES, Rule, WAITING};

/// Of one session's line.
const LINE: &[Rule] = &[
    Rule::new(
        "a ticket is called without a live call, or has one without being called",
        "SELECT count(*) FROM ticket t WHERE t.session_id = ?1 AND (t.state = 'called') <> \
         (SELECT count(*) FROM call c WHERE c.ticket_id = t.id AND c.state IN ('called', 'serving'))",
    ),
    Rule::new(
        "a ticket was finished twice, or is done without",
        "SELECT (SELECT count(*) FROM ticket t WHERE t.session_id = ?1 AND t.state = 'done') <> \
         (SELECT count(DISTINCT c.ticket_id) FROM call c JOIN ticket t ON t.id = c.ticket_id \
         WHERE c.session_id = ?1 AND c.state = 'finished' AND t.state = 'done') \
         OR (SELECT count(*) FROM call c WHERE c.session_id = ?1 AND c.state = 'finished') <> \
         (SELECT count(DISTINCT c.ticket_id) FROM call c WHERE c.session_id = ?1 AND c.state = 'finished')",
    ),
    Rule::new(
        "a station has two calls",
        "SELECT count(*) FROM (SELECT station_id FROM call WHERE session_id = ?1 AND state IN ('called', 'serving') \
         GROUP BY station_id HAVING count(*) > 1) x",
    ),
    Rule::new(
        "an appointment is not where its ticket is",
        "SELECT count(*) FROM ticket t JOIN appointment a ON a.id = t.appointment_id WHERE t.session_id = ?1 \
         AND t.came <> 'too_late' AND ((t.state = 'called' AND a.state <> 'called') OR \
         (t.state IN ('waiting', 'parked') AND a.state <> 'arrived') OR (t.state = 'done' AND a.state <> 'fulfilled'))",
    ),
];

/// What a line is like, by the database.
pub(super) struct Line {
    pub tickets: i64,
    pub version: i64,
    pub waiting: i64,
}

/// The database, looked at from outside of the service.
pub(super) struct Checks(pub DatabaseConnection);

impl Checks {
    /// Rows of an answer.
    pub async fn rows(&self, sql: &str, values: Vec<Value>) -> Vec<QueryResult> {
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, values);
        self.0.query_all_raw(statement).await.expect("a database")
    }

    /// The first column of an answer's rows.
    pub async fn list<T: TryGetable>(&self, sql: &str, values: Vec<Value>) -> Vec<T> {
        let rows = self.rows(sql, values).await;
        rows.iter().map(|row| at(row, 0)).collect()
    }

    /// All of these in one question: what is wrong, if something is.
    async fn broken(
        &self,
        rules: impl Iterator<Item = (&'static str, String)>,
        values: Vec<Value>,
    ) -> Option<String> {
        let (names, questions): (Vec<_>, Vec<_>) =
            rules.map(|(name, sql)| (name, format!("({sql})"))).unzip();
        let sql = format!("SELECT {}", questions.join(", "));
        let rows = self.rows(&sql, values).await;
        let row = rows.first().expect("a row");
        let wrong = (0..names.len()).find(|n| at::<i64>(row, *n) != 0)?;
        names.get(wrong).map(|name| (*name).to_owned())
    }

    /// What is wrong in a session: with its line and its places; nothing, when all is well.
    pub async fn of_session(&self, session: Uuid, now: Instant) -> Option<String> {
        let soon = soon(now);
        let places = PLACES.iter().chain(WAITING);
        let line = LINE.iter();
        let rules = line.chain(places).map(|r| (r.meaning, r.within(&soon)));
        self.broken(rules, vec![session.into()]).await
    }

    /// What is wrong in a session's line, where its places cannot have been touched.
    pub async fn of_line(&self, session: Uuid, now: Instant) -> Option<String> {
        let soon = soon(now);
        let rules = LINE.iter().map(|r| (r.meaning, r.within(&soon)));
        self.broken(rules, vec![session.into()]).await
    }

    /// What is wrong with places, people and those who wait.
    pub async fn of_all(&self, now: Instant) -> Option<String> {
        let soon = soon(now);
        let rules = PLACES.iter().chain(PEOPLE).chain(WAITING);
        self.broken(rules.map(|r| (r.meaning, r.sql(&soon))), vec![])
            .await
    }

    /// A line.
    pub async fn line(&self, session: Uuid) -> Line {
        let sql = "SELECT (SELECT count(*) FROM ticket WHERE session_id = ?1), \
             coalesce((SELECT version FROM day_line WHERE session_id = ?1), 0), \
             (SELECT count(*) FROM ticket WHERE session_id = ?1 AND state = 'waiting')";
        let rows = self.rows(sql, vec![session.into()]).await;
        let row = rows.first().expect("a row");
        Line {
            tickets: at(row, 0),
            version: at(row, 1),
            waiting: at(row, 2),
        }
    }

    /// The number of who must be next.
    pub async fn next(&self, session: Uuid) -> Option<i64> {
        let sql = "SELECT number FROM ticket WHERE session_id = ? AND state = 'waiting' ORDER BY rank LIMIT 1";
        self.list(sql, vec![session.into()])
            .await
            .first()
            .map(|number: &i32| i64::from(*number))
    }
}

/// A column of a row.
pub(super) fn at<T: TryGetable>(row: &QueryResult, column: usize) -> T {
    row.try_get_by_index(column).expect("a value")
}

/// An instant after which no window is late, as the database compares it.
fn soon(now: DateTime<Utc>) -> String {
    format!("'{}'", sql_instant(now + Duration::hours(2)))
}

/// An instant as SQLite has it.
pub(super) fn sql_instant(at: Instant) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.f+00:00").to_string()
}

//! What must hold after every event, asked of the database from outside of the service.
//!
//! Everything is asked after every event that wrote something; SQLite tells whether another
//! connection did. An event that wrote nothing cannot have broken anything: time alone makes
//! no rule stricter.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use luot_line::{Entry, Member};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement, TryGetable, Value};
use uuid::Uuid;

use super::world::Instant;
use crate::rules::{PEOPLE, PLACES, Rule, WAITING};

/// Of turns: whoever is there has one, and who lost a place has a claim.
const TURNS: &[Rule] = &[
    Rule::new(
        "somebody waits in a line that is closed",
        "SELECT count(*) FROM ticket t JOIN day_line l ON l.session_id = t.session_id \
         WHERE l.closed_at IS NOT NULL AND t.state IN ('waiting', 'called', 'parked')",
    ),
    Rule::new(
        "somebody who arrived is in no line",
        "SELECT count(*) FROM appointment a WHERE a.state IN ('arrived', 'called') AND NOT EXISTS \
         (SELECT 1 FROM ticket t WHERE t.appointment_id = a.id AND t.state IN ('waiting', 'called', 'parked'))",
    ),
    Rule::new(
        "somebody who lost a place has no claim to another",
        "SELECT count(*) FROM appointment a WHERE a.state = 'displaced' AND NOT EXISTS \
         (SELECT 1 FROM waitlist_entry e WHERE e.booking_id = a.booking_id AND e.kind = 'claim' \
         AND e.state IN ('waiting', 'offered'))",
    ),
    Rule::new(
        "somebody is expected where nothing is held",
        "SELECT count(*) FROM appointment a JOIN slot s ON s.id = a.slot_id JOIN session n ON n.id = s.session_id \
         WHERE a.state = 'booked' AND n.state <> 'open' AND s.ends_at >= :missed",
    ),
    Rule::new(
        "a number was given twice",
        "SELECT count(*) FROM (SELECT 1 FROM ticket GROUP BY session_id, number HAVING count(*) > 1) x",
    ),
];

/// When all is over.
const END: &[Rule] = &[
    Rule::new(
        "all is over, and somebody is still in a line",
        "SELECT count(*) FROM ticket WHERE state IN ('waiting', 'called', 'parked')",
    ),
    Rule::new(
        "all is over, and somebody's appointment has no end",
        "SELECT count(*) FROM appointment WHERE state IN ('booked', 'arrived', 'called')",
    ),
    Rule::new(
        "all is over, and a line is open",
        "SELECT count(*) FROM day_line WHERE closed_at IS NULL",
    ),
];

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

/// So long after a window its people are still waited for, by the usual policies.
const NOSHOW: Duration = Duration::minutes(20);

/// What a line is like, by the database.
pub(super) struct Line {
    pub tickets: i64,
    pub version: i64,
}

/// The database, looked at from outside of the service.
pub(super) struct Checks {
    database: DatabaseConnection,
    /// What SQLite said when all was last well.
    seen: Option<i64>,
    /// Each ticket's turn, when it was last looked at.
    turns: HashMap<Uuid, Turn>,
}

/// What a ticket's place in the line rested on.
struct Turn {
    rank: i64,
    misses: i32,
    parked: bool,
}

impl Checks {
    pub fn over(database: DatabaseConnection) -> Self {
        Self {
            database,
            seen: None,
            turns: HashMap::new(),
        }
    }

    /// Whether anything was written since this was last asked.
    pub async fn is_news(&mut self) -> bool {
        let version: Vec<i64> = self.list("PRAGMA data_version", vec![]).await;
        let version = version.first().copied();
        std::mem::replace(&mut self.seen, version) != version
    }

    /// Rows of an answer.
    pub async fn rows(&self, sql: &str, values: Vec<Value>) -> Vec<QueryResult> {
        let statement =
            Statement::from_sql_and_values(self.database.get_database_backend(), sql, values);
        self.database
            .query_all_raw(statement)
            .await
            .expect("a database")
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

    /// What is wrong in a session's line.
    pub async fn of_line(&self, session: Uuid, now: Instant) -> Option<String> {
        let soon = soon(now);
        let rules = LINE.iter().map(|r| (r.meaning, r.within(&soon)));
        self.broken(rules, vec![session.into()]).await
    }

    /// What is wrong with places, people and those who wait.
    pub async fn of_all(&self, now: Instant) -> Option<String> {
        let soon = soon(now);
        // Whose window ended before is not come, though no sweep has said so yet.
        let missed = format!("'{}'", sql_instant(now - NOSHOW));
        let rules = PLACES.iter().chain(PEOPLE).chain(WAITING).chain(TURNS);
        let rules = rules.map(|r| (r.meaning, r.sql(&soon).replace(":missed", &missed)));
        self.broken(rules, vec![]).await
    }

    /// What is wrong when nothing more is to come.
    pub async fn of_the_end(&self) -> Option<String> {
        let rules = END.iter().map(|r| (r.meaning, r.sql("")));
        self.broken(rules, vec![]).await
    }

    /// Whose turn in a session changed though they neither missed a call nor were set aside,
    /// or came nearer.
    pub async fn of_turns(&mut self, session: Uuid) -> Option<String> {
        let sql =
            "SELECT id, number, rank, misses, state = 'parked' FROM ticket WHERE session_id = ?";
        let mut wrong = None;
        for row in self.rows(sql, vec![session.into()]).await {
            let number: i32 = at(&row, 1);
            let now = Turn {
                rank: at(&row, 2),
                misses: at(&row, 3),
                parked: at(&row, 4),
            };
            let Some(before) = self.turns.get(&at(&row, 0)) else {
                self.turns.insert(at(&row, 0), now);
                continue;
            };
            let may_change = now.misses > before.misses || before.parked;
            if now.rank < before.rank || (now.rank > before.rank && !may_change) {
                wrong = Some(format!("the turn of {number} changed for no reason"));
            }
            self.turns.insert(at(&row, 0), now);
        }
        wrong
    }

    /// Those who wait, in order.
    pub async fn waiting(&self, session: Uuid) -> Vec<Entry> {
        let sql =
            "SELECT id, rank FROM ticket WHERE session_id = ? AND state = 'waiting' ORDER BY rank";
        let rows = self.rows(sql, vec![session.into()]).await;
        let entry = |row| Entry {
            member: at::<Uuid>(row, 0).into(),
            rank: at(row, 1),
        };
        rows.iter().map(entry).collect()
    }

    /// The order of those who wait for places in a campaign, and its version.
    pub async fn order(&self, campaign: Uuid) -> (i64, Vec<Entry>) {
        let sql = "SELECT version FROM waitlist_order WHERE campaign_id = ?";
        let version = self.list(sql, vec![campaign.into()]).await;
        let sql = "SELECT id, priority, created_at FROM waitlist_entry \
             WHERE campaign_id = ? AND state = 'waiting' ORDER BY priority DESC, created_at, id";
        let rows = self.rows(sql, vec![campaign.into()]).await;
        let entry = |row| Entry {
            member: Member {
                since: at::<Instant>(row, 2).timestamp_micros(),
                id: at(row, 0),
            },
            rank: -i64::from(at::<i32>(row, 1)),
        };
        let version = version.first().copied().unwrap_or(0);
        (version, rows.iter().map(entry).collect())
    }

    /// A line.
    pub async fn line(&self, session: Uuid) -> Line {
        let sql = "SELECT (SELECT count(*) FROM ticket WHERE session_id = ?1), \
             coalesce((SELECT version FROM day_line WHERE session_id = ?1), 0)";
        let rows = self.rows(sql, vec![session.into()]).await;
        let row = rows.first().expect("a row");
        Line {
            tickets: at(row, 0),
            version: at(row, 1),
        }
    }

    /// The number of who must be next at a machine that issues cards, or does not.
    pub async fn next(&self, session: Uuid, cards: bool) -> Option<i64> {
        let sql = "SELECT number FROM ticket WHERE session_id = ? AND state = 'waiting' AND (? OR NOT needs_card) \
             ORDER BY rank LIMIT 1";
        self.list(sql, vec![session.into(), cards.into()])
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

//! What must hold after every event.

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, Value};
use uuid::Uuid;

/// A question whose answer must be zero, and what it means if it is not.
struct Rule(&'static str, &'static str);

/// Of one session.
const OF_SESSION: &[Rule] = &[
    Rule(
        "a ticket is called without a live call, or has one without being called",
        "SELECT count(*) FROM ticket t WHERE t.session_id = ? AND (CASE WHEN t.state = 'called' THEN 1 ELSE 0 END) <> \
         (SELECT count(*) FROM call c WHERE c.ticket_id = t.id AND c.state IN ('called', 'serving'))",
    ),
    Rule(
        "a ticket was finished twice, or is done without",
        "SELECT count(*) FROM ticket t WHERE t.session_id = ? AND t.state IN ('done') AND \
         (SELECT count(*) FROM call c WHERE c.ticket_id = t.id AND c.state = 'finished') <> 1",
    ),
    Rule(
        "a station has two calls",
        "SELECT count(*) FROM (SELECT station_id FROM call WHERE session_id = ? AND state IN ('called', 'serving') \
         GROUP BY station_id HAVING count(*) > 1) x",
    ),
    Rule(
        "an appointment is not where its ticket is",
        "SELECT count(*) FROM ticket t JOIN appointment a ON a.id = t.appointment_id WHERE t.session_id = ? \
         AND t.came <> 'too_late' AND ((t.state = 'called' AND a.state <> 'called') OR \
         (t.state IN ('waiting', 'parked') AND a.state <> 'arrived') OR (t.state = 'done' AND a.state <> 'fulfilled'))",
    ),
];

/// Of everything.
const OF_ALL: &[Rule] = &[
    Rule(
        "a pool gives more than it has",
        "SELECT count(*) FROM pool WHERE taken > places OR taken < 0 OR card_taken > card_places OR card_taken < 0",
    ),
    Rule(
        "places taken are not those that people have",
        "SELECT count(*) FROM pool p WHERE p.taken <> (SELECT count(*) FROM appointment a \
         WHERE a.pool_id = p.id AND a.state NOT IN ('cancelled', 'displaced')) \
         + (SELECT COALESCE(sum(k.people), 0) FROM hold_place k JOIN hold h ON h.id = k.hold_id \
         WHERE k.pool_id = p.id AND h.state = 'kept')",
    ),
    Rule(
        "an offer is to somebody who is offered nothing, or the other way round",
        "SELECT count(*) FROM waitlist_entry e WHERE (CASE WHEN e.state = 'offered' THEN 1 ELSE 0 END) <> \
         (SELECT count(*) FROM hold h WHERE h.entry_id = e.id AND h.state = 'kept')",
    ),
    Rule(
        "somebody has two live appointments",
        "SELECT count(*) FROM (SELECT person_id FROM appointment WHERE state IN \
         ('booked', 'arrived', 'called', 'displaced') GROUP BY person_id, service_id HAVING count(*) > 1) x",
    ),
];

/// The database, looked at from outside of the service.
pub(super) struct Checks(pub DatabaseConnection);

impl Checks {
    async fn number(&self, sql: &str, values: Vec<Value>) -> i64 {
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, values);
        let row = self.0.query_one_raw(statement).await;
        let row = row.expect("a database").expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    /// What is wrong in a session's line; nothing, when all is well.
    pub async fn of_session(&self, session: Uuid, tickets: usize) -> Option<String> {
        for Rule(meaning, sql) in OF_SESSION {
            if self.number(sql, vec![session.into()]).await != 0 {
                return Some((*meaning).to_owned());
            }
        }
        let sql = "SELECT count(*) FROM ticket WHERE session_id = ?";
        let there = self.number(sql, vec![session.into()]).await;
        (there != i64::try_from(tickets).expect("few"))
            .then(|| format!("{tickets} tickets were given, and {there} are there"))
    }

    /// What is wrong with places and appointments.
    pub async fn of_all(&self) -> Option<String> {
        for Rule(meaning, sql) in OF_ALL {
            if self.number(sql, vec![]).await != 0 {
                return Some((*meaning).to_owned());
            }
        }
        None
    }

    /// The number of who must be next.
    pub async fn next(&self, session: Uuid) -> Option<i64> {
        let sql = "SELECT COALESCE((SELECT number FROM ticket WHERE session_id = ? AND state = 'waiting' \
                   ORDER BY rank LIMIT 1), 0)";
        Some(self.number(sql, vec![session.into()]).await).filter(|n| *n > 0)
    }

    /// How many wait.
    pub async fn waiting(&self, session: Uuid) -> i64 {
        let sql = "SELECT count(*) FROM ticket WHERE session_id = ? AND state = 'waiting'";
        self.number(sql, vec![session.into()]).await
    }

    /// The version of a line.
    pub async fn version(&self, session: Uuid) -> i64 {
        let sql = "SELECT COALESCE((SELECT version FROM day_line WHERE session_id = ?), 0)";
        self.number(sql, vec![session.into()]).await
    }
}

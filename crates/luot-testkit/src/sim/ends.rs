//! How it ended for those who were not served, and how long the stations were there.

use std::fmt;

use super::checks::at;
use super::world::{Instant, World};

/// Who was not served, and why.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unserved {
    /// Had an appointment, came, and was in the line when it was closed; keeps a claim.
    pub closed_with_claim: i64,
    /// Came without an appointment, and was in the line when it was closed.
    pub closed_without: i64,
    /// Was called, and called again, and was not there.
    pub not_there: i64,
    /// Was at a station, and could not be enrolled: papers, the machine, a refusal.
    pub not_enrolled: i64,
    /// Lost the place to a machine that broke, and had found no other when all was over.
    pub displaced: i64,
    /// Had an appointment and did not come.
    pub not_come: i64,
    /// Waited for places and had got none when all was over.
    pub waited_in_vain: i64,
    /// Came without an appointment, or too late for one, when the day was full.
    pub turned_away: i64,
}

impl Unserved {
    /// Of those who came and had a number: how many went home without having been at a
    /// station for as long as they were there.
    #[must_use]
    pub const fn in_line(&self) -> i64 {
        self.closed_with_claim + self.closed_without
    }
}

impl fmt::Display for Unserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "in the line when it closed {} with an appointment (each keeps a claim) and {} without; called and not there {}; \
             at a station and not enrolled {}; without a place after a breakdown {}; not come {}; waited for places in vain {}; \
             turned away {}",
            self.closed_with_claim,
            self.closed_without,
            self.not_there,
            self.not_enrolled,
            self.displaced,
            self.not_come,
            self.waited_in_vain,
            self.turned_away
        )
    }
}

/// Who was in a line that was closed, and has no place yet.
const CLOSED: &str = "SELECT count(*) FROM ticket t JOIN appointment a ON a.id = t.appointment_id \
     WHERE t.state = 'closed' AND a.state = 'displaced'";

impl World {
    /// Counts those who were not served, and the hours of the stations.
    pub async fn tells_the_end(&mut self) {
        let closed_with_claim = self.count(CLOSED).await;
        let displaced = "SELECT count(*) FROM appointment WHERE state = 'displaced'";
        let not_enrolled = "SELECT count(DISTINCT c.ticket_id) FROM call c WHERE c.state = 'finished' \
             AND c.outcome NOT IN ('enrolled', 'absent')";
        let unserved = Unserved {
            closed_with_claim,
            closed_without: self
                .count(
                    "SELECT coalesce(sum(t.persons), 0) FROM ticket t LEFT JOIN appointment a ON a.id = t.appointment_id \
                     WHERE t.state = 'closed' AND (a.id IS NULL OR a.state = 'noshow')",
                )
                .await,
            not_there: self
                .count("SELECT coalesce(sum(persons), 0) FROM ticket WHERE state = 'out'")
                .await,
            not_enrolled: self.count(not_enrolled).await,
            displaced: self.count(displaced).await - closed_with_claim,
            not_come: self
                .count(
                    "SELECT count(*) FROM appointment a WHERE a.state = 'noshow' \
                     AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.appointment_id = a.id)",
                )
                .await,
            waited_in_vain: self
                .count(
                    "SELECT coalesce(sum(people), 0) FROM waitlist_entry WHERE kind = 'party' AND state <> 'served'",
                )
                .await,
            turned_away: i64::try_from(self.report.full).unwrap_or(i64::MAX),
        };
        self.note(&format!("{unserved:?}"));
        self.report.unserved = unserved;
        let sql = "SELECT s.created_at, coalesce(s.closed_at, n.ends_at), n.starts_at, n.ends_at \
                   FROM station s JOIN session n ON n.id = s.session_id";
        for row in self.checks.rows(sql, vec![]).await {
            let (from, to): (Instant, Instant) = (at(&row, 0), at(&row, 1));
            let (begins, ends): (Instant, Instant) = (at(&row, 2), at(&row, 3));
            let there = to.min(ends) - from.max(begins);
            self.report.busy.1 += there.num_seconds().max(0);
        }
    }

    /// The number that a question is answered with.
    pub async fn count(&self, sql: &str) -> i64 {
        let counted: Vec<i64> = self.checks.list(sql, vec![]).await;
        counted.first().copied().unwrap_or(0)
    }
}

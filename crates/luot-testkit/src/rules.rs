//! What must be true of places and of those who wait, whatever happened before: questions to
//! the database whose answer must be nought. The model test and the simulator ask the same.
//!
//! [`Rule::within`] narrows a rule down to the windows of one session. Nothing is missed by
//! it: a rule is about one pool or window, and only what belongs to that window can break it.

/// A question whose answer must be nought, and what it means if it is not.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What is wrong.
    pub meaning: &'static str,
    sql: &'static str,
}

impl Rule {
    pub(crate) const fn new(meaning: &'static str, sql: &'static str) -> Self {
        Self { meaning, sql }
    }

    /// The question about everything. `:soon` in it is an instant after which no window is
    /// late.
    #[must_use]
    pub fn sql(&self, soon: &str) -> String {
        self.sql.replace(":soon", soon)
    }

    /// The question about one session, whose id is the parameter `?1`.
    #[must_use]
    pub fn within(&self, soon: &str) -> String {
        self.sql(soon)
            .replace(
                "/*pool*/",
                "AND p.slot_id IN (SELECT id FROM slot WHERE session_id = ?1)",
            )
            .replace("/*slot*/", "AND s.session_id = ?1")
            .replace("/*session*/", "AND n.id = ?1")
    }
}

/// Of places.
pub const PLACES: &[Rule] = &[
    Rule::new(
        "a pool gives more than it has",
        "SELECT count(*) FROM pool p WHERE (p.taken > p.places OR p.card_taken > p.card_places \
         OR p.taken < p.card_taken OR p.card_taken < 0) /*pool*/",
    ),
    Rule::new(
        "what is taken is not what people have",
        "SELECT count(*) FROM pool p WHERE p.taken <> (SELECT count(*) FROM appointment a \
         WHERE a.slot_id = p.slot_id AND a.pool_id = p.id AND a.state NOT IN ('cancelled', 'displaced')) \
         + (SELECT coalesce(sum(k.people), 0) FROM hold h JOIN hold_place k ON k.hold_id = h.id \
         WHERE h.slot_id = p.slot_id AND h.state = 'kept' AND k.pool_id = p.id) /*pool*/",
    ),
    Rule::new(
        "what is taken of places for cards is not what people have",
        "SELECT count(*) FROM pool p WHERE p.card_taken <> (SELECT count(*) FROM appointment a \
         WHERE a.slot_id = p.slot_id AND a.pool_id = p.id AND a.needs_card \
         AND a.state NOT IN ('cancelled', 'displaced')) \
         + (SELECT coalesce(sum(k.cards), 0) FROM hold h JOIN hold_place k ON k.hold_id = h.id \
         WHERE h.slot_id = p.slot_id AND h.state = 'kept' AND k.pool_id = p.id) /*pool*/",
    ),
    Rule::new(
        "somebody is booked where nothing is open",
        "SELECT count(*) FROM slot s JOIN appointment a ON a.slot_id = s.id JOIN pool p ON p.id = a.pool_id \
         WHERE a.state = 'booked' AND NOT (p.open AND s.open AND p.slot_id = s.id) /*slot*/",
    ),
    // Windows that were over when the session was last cut stay as they were, and who had
    // arrived by then keeps the place.
    Rule::new(
        "a session has more places than records",
        "SELECT count(*) FROM session n WHERE n.state = 'open' AND n.capacity \
         + (SELECT count(*) FROM slot s JOIN appointment a ON a.slot_id = s.id JOIN ticket t ON t.appointment_id = a.id \
         WHERE s.session_id = n.id AND s.ends_at > n.updated_at AND t.created_at <= n.updated_at) < (SELECT coalesce(sum(p.places), 0) \
         FROM slot s JOIN pool p ON p.slot_id = s.id WHERE s.session_id = n.id AND p.open AND s.open AND s.ends_at > n.updated_at) /*session*/",
    ),
];

/// Of people, whom no session bounds.
pub const PEOPLE: &[Rule] = &[Rule::new(
    "somebody has two live appointments",
    "SELECT count(*) FROM (SELECT person_id FROM appointment \
     WHERE state IN ('booked', 'arrived', 'called', 'displaced') \
     GROUP BY person_id, service_id HAVING count(*) > 1) twice",
)];

/// Of those who wait.
pub const WAITING: &[Rule] = &[
    Rule::new(
        "an offer is to somebody who is offered nothing, or the other way round",
        "SELECT count(*) FROM waitlist_entry e WHERE (CASE WHEN e.state = 'offered' THEN 1 ELSE 0 END) <> \
         (SELECT count(*) FROM hold h WHERE h.entry_id = e.id AND h.state = 'kept')",
    ),
    // All of a party fits, free or cooling, and it was never offered that window.
    Rule::new(
        "a free place is not offered while a party waits that it fits",
        "SELECT count(*) FROM waitlist_entry e \
         JOIN slot s ON s.campaign_id = e.campaign_id AND s.open AND s.starts_at > :soon /*slot*/ \
         JOIN pool p ON p.slot_id = s.id AND p.cohort_id IS NULL AND p.open \
         WHERE e.state = 'waiting' AND e.kind = 'party' \
         AND e.people <= p.places - p.taken + (SELECT coalesce(sum(k.people), 0) FROM hold h \
         JOIN hold_place k ON k.hold_id = h.id \
         WHERE h.slot_id = s.id AND h.state = 'kept' AND h.kind = 'cooling' AND k.pool_id = p.id) \
         AND (SELECT count(*) FROM waitlist_person w JOIN service v ON v.id = w.service_id \
         WHERE w.entry_id = e.id AND w.live AND v.issues_card) <= p.card_places - p.card_taken \
         + (SELECT coalesce(sum(k.cards), 0) FROM hold h JOIN hold_place k ON k.hold_id = h.id \
         WHERE h.slot_id = s.id AND h.state = 'kept' AND h.kind = 'cooling' AND k.pool_id = p.id) \
         AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.entry_id = e.id AND h.slot_id = s.id \
         AND h.state IN ('released', 'expired'))",
    ),
    Rule::new(
        "a free place is not offered while displaced people wait whom it fits",
        "SELECT count(*) FROM waitlist_entry e \
         JOIN slot s ON s.campaign_id = e.campaign_id AND s.open AND s.starts_at > :soon /*slot*/ \
         JOIN pool p ON p.slot_id = s.id AND p.cohort_id IS NULL AND p.open \
         WHERE e.state = 'waiting' AND e.kind = 'claim' \
         AND (SELECT count(*) FROM appointment a WHERE a.booking_id = e.booking_id AND a.state = 'displaced' \
         AND a.needs_card) <= p.card_places - p.card_taken \
         + (SELECT coalesce(sum(k.cards), 0) FROM hold h JOIN hold_place k ON k.hold_id = h.id \
         WHERE h.slot_id = s.id AND h.state = 'kept' AND h.kind = 'cooling' AND k.pool_id = p.id) \
         AND (SELECT count(*) FROM appointment a WHERE a.booking_id = e.booking_id AND a.state = 'displaced') \
         BETWEEN 1 AND p.places - p.taken + (SELECT coalesce(sum(k.people), 0) FROM hold h \
         JOIN hold_place k ON k.hold_id = h.id \
         WHERE h.slot_id = s.id AND h.state = 'kept' AND h.kind = 'cooling' AND k.pool_id = p.id) \
         AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.entry_id = e.id AND h.slot_id = s.id \
         AND h.state IN ('released', 'expired'))",
    ),
];

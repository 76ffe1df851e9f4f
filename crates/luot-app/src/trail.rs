//! Rows of the audit trail and of the outbox. Neither ever holds a name, a phone, a birth
//! date or a number: only ids.

use luot_store::Instant;
use luot_store::audit::{Audit, Outbox};
use serde_json::Value;
use uuid::Uuid;

use crate::new_id;

/// That somebody (nobody in particular, for a parent) did something in a campaign.
pub(crate) fn did(
    now: Instant,
    campaign: Uuid,
    staff_id: Option<Uuid>,
    action: impl Into<String>,
    subject: Value,
) -> Audit {
    Audit {
        id: new_id(),
        created_at: now,
        campaign_id: Some(campaign),
        staff_id,
        action: action.into(),
        subject,
    }
}

/// A message to be sent as soon as may be.
pub(crate) fn message(now: Instant, campaign: Uuid, kind: &str, payload: Value) -> Outbox {
    Outbox {
        id: new_id(),
        created_at: now,
        campaign_id: Some(campaign),
        kind: kind.into(),
        payload,
        attempts: 0,
        due_at: now,
        sent_at: None,
    }
}

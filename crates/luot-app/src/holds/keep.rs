//! Keeping places while a form is filled in.

use std::net::IpAddr;

use luot_domain::finding::Note;
use luot_store::Instant;
use luot_store::appointments::load_window;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::appointments::read_phone;
use crate::authz::Actor;
use crate::error::{Error, Invalid, Result};
use crate::idempotency::Once;
use crate::intake::HoldOrder;
use crate::rates::network;
use crate::sessions::find_cohort;
use crate::{App, new_id};

/// Places to be kept.
#[derive(Debug, Clone)]
pub struct Keep {
    /// In which window.
    pub window_id: Uuid,
    /// For how many people.
    pub people: u32,
    /// How many of them need a card.
    pub cards: u32,
    /// The cohort they come with, by id or code.
    pub cohort: Option<String>,
    /// Their phone, if they want to say it: it has a budget of its own.
    pub phone: Option<String>,
    /// The address the request comes from: its network has a budget too.
    pub address: Option<IpAddr>,
}

/// Places are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The hold. Who knows its id may use it or give it back.
    pub hold_id: Uuid,
    /// The campaign.
    pub campaign_id: Uuid,
    /// The window.
    pub window_id: Uuid,
    /// For so many people.
    pub people: i32,
    /// Of them so many who need a card.
    pub cards: i32,
    /// Until then.
    pub expires_at: Instant,
}

impl App {
    /// Keeps places in a window for as long as the campaign's policy says. Anybody may.
    ///
    /// # Errors
    /// [`Error::Booking`] with the rule that said no.
    pub async fn keep_places(&self, actor: &Actor, once: Option<Once>, keep: Keep) -> Result<Held> {
        let mut faults = Vec::new();
        if keep.people == 0 {
            faults.push(Note::new(
                "/party",
                "nobody",
                "a hold is for at least one person",
                "cần giữ chỗ cho ít nhất một người",
            ));
        }
        if keep.cards > keep.people {
            faults.push(Note::new(
                "/cards",
                "out-of-range",
                "no more people need a card than come",
                "số người làm thẻ không thể nhiều hơn số người đến",
            ));
        }
        let phone = keep
            .phone
            .as_deref()
            .map(|text| read_phone(text, "/phone", &mut faults));
        if !faults.is_empty() {
            return Err(Error::Invalid(Invalid::Input, faults));
        }
        let cohort_id = match &keep.cohort {
            Some(named) => Some(self.cohort_in(keep.window_id, named).await?),
            None => None,
        };
        let order = HoldOrder {
            once,
            vouched: self.vouches(actor, keep.window_id, &[cohort_id]).await?,
            hold_id: new_id(),
            window_id: keep.window_id,
            people: keep.people,
            cards: keep.cards,
            cohort_id,
            phone: phone.map(|p| self.keys.blind_index("phone", &p)),
            address: keep
                .address
                .map(|a| self.keys.blind_index("address", &network(a))),
        };
        match self.intake.hold(order).await {
            Ok(held) => Ok(held),
            Err(error) => Err(self.with_alternatives(keep.window_id, error).await),
        }
    }

    /// A cohort of a window's campaign, by id or code.
    pub(crate) async fn cohort_in(&self, window: Uuid, named: &str) -> Result<Uuid> {
        if let Ok(id) = Uuid::parse_str(named) {
            return Ok(id);
        }
        self.store
            .read(async |tx| {
                let window = load_window(tx, window)
                    .await
                    .map_err(|_| Error::NotFound("window"))?;
                Ok(find_cohort(tx, window.campaign_id, named).await?.id)
            })
            .await
    }
}

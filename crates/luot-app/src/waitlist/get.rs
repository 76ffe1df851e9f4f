//! What a party that waits can see: where it stands, and why.

use chrono::{NaiveDate, NaiveTime};
use luot_domain::waitlist::{Ground, Why, Wishes};
use luot_store::appointments::load_window;
use luot_store::holds::{self, Which};
use luot_store::waitlist::{self, Entry, Rank};
use luot_store::{Instant, Tx};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::order::Said;
use crate::App;
use crate::authz::{Action, Actor};
use crate::error::{Error, Result};
use crate::instances::from_json;

/// An entry of the waitlist as its party sees it.
#[derive(Debug, Clone)]
pub struct WaitlistView {
    /// The row.
    pub row: Entry,
    /// How many parties are before it, while it waits.
    pub before: Option<i64>,
    /// What it wants.
    pub wishes: Wishes,
    /// What gives it precedence.
    pub grounds: Vec<Ground>,
    /// When somebody behind it was last preferred, and why.
    pub passed_over: Option<PassedOver>,
    /// What it is offered now.
    pub offer: Option<OfferView>,
}

/// Why a party was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PassedOver {
    /// In which window.
    pub window_id: Uuid,
    /// When.
    pub at: Instant,
    /// Why, by the word of `luot_domain::waitlist::Why`; what is older than the others needed
    /// more places than there were.
    #[serde(default = "too_few")]
    pub reason: String,
    /// So many places it needed.
    pub needed: i64,
    /// Of them so many for people who need a card.
    pub needed_cards: i64,
}

fn too_few() -> String {
    Why::TooFewPlaces.as_str().to_owned()
}

/// Places offered to a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// The offer.
    pub id: Uuid,
    /// The window.
    pub window_id: Uuid,
    /// The session it is part of.
    pub session_id: Uuid,
    /// Where.
    pub site_id: Uuid,
    /// The local date.
    pub date: NaiveDate,
    /// From, local.
    pub starts: NaiveTime,
    /// To, local.
    pub ends: NaiveTime,
    /// For so many people.
    pub people: i32,
    /// Until when the places are kept.
    pub expires_at: Instant,
}

impl App {
    /// An entry, for its party or for staff, who are told of in the trail: they see why
    /// somebody has precedence. The party looks at its own place, again and again.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or not for this caller.
    pub async fn get_waitlist_entry(&self, actor: &Actor, id: Uuid) -> Result<WaitlistView> {
        let view = self.find_waiting(actor, id).await?;
        if matches!(actor, Actor::Staff { .. }) {
            let campaign = Some(view.row.campaign_id);
            let subject = json!({ "ids": [id] });
            self.note_reading(actor, campaign, "waitlist.read", subject, None)
                .await?;
        }
        Ok(view)
    }

    /// An entry with its place in the order: by the index, if that is of the store's version.
    /// Nobody waits for the index inside a transaction; so where it is not, the store is asked
    /// once more, and counts.
    async fn find_waiting(&self, actor: &Actor, id: Uuid) -> Result<WaitlistView> {
        let (seen, version) = self
            .store
            .read(async |tx| {
                let row = find_for(self, tx, actor, id).await?;
                let version = waitlist::find_version(tx, row.campaign_id).await?;
                Ok::<_, Error>((view(tx, row).await?, version))
            })
            .await?;
        if seen.row.state != "waiting" {
            return Ok(seen);
        }
        let (campaign, rank) = (seen.row.campaign_id, Rank::of(&seen.row));
        let index = match self.orders.before(campaign, &rank, version).await {
            Said::Before(before) => {
                return Ok(WaitlistView {
                    before: Some(i64::try_from(before).unwrap_or(i64::MAX)),
                    ..seen
                });
            }
            Said::Otherwise(version) => version,
        };
        let (counted, version) = self
            .store
            .read(async |tx| {
                let row = find_for(self, tx, actor, id).await?;
                let (campaign, rank) = (row.campaign_id, Rank::of(&row));
                let version = waitlist::find_version(tx, campaign).await?;
                let mut view = view(tx, row).await?;
                if view.row.state == "waiting" {
                    view.before = Some(waitlist::count_before(tx, campaign, rank).await?);
                }
                Ok::<_, Error>((view, version))
            })
            .await?;
        // The store was read after the index, and knows all that the index rightly does.
        if index > version {
            self.orders.doubt(campaign);
        }
        Ok(counted)
    }
}

/// The entry, for its party or for staff who manage the waitlist. For anybody else there is
/// no such thing.
pub(super) async fn find_for(app: &App, tx: &Tx, actor: &Actor, id: Uuid) -> Result<Entry> {
    if *actor == Actor::Anonymous {
        return Err(Error::Unauthorized);
    }
    let row = waitlist::find(tx, id).await?.filter(|row| match actor {
        Actor::Holder(token) => app.keys.is_manage_token(row.booking_id, token),
        staff => staff.may(Action::ManageWaitlist, Some(row.campaign_id)),
    });
    row.ok_or(Error::NotFound("waitlist entry"))
}

/// An entry without its place in the order.
async fn view(tx: &Tx, row: Entry) -> Result<WaitlistView> {
    Ok(WaitlistView {
        before: None,
        wishes: from_json(&row.wishes)?,
        grounds: from_json(&row.grounds)?,
        passed_over: row.passed_over.as_ref().map(from_json).transpose()?,
        offer: offer_to(tx, row.id).await?,
        row,
    })
}

/// What is offered to a party now.
pub(crate) async fn offer_to(tx: &Tx, entry: Uuid) -> Result<Option<OfferView>> {
    let Some(hold) = holds::list_kept(tx, Which::OfferedTo(entry)).await?.pop() else {
        return Ok(None);
    };
    let window = load_window(tx, hold.window_id).await?;
    Ok(Some(OfferView {
        id: hold.id,
        window_id: window.id,
        session_id: window.session_id,
        site_id: window.site_id,
        date: window.date,
        starts: window.starts,
        ends: window.ends,
        people: hold.places.iter().map(|p| p.people).sum(),
        expires_at: hold.expires_at,
    }))
}

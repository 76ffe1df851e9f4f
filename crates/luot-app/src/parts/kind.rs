//! In what the kinds of parts differ.

use luot_planner::Instance;
use luot_store::entities::{campaign, service, site};
use luot_store::parts::{self, Edited};
use luot_store::{Instant, StoreError, Tx, campaigns};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::App;
use crate::error::{Error, Result};
use crate::instances::{self, Against, Campaign};

/// A kind of part: the planner's type for its fields, and the row they are kept in.
pub trait Kind: Clone + Serialize + DeserializeOwned {
    /// `site`, `machine`, `shift` or `cohort`.
    const NOUN: &'static str;
    /// The list of an instance that holds them.
    const LIST: &'static str;
    /// Whether anybody may read them.
    const PUBLIC: bool;
    /// Most of them in a campaign.
    const MOST: usize;
    /// Where they are kept.
    type Row: Edited + Clone;

    /// All of a campaign, in their order.
    fn list(tx: &Tx, campaign: Uuid) -> impl Future<Output = Stored<Vec<Self::Row>>>;
    /// One of a campaign.
    fn find(tx: &Tx, campaign: Uuid, id: Uuid) -> impl Future<Output = Stored<Option<Self::Row>>>;
    /// Adds one.
    fn insert(tx: &Tx, row: Self::Row) -> impl Future<Output = Stored<()>>;

    /// What all rows have.
    fn head(row: &Self::Row) -> Head<'_>;
    /// The same, to be changed.
    fn head_mut(row: &mut Self::Row) -> HeadMut<'_>;
    /// A row with nothing in it but its head.
    fn blank(new: Blank) -> Self::Row;

    /// Its fields, from its row.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    fn read(row: &Self::Row, around: &Around) -> Result<Self>;
    /// Its fields, into its row.
    ///
    /// # Errors
    /// When something it names is not there.
    fn write(&self, row: &mut Self::Row, around: &Around) -> Result<()>;

    /// Brings what is wanted of a part together with what was done with it already.
    ///
    /// # Errors
    /// [`Error::Invalid`] where they cannot be.
    fn keep_served(
        &mut self,
        _app: &App,
        _tx: &Tx,
        _campaign: Uuid,
        _row: &Self::Row,
    ) -> impl Future<Output = Result<()>> {
        async { Ok(()) }
    }

    /// Takes along out of use what is nothing without it; which.
    fn retire_along(
        _tx: &Tx,
        _row: &Self::Row,
        _now: Instant,
    ) -> impl Future<Output = Stored<Vec<Uuid>>> {
        async { Ok(Vec::new()) }
    }

    /// Its code.
    fn code(&self) -> &str;
    /// The parts of this kind in an instance.
    fn of(instance: &mut Instance) -> &mut Vec<Self>;
    /// Puts rows in order after one of them changed; gives those that have another position
    /// now. Most kinds stay as they are.
    fn arrange(_rows: &mut [Self::Row]) {}
}

/// What the store gives.
pub type Stored<T> = std::result::Result<T, StoreError>;

/// What every row of a part has.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Its id.
    pub id: Uuid,
    /// Its code.
    pub code: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its place in the list.
    pub position: i32,
    /// The unit it belongs to.
    pub unit_id: Option<Uuid>,
    /// Its version.
    pub version: i32,
    /// Whether it is out of use.
    pub retired: bool,
}

/// What every row of a part has, to be changed.
#[derive(Debug)]
pub struct HeadMut<'a> {
    /// Its name.
    pub name: &'a mut String,
    /// When it went out of use.
    pub retired_at: &'a mut Option<Instant>,
    /// When it was changed.
    pub updated_at: &'a mut Instant,
}

/// What a new row begins with.
#[derive(Debug, Clone)]
pub struct Blank {
    /// Its id.
    pub id: Uuid,
    /// When it is made.
    pub now: Instant,
    /// Of which campaign.
    pub campaign: Uuid,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its place in the list.
    pub position: i32,
}

/// What a part can name, and the campaign it is part of.
#[derive(Debug, Clone)]
pub struct Around {
    pub(super) campaign: campaign::Model,
    pub(super) sites: Vec<site::Model>,
    pub(super) services: Vec<service::Model>,
}

impl Around {
    pub(super) async fn load(tx: &Tx, campaign: Uuid) -> Result<Self> {
        Ok(Self {
            campaign: campaigns::find(tx, campaign)
                .await?
                .ok_or(Error::NotFound("campaign"))?,
            sites: parts::sites::list(tx, campaign).await?,
            services: parts::services::list(tx, campaign).await?,
        })
    }

    /// The campaign as an instance that has its shifts and sites, but neither machines nor
    /// people: what a single part is checked in.
    pub(super) async fn instance(&self, tx: &Tx) -> Result<Instance> {
        let campaign = Campaign {
            row: self.campaign.clone(),
            services: self.services.clone(),
            sites: self.sites.clone(),
            machines: Vec::new(),
            shifts: parts::shifts::list(tx, self.campaign.id).await?,
            cohorts: Vec::new(),
        };
        let mut instance = campaign.instance(&Against {
            published: None,
            today: self.campaign.starts_on,
        })?;
        // None of these concerns the part; a calendar that has ended by retirement would be
        // taken for one that ends before it begins.
        instance.pinned = None;
        instance.travel_minutes.clear();
        for site in &mut instance.sites {
            site.calendar = luot_planner::Calendar::default();
        }
        Ok(instance)
    }
}

pub(super) use instances::{from_json, int, json, uint};

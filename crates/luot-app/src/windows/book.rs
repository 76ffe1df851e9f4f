//! The windows of one campaign in memory, and what is answered from them. No input or output.

use std::collections::{BTreeMap, HashMap};

use luot_domain::booking::alternatives::{Candidate, MOST, nearest};
use luot_store::Instant;
use luot_store::campaigns::Dates;
use luot_store::views::{Places, WindowPool};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::limits;
use crate::sessions::{Availability, Question, WindowPlaces};

/// The open windows of a campaign with their open pools, as they were at one moment and have
/// changed since.
#[derive(Debug)]
pub(super) struct Book {
    pub dates: Dates,
    /// Most people that book together.
    party_most: u32,
    /// Sites and cohorts by their codes.
    sites: HashMap<String, Uuid>,
    cohorts: HashMap<String, Uuid>,
    /// Cohorts of people left over, and of which cohort.
    left_of: HashMap<Uuid, Uuid>,
    /// In the order of time; a window's pools stand together, everybody's first.
    pools: Vec<WindowPool>,
    /// The places of each window in `pools`, in the order of time, by site.
    by_site: BTreeMap<Uuid, Vec<(usize, usize)>>,
    all: Vec<(usize, usize)>,
    pool_at: HashMap<Uuid, usize>,
    window_at: HashMap<Uuid, usize>,
    /// How often anything changed, and when of it something at a site did.
    revision: u64,
    changed: HashMap<Uuid, u64>,
}

/// The windows that a question is about.
#[derive(Debug, Clone, Copy)]
struct Scope {
    site: Option<Uuid>,
    cohort: Option<Uuid>,
}

/// An answer, and how long it is true.
#[derive(Debug)]
pub(super) struct Told {
    pub answer: Availability,
    /// The site that it is about, if it is about one.
    pub site: Option<Uuid>,
    /// When the next window is over.
    pub until: Option<Instant>,
}

/// Where somebody looks who found their window full.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Near {
    pub window: Uuid,
    pub places: i32,
    pub card_places: i32,
    /// In everybody's pools, and in those of these cohorts.
    pub cohorts: Vec<Uuid>,
}

impl Book {
    /// Of pools in the order of time and windows, with the codes of sites and cohorts; of a
    /// cohort also whose people are left over in it.
    pub fn new(
        (dates, party_most): (Dates, u32),
        sites: HashMap<String, Uuid>,
        cohorts: HashMap<String, (Uuid, Option<Uuid>)>,
        pools: Vec<WindowPool>,
        revision: u64,
    ) -> Self {
        let left_of = cohorts.values().filter_map(|(id, of)| Some((*id, (*of)?)));
        let left_of = left_of.collect();
        let mut book = Self {
            dates,
            party_most,
            sites,
            cohorts: cohorts
                .into_iter()
                .map(|(code, (id, _))| (code, id))
                .collect(),
            left_of,
            by_site: BTreeMap::new(),
            all: Vec::new(),
            pool_at: HashMap::with_capacity(pools.len()),
            window_at: HashMap::new(),
            revision,
            changed: HashMap::new(),
            pools,
        };
        let mut from = 0;
        for windows in book.pools.chunk_by(|a, b| a.slot_id == b.slot_id) {
            let range = (from, from + windows.len());
            from = range.1;
            book.all.push(range);
            for (n, pool) in windows.iter().enumerate() {
                book.pool_at.insert(pool.pool_id, range.0 + n);
                if n == 0 {
                    book.window_at.insert(pool.slot_id, range.0);
                    book.by_site.entry(pool.site_id).or_default().push(range);
                }
            }
        }
        book
    }

    /// Whether it has a pool.
    pub fn has(&self, pool: Uuid) -> bool {
        self.pool_at.contains_key(&pool)
    }

    /// How many pools it has.
    pub fn len(&self) -> usize {
        self.pools.len()
    }

    /// Takes over what pools have now.
    pub fn update(&mut self, rows: Vec<Places>) {
        self.revision += 1;
        for row in rows {
            let Some(pool) = self
                .pool_at
                .get(&row.id)
                .and_then(|at| self.pools.get_mut(*at))
            else {
                continue;
            };
            (pool.places, pool.taken) = (row.places, row.taken);
            (pool.card_places, pool.card_taken) = (row.card_places, row.card_taken);
            self.changed.insert(pool.site_id, self.revision);
        }
    }

    /// The revision of what is told of a site, or of all.
    pub fn revision(&self, site: Option<Uuid>) -> u64 {
        match site {
            Some(site) => self.changed.get(&site).copied().unwrap_or_default(),
            None => self.revision,
        }
    }

    fn scope(&self, question: &Question) -> Result<Scope> {
        let named = |codes: &HashMap<String, Uuid>, named: &Option<String>, what| {
            let Some(named) = named else { return Ok(None) };
            let by_code = codes.get(named).copied();
            let by_id = || {
                Uuid::parse_str(named)
                    .ok()
                    .filter(|id| codes.values().any(|c| c == id))
            };
            by_code
                .or_else(by_id)
                .map(Some)
                .ok_or(Error::NotFound(what))
        };
        Ok(Scope {
            site: named(&self.sites, &question.site, "site")?,
            cohort: named(&self.cohorts, &question.cohort, "cohort")?,
        })
    }

    /// The windows that take a whole party, of those that are not over.
    pub fn answer(&self, question: &Question, now: Instant) -> Result<Told> {
        let scope = self.scope(question)?;
        let windows = match scope.site {
            // A booking would be refused, whatever is free.
            _ if question.party > self.party_most => &[][..],
            Some(site) => self.by_site.get(&site).map_or(&[][..], Vec::as_slice),
            None => &self.all,
        };
        let party = i32::try_from(question.party.max(1)).unwrap_or(i32::MAX);
        let mut answer = Availability::default();
        let mut until: Option<Instant> = None;
        for &(from, to) in windows {
            let Some(pools @ [first, ..]) = self.pools.get(from..to) else {
                continue;
            };
            let in_days = question.from.is_none_or(|from| first.date >= from)
                && question.to.is_none_or(|to| first.date <= to);
            if first.ends_at <= now || !in_days {
                continue;
            }
            until = Some(until.map_or(first.ends_at, |until| until.min(first.ends_at)));
            let left = |theirs: &dyn Fn(Option<Uuid>) -> bool| {
                let of = pools.iter().filter(|p| theirs(p.cohort_id));
                let counts = of.map(|p| left(p, question.needs_card));
                counts.reduce(|sum, more| sum + more)
            };
            let everybody = left(&|of| of.is_none());
            let kept = scope.cohort.map(|id| left(&|of| self.is_for(of, id)));
            // A window that has nothing for who asks is none of theirs.
            if everybody.is_none() && kept.flatten().is_none() {
                continue;
            }
            let (places_left, kept) = (everybody.unwrap_or(0), kept.map(|k| k.unwrap_or(0)));
            if places_left + kept.unwrap_or(0) < party {
                continue;
            }
            if answer.windows.len() == limits::WINDOWS_MOST {
                answer.truncated = true;
                break;
            }
            answer.windows.push(WindowPlaces {
                window_id: first.slot_id,
                session_id: first.session_id,
                site_id: first.site_id,
                date: first.date,
                starts: first.starts,
                ends: first.ends,
                starts_at: first.starts_at,
                ends_at: first.ends_at,
                places_left,
                cohort_places_left: kept,
            });
        }
        Ok(Told {
            answer,
            site: scope.site,
            until,
        })
    }

    /// Whether a pool is for people of a cohort: its own, or of those left over of it.
    fn is_for(&self, pool: Option<Uuid>, cohort: Uuid) -> bool {
        pool.is_some_and(|of| of == cohort || self.left_of.get(&of) == Some(&cohort))
    }

    /// Windows that would do, the nearest first, those at the same site before others.
    pub fn nearest(&self, near: &Near, now: Instant) -> Vec<Candidate> {
        let first = self.window_at.get(&near.window);
        let Some(first) = first.and_then(|at| self.pools.get(*at)) else {
            return Vec::new();
        };
        let (site, at) = (first.site_id, first.starts_at);
        let here = self.by_site.get(&site).map_or(&[][..], Vec::as_slice);
        let mut found = self.around(here, near, at, now, |_| true);
        if found.len() < MOST {
            found.extend(self.around(&self.all, near, at, now, |s| s != site));
        }
        nearest(found, site, at, near.places, near.card_places)
    }

    /// Up to [`MOST`] before and as many after.
    fn around(
        &self,
        windows: &[(usize, usize)],
        near: &Near,
        at: Instant,
        now: Instant,
        at_site: impl Fn(Uuid) -> bool,
    ) -> Vec<Candidate> {
        let middle =
            windows.partition_point(|w| self.pools.get(w.0).is_some_and(|p| p.starts_at < at));
        let fits = |&(from, to): &(usize, usize)| {
            let pools = self.pools.get(from..to)?;
            let is_open = |p: &&WindowPool| {
                p.ends_at > now
                    && at_site(p.site_id)
                    && p.cohort_id.is_none_or(|c| near.cohorts.contains(&c))
                    && p.places - p.taken >= near.places
                    && p.card_places - p.card_taken >= near.card_places
            };
            pools.iter().find(is_open).map(|p| Candidate {
                window_id: p.slot_id,
                site_id: p.site_id,
                starts_at: p.starts_at,
                places_left: p.places - p.taken,
                card_places_left: p.card_places - p.card_taken,
            })
        };
        let (before, after) = windows.split_at(middle);
        let mut found: Vec<Candidate> = after.iter().filter_map(fits).take(MOST).collect();
        found.extend(before.iter().rev().filter_map(fits).take(MOST));
        found
    }
}

fn left(pool: &WindowPool, needs_card: bool) -> i32 {
    let places = pool.places - pool.taken;
    if needs_card {
        places.min(pool.card_places - pool.card_taken)
    } else {
        places
    }
}

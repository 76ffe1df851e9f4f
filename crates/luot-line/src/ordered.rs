//! What an ordered index is, wherever it is kept.

use std::fmt;

use async_trait::async_trait;
use uuid::Uuid;

use crate::LineError;

/// Ranks lie between minus this and this: Redis keeps them as floating-point numbers, which
/// are exact up to 2⁵³. Microseconds since 1970 fit for another 250 years. What does not fit
/// into it has room in [`Member::since`], which is exact everywhere.
pub const RANK_MOST: i64 = 1 << 53;

/// One ordered set: of what kind, and whose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    kind: &'static str,
    of: Uuid,
}

impl Key {
    /// Such as `Key::new("line", session)`.
    #[must_use]
    pub const fn new(kind: &'static str, of: Uuid) -> Self {
        Self { kind, of }
    }
}

impl fmt::Display for Key {
    /// The braces keep all that belongs to one key on one node of a Redis cluster. The number
    /// is that of the form its members have: who knows another form has sets of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "luot:2:{}:{{{}}}", self.kind, self.of)
    }
}

/// A member of a set: who it is, and with whom it comes first among those of its rank. It is
/// the same member only while both stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// Of one rank, the least is first: an exact second rank, such as an instant in
    /// microseconds since 1970. 0 where the rank says all.
    pub since: i64,
    /// Who. Of one rank and one `since`, the least is first.
    pub id: Uuid,
}

impl From<Uuid> for Member {
    /// One whose rank says all.
    fn from(id: Uuid) -> Self {
        Self { since: 0, id }
    }
}

/// How many bytes a member is.
pub(crate) const MEMBER_BYTES: usize = 24;

impl Member {
    /// Bytes that sort as members do: `since` with its sign turned, the greatest first, and the
    /// id.
    pub(crate) fn bytes(self) -> [u8; MEMBER_BYTES] {
        let since = (self.since ^ i64::MIN).to_be_bytes();
        let mut bytes = [0; MEMBER_BYTES];
        let (first, rest) = bytes.split_at_mut(since.len());
        first.copy_from_slice(&since);
        rest.copy_from_slice(self.id.as_bytes());
        bytes
    }

    /// The member whose bytes these are.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (since, id) = bytes.split_first_chunk()?;
        Some(Self {
            since: i64::from_be_bytes(*since) ^ i64::MIN,
            id: Uuid::from_slice(id).ok()?,
        })
    }
}

/// A member and its rank; the least rank comes first, and of equals the least member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Who.
    pub member: Member,
    /// Where: see [`RANK_MOST`].
    pub rank: i64,
}

/// Between which versions of the store a change lies. Every transaction that changes the set
/// makes a greater one. A caller whose store does not count gives the
/// same number twice, always the same: then the version says only that the set is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Before the change.
    pub from: i64,
    /// After it.
    pub to: i64,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It was made.
    Made,
    /// The index knew it already: it was built from a later state, or the store was restored
    /// to an older one. Whoever cares looks which, and [`Ordered::forget`]s the set.
    Known,
    /// The index is lost, or misses an earlier change: nothing was done, build it anew.
    Behind,
}

/// An answer, and the version of the store that it is true for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen<T> {
    /// The store's version.
    pub version: i64,
    /// The answer.
    pub value: T,
}

/// Ordered sets by key. Each is whole and of one version of the store, or it is not there:
/// a read gives `None` then, and a change [`Changed::Behind`]. Either is the caller's sign
/// to read the store in one view and [`Ordered::replace`] the set.
///
/// Members that a change missed cannot stay unnoticed: the version did not move either.
#[async_trait]
pub trait Ordered: Send + Sync + fmt::Debug {
    /// Puts a whole set in place, as the store had it at that version. A set of a later
    /// version stays.
    ///
    /// # Errors
    /// When the index cannot be reached.
    async fn replace(&self, key: &Key, version: i64, entries: &[Entry]) -> Result<(), LineError>;

    /// Puts members in (or elsewhere, if they were in) and takes others out.
    ///
    /// # Errors
    /// When the index cannot be reached.
    async fn change(
        &self,
        key: &Key,
        step: Step,
        put: &[Entry],
        remove: &[Member],
    ) -> Result<Changed, LineError>;

    /// At most `most` entries in order, after the first `from`.
    ///
    /// # Errors
    /// When the index cannot be reached.
    async fn page(
        &self,
        key: &Key,
        from: u64,
        most: u64,
    ) -> Result<Option<Seen<Vec<Entry>>>, LineError>;

    /// How many are before a member; `None` inside when it is not in the set.
    ///
    /// # Errors
    /// When the index cannot be reached.
    async fn position(
        &self,
        key: &Key,
        member: Member,
    ) -> Result<Option<Seen<Option<u64>>>, LineError>;

    /// How many there are.
    ///
    /// # Errors
    /// When the index cannot be reached.
    async fn count(&self, key: &Key) -> Result<Option<Seen<u64>>, LineError>;

    /// Forgets a set, as if it had been lost.
    ///
    /// # Errors
    /// When the index cannot be reached.
    async fn forget(&self, key: &Key) -> Result<(), LineError>;
}

/// Refuses ranks that would be rounded.
pub(crate) fn check_ranks(entries: &[Entry]) -> Result<(), LineError> {
    match entries
        .iter()
        .find(|e| !(-RANK_MOST..=RANK_MOST).contains(&e.rank))
    {
        Some(odd) => Err(LineError::Rank(odd.rank)),
        None => Ok(()),
    }
}

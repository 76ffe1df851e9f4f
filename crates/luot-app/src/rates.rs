//! Who may ask how often. Off until the server turns it on.
//!
//! Keys of buckets are keyed hashes: nobody reads a phone or an address out of Redis.

use std::net::IpAddr;
use std::sync::Arc;

use luot_domain::booking::Refusal;
use luot_line::{Buckets, Rate, Taken};
use uuid::Uuid;

use crate::authz::Actor;
use crate::error::{Error, Result, StoreError};
use crate::{App, limits};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Requests of an address. Whole networks of phones share one.
    Address,
    /// Requests with a token.
    Token,
    /// Tries to sign in from an address.
    SignIn,
    /// Codes sent to a phone, over an hour, and over a day.
    PhoneCode,
    /// Codes tried for a phone.
    PhoneTry,
    /// Bookings, and parties that wait, that give a phone.
    Booking,
    /// Moves and cancellations of what was booked with one phone.
    Change,
    /// People who get tickets of one session from an address, without anybody seeing them come.
    Ticket,
    /// Bookings, from an address or by a parent who is signed in, that name somebody who is
    /// known here otherwise: each tells that one of up to a party's numbers is known.
    Mismatch,
    /// The same about one person: tries at given name and birth date that go with a number.
    Person,
    /// Children that a parent adds, however many are withdrawn in between.
    Child,
}

/// How often each.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Of an address; none where as many may come as do.
    pub address: Option<Rate>,
    /// With a token.
    pub token: Rate,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            // A mobile network sends thousands of parents through one address.
            address: Some(Rate {
                burst: 1_200,
                seconds: 60,
            }),
            token: Rate {
                burst: 600,
                seconds: 60,
            },
        }
    }
}

impl Table {
    /// The rates for a budget: all of them must have room.
    fn rates(&self, budget: Budget) -> Vec<(u8, Rate)> {
        let rate = |burst, seconds| Rate { burst, seconds };
        let rates = match budget {
            Budget::Address => self.address.into_iter().collect(),
            Budget::Token => vec![self.token],
            Budget::SignIn => vec![rate(60, 60), rate(600, 3_600)],
            Budget::PhoneCode => vec![rate(5, 3_600), rate(10, 86_400)],
            Budget::PhoneTry => vec![rate(25, 3_600), rate(50, 86_400)],
            Budget::Booking => vec![rate(20, 86_400)],
            Budget::Change => vec![rate(30, 3_600)],
            // Phones at a site may share its network; whoever else comes is given a ticket there.
            Budget::Ticket => vec![rate(40, 3_600)],
            Budget::Mismatch => vec![rate(30, 3_600), rate(100, 86_400)],
            Budget::Person | Budget::Child => vec![rate(20, 86_400)],
        };
        (0..).zip(rates).collect()
    }
}

/// The rates, in force.
#[derive(Clone)]
pub struct Rates {
    buckets: Buckets,
    table: Table,
}

/// What was taken from budgets before it is known what comes of it. It is spent, and told to
/// the other servers, unless it is given back: who goes away in between has spent it.
#[must_use = "what is dropped is spent"]
pub(crate) struct Spending {
    taken: Option<Arc<Rates>>,
    keys: Vec<(Vec<u8>, Rate)>,
    now: i64,
}

impl Spending {
    /// Nothing.
    pub(crate) fn nothing() -> Self {
        Self {
            taken: None,
            keys: Vec::new(),
            now: 0,
        }
    }

    /// Nothing came of it.
    pub(crate) fn give_back(mut self) {
        if let Some(rates) = self.taken.take() {
            for (key, rate) in &self.keys {
                rates.buckets.give_back(key, *rate);
            }
        }
    }

    /// Gives back what a refusal need not cost: all but what it tells about people.
    pub(crate) fn settle<T>(self, answer: &Result<T>, is_first: impl FnOnce(&T) -> bool) {
        let spent = match answer {
            Ok(answer) => is_first(answer),
            Err(error) => tells_of_people(error),
        };
        match spent {
            true => drop(self),
            false => self.give_back(),
        }
    }
}

impl Drop for Spending {
    fn drop(&mut self) {
        if let Some(rates) = self.taken.take() {
            for (key, rate) in &self.keys {
                rates.buckets.tell(key, *rate, self.now);
            }
        }
    }
}

/// Whether a refusal lets somebody know who is known here.
fn tells_of_people(error: &Error) -> bool {
    match error {
        Error::Booking { refusal, .. } => matches!(
            refusal,
            Refusal::PersonMismatch(_) | Refusal::AlreadyBooked(_)
        ),
        Error::Store(StoreError::Conflict(_)) => true,
        _ => false,
    }
}

impl Rates {
    /// Counted there, by that table.
    #[must_use]
    pub fn new(buckets: Buckets, table: Table) -> Self {
        Self { buckets, table }
    }
}

/// How a caller stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How often at most, at once.
    pub limit: u32,
    /// What the buckets say: of several, the emptiest.
    pub taken: Taken,
}

impl App {
    /// With rates in force.
    #[must_use]
    pub fn with_rates(mut self, rates: Rates) -> Self {
        self.rates = Some(Arc::new(rates));
        self
    }

    /// Counts a request of an address, and of a token where there is one; without waiting
    /// for other servers. Nothing while rates are off.
    #[must_use]
    pub fn count_request(&self, address: IpAddr, token: Option<&str>) -> Option<Standing> {
        let rates = self.rates.as_ref()?;
        let now = self.clock.now().timestamp_millis();
        let mut standing = None;
        let mut count = |budget, rate: Rate, whose: &str| {
            let key = self.rate_key(budget, 0, whose);
            let taken = rates.buckets.take_soon(&key, rate, now);
            let worse = standing.as_ref().is_none_or(|s: &Standing| {
                !taken.allowed || (s.taken.allowed && taken.left < s.taken.left)
            });
            if worse {
                standing = Some(Standing {
                    limit: rate.burst,
                    taken,
                });
            }
        };
        if let Some(rate) = rates.table.address {
            count(Budget::Address, rate, &network(address));
        }
        if let Some(token) = token {
            count(Budget::Token, rates.table.token, token);
        }
        standing
    }

    /// Counts a try to sign in from an address.
    ///
    /// # Errors
    /// [`Error::Limited`].
    pub async fn count_sign_in(&self, address: IpAddr) -> Result<()> {
        self.spend(Budget::SignIn, &network(address)).await
    }

    /// Counts the people of a ticket that is asked for from an address. What staff and kiosks
    /// give is not counted: they see who comes.
    ///
    /// # Errors
    /// [`Error::Limited`].
    pub fn count_ticket(
        &self,
        actor: &Actor,
        address: IpAddr,
        session: Uuid,
        persons: u32,
    ) -> Result<()> {
        if matches!(actor, Actor::Staff { .. }) {
            return Ok(());
        }
        let whose = format!("{session} {}", network(address));
        (0..persons.clamp(1, limits::TICKET_PERSONS_MOST))
            .try_for_each(|_| self.reserve(Budget::Ticket, &whose).map(drop))
    }

    /// Takes from a budget, counted by all servers together.
    pub(crate) async fn spend(&self, budget: Budget, whose: &str) -> Result<()> {
        let Some(rates) = &self.rates else {
            return Ok(());
        };
        let now = self.clock.now().timestamp_millis();
        for (n, rate) in rates.table.rates(budget) {
            let key = self.rate_key(budget, n, whose);
            let taken = rates.buckets.take(&key, rate, now).await;
            if !taken.allowed {
                return Err(Error::Limited(taken.retry_in));
            }
        }
        Ok(())
    }

    /// Takes from a budget without waiting for other servers, for where many book at once,
    /// and before it is known what comes of it.
    pub(crate) fn reserve(&self, budget: Budget, whose: &str) -> Result<Spending> {
        let mut spending = Spending::nothing();
        let Some(rates) = &self.rates else {
            return Ok(spending);
        };
        spending.taken = Some(rates.clone());
        spending.now = self.clock.now().timestamp_millis();
        for (n, rate) in rates.table.rates(budget) {
            let key = self.rate_key(budget, n, whose);
            let taken = rates.buckets.reserve(&key, rate, spending.now);
            if !taken.allowed {
                spending.give_back();
                return Err(Error::Limited(taken.retry_in));
            }
            spending.keys.push((key, rate));
        }
        Ok(spending)
    }

    /// Refuses where nothing is left of a budget, as far as this server knows.
    pub(crate) fn require_left(&self, budget: Budget, whose: &str) -> Result<()> {
        let Some(rates) = &self.rates else {
            return Ok(());
        };
        let now = self.clock.now().timestamp_millis();
        for (n, rate) in rates.table.rates(budget) {
            let key = self.rate_key(budget, n, whose);
            let seen = rates.buckets.look(&key, rate, now);
            if !seen.allowed {
                return Err(Error::Limited(seen.retry_in));
            }
        }
        Ok(())
    }

    fn rate_key(&self, budget: Budget, n: u8, whose: &str) -> Vec<u8> {
        let purpose = format!("rate {budget:?} {n}");
        let mut key = self.keys.code_hash(&purpose, b"", whose);
        key.truncate(16);
        key
    }
}

/// What counts as one: whoever has an IPv6 address has the whole network of it.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_a_code_by_phone_does_not_pay() {
        // Tries at one phone in a year, at the daily rate, against a million codes. A try
        // meets the present code with one in a million, whether or not codes change.
        let [.., (_, daily)] = Table::default().rates(Budget::PhoneTry)[..] else {
            panic!("a daily rate");
        };
        let tries = f64::from(daily.burst) * 365.0;
        let chance = 1.0 - (1.0 - 1e-6_f64).powf(tries);
        assert!(chance < 0.02, "{chance}");
        // And only while a code is good, which its owner was sent: ten times a day, five
        // minutes each, five tries.
        let [.., (_, codes)] = Table::default().rates(Budget::PhoneCode)[..] else {
            panic!("a daily rate");
        };
        assert_eq!(codes.burst * 5, daily.burst);
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let read = |text: &str| text.parse::<IpAddr>().map(network);
        assert_eq!(read("2001:db8:1:2::1"), read("2001:db8:1:2:ffff::9"));
        assert_ne!(read("2001:db8:1:2::1"), read("2001:db8:1:3::1"));
        assert_eq!(read("::ffff:192.0.2.1"), read("192.0.2.1"));
    }
}

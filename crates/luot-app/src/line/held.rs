//! A line that is held: what a transaction does to it, gathered for the index and followers.

use std::collections::BTreeMap;

use luot_domain::line::order::{NUMBER_MOST, effective_of, rank};
use luot_domain::line::pace::Done;
use luot_line::{Entry, Member};
use luot_store::lines::{self, Event, Line};
use luot_store::tickets::{self, Ticket};
use luot_store::{Instant, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

use super::day::Day;
use crate::error::{Error, Forbidden, Result};
use crate::new_id;

/// What to do once a change is committed.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    pub session: Uuid,
    /// The version after it.
    pub version: i64,
    /// What the index is told of each ticket that was touched.
    pub put: Vec<Entry>,
    pub remove: Vec<Member>,
}

/// What the index is to know of the tickets that were touched: each one's last place, or that
/// it has none. The index takes out before it puts in, so no ticket may be in both.
#[derive(Debug, Default)]
struct Touched(BTreeMap<Uuid, Option<i64>>);

impl Touched {
    fn note(&mut self, ticket: Uuid, rank: Option<i64>) {
        self.0.insert(ticket, rank);
    }

    /// Who is put in, and who is taken out.
    fn split(self) -> (Vec<Entry>, Vec<Member>) {
        let (mut put, mut remove) = (Vec::new(), Vec::new());
        for (ticket, rank) in self.0 {
            match rank {
                Some(rank) => put.push(Entry {
                    member: ticket.into(),
                    rank,
                }),
                None => remove.push(ticket.into()),
            }
        }
        (put, remove)
    }
}

/// A session's line, held until the transaction ends.
pub(super) struct Held<'a> {
    pub day: &'a Day,
    pub tx: &'a Tx,
    pub line: Line,
    touched: Touched,
    told: Vec<Value>,
    counted: bool,
}

impl<'a> Held<'a> {
    /// Waits until nobody else changes the line.
    pub async fn hold(tx: &'a Tx, day: &'a Day) -> Result<Self> {
        let new = Line {
            id: new_id(),
            created_at: day.now,
            campaign_id: day.campaign(),
            session_id: day.session.id,
            version: 1,
            last_number: 0,
            done_people: 0,
            done_seconds: 0,
            done_squares: 0,
            closed_at: None,
        };
        Ok(Self {
            day,
            tx,
            line: lines::hold(tx, new).await?,
            touched: Touched::default(),
            told: Vec::new(),
            counted: false,
        })
    }

    /// Refuses when the line is closed for good.
    pub fn must_be_open(&self) -> Result<()> {
        match self.line.closed_at {
            None => Ok(()),
            Some(_) => Err(Error::State(Forbidden::NotTheDay)),
        }
    }

    /// The next ticket's number.
    pub fn number(&mut self) -> Result<i32> {
        if self.line.last_number >= NUMBER_MOST {
            return Err(Error::State(Forbidden::SessionFull));
        }
        self.line.last_number += 1;
        self.counted = true;
        Ok(self.line.last_number)
    }

    /// Notes a completion, from which the pace is learned.
    pub fn completed(&mut self, seconds: i64, people: u32) {
        let done = self.done().and(seconds, people);
        self.line.done_people = i32::try_from(done.people).unwrap_or(i32::MAX);
        self.line.done_seconds = done.seconds;
        self.line.done_squares = done.squares;
        self.counted = true;
    }

    /// What was completed so far.
    pub fn done(&self) -> Done {
        done_of(&self.line)
    }

    /// Closes it for good.
    pub fn close(&mut self) {
        self.line.closed_at = Some(self.day.now);
        self.counted = true;
    }

    /// Adds a ticket that waits.
    pub async fn admit(&mut self, ticket: &Ticket) -> Result<()> {
        tickets::insert(self.tx, ticket.clone()).await?;
        self.place(ticket, None);
        Ok(())
    }

    /// Writes a ticket's new state, with the effective time where that changes.
    pub async fn change(
        &mut self,
        mut ticket: Ticket,
        state: &'static str,
        effective_at: Option<Instant>,
        station: Option<i32>,
    ) -> Result<Ticket> {
        ticket.state = state.into();
        if let Some(at) = effective_at {
            ticket.rank = rank(at, ticket.number);
        }
        if state != "parked" {
            ticket.parked_until = None;
        }
        tickets::change(self.tx, &ticket, self.day.now).await?;
        ticket.version += 1;
        self.place(&ticket, station);
        Ok(ticket)
    }

    fn place(&mut self, ticket: &Ticket, station: Option<i32>) {
        let rank = (ticket.state == "waiting").then_some(ticket.rank);
        self.touched.note(ticket.id, rank);
        let mut told = json!({ "number": ticket.number, "state": ticket.state });
        if let Some(station) = station {
            told["station"] = station.into();
        }
        if ticket.state == "waiting" {
            told["effective_at"] = json!(effective_of(ticket.rank));
        }
        self.told.push(told);
    }

    /// Tells followers something that is no ticket's change.
    pub fn tell(&mut self, what: Value) {
        self.told.push(what);
    }

    /// The last statements of the transaction.
    pub async fn done_with(self) -> Result<Moved> {
        if self.counted {
            lines::count(self.tx, &self.line).await?;
        }
        if !self.told.is_empty() {
            let event = Event {
                id: new_id(),
                created_at: self.day.now,
                session_id: self.day.session.id,
                version: self.line.version,
                payload: json!({ "changes": self.told }),
            };
            lines::tell(self.tx, event).await?;
        }
        let (put, remove) = self.touched.split();
        Ok(Moved {
            session: self.day.session.id,
            version: self.line.version,
            put,
            remove,
        })
    }
}

/// What was completed in a session so far.
pub(super) fn done_of(line: &Line) -> Done {
    Done {
        people: u32::try_from(line.done_people).unwrap_or(0),
        seconds: line.done_seconds,
        squares: line.done_squares,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_ticket_that_was_touched_twice_only_the_last_counts() {
        let (back_and_out, out_and_back) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut touched = Touched::default();
        touched.note(back_and_out, Some(7));
        touched.note(out_and_back, None);
        touched.note(back_and_out, None);
        touched.note(out_and_back, Some(9));
        let put = Entry {
            member: out_and_back.into(),
            rank: 9,
        };
        assert_eq!(touched.split(), (vec![put], vec![back_and_out.into()]));
    }
}

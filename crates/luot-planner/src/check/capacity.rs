//! Who has room where: by the machines that are there, or by those that could be.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Broken, Cell, Judge, Loads, Present};
use crate::calendar::records;
use crate::types::{Instance, Plan, Terms};

/// What of a plan's entries breaks rules whatever else is planned: it is a part of a plan, to which machines could be
/// added and people. Fixed entries, for one.
pub(crate) fn broken_anyway(instance: &Instance, part: &Plan) -> Vec<Broken> {
    let mut judge = Judge::of(instance, usize::MAX);
    let present = judge.rotation(part, &mut Terms::default());
    let (_, loads) = judge.allotments(part);
    judge.capacity(loads, |judge, session| judge.most_taken(session, &present));
    judge.broken
}

impl Judge<'_> {
    /// What machines at a session take: of all people, and of those who need a card.
    pub(super) fn taken(&self, cell: Cell, here: &[usize]) -> (i64, i64) {
        let shift = &self.instance.shifts[cell.1];
        let of = |m: &usize| {
            let machine = &self.instance.machines[*m];
            (i64::from(records(shift, machine)), machine.issues_cards())
        };
        let all = here.iter().map(|m| of(m).0).sum();
        let cards = here.iter().map(of).filter(|m| m.1).map(|m| m.0).sum();
        (all, cards)
    }

    /// The most that could be taken at a session with further machines: the best for all people, and the best for
    /// those who need a card, which need not be the same.
    fn most_taken(&self, (cell, site): (Cell, usize), present: &Present) -> (i64, i64) {
        let (shift, place) = (&self.instance.shifts[cell.1].id, &self.instance.sites[site]);
        let here = present.get(&(cell, site)).map_or(&[][..], Vec::as_slice);
        let then = present.range((cell, 0)..=(cell, usize::MAX));
        let busy: BTreeSet<&usize> = then.flat_map(|(_, here)| here).collect();
        let open = place.calendar.admits(cell.0, shift);
        let room = usize::try_from(place.machines_at_once).unwrap_or(usize::MAX);
        let machines = self.instance.machines.iter().enumerate();
        let free = machines
            .filter(|(m, machine)| open && !busy.contains(m) && machine.runs(cell.0, shift));
        let mut more: Vec<_> = free.map(|(m, _)| self.taken(cell, &[m])).collect();
        let mut best = |of: fn(&(i64, i64)) -> i64| -> i64 {
            more.sort_by_key(|m| Reverse(of(m)));
            more.iter()
                .take(room.saturating_sub(here.len()))
                .map(of)
                .sum()
        };
        let (all, cards) = self.taken(cell, here);
        (all + best(|m| m.0), cards + best(|m| m.1))
    }

    /// Asks whether people have room at what is taken at their sessions.
    pub(super) fn capacity(
        &mut self,
        loads: Loads,
        taken: impl Fn(&Self, (Cell, usize)) -> (i64, i64),
    ) {
        for ((cell, site), (all, cards, last)) in loads {
            if cell < self.frozen {
                continue;
            }
            let (capacity, for_cards) = taken(self, (cell, site));
            let place = format!("{} on {}", self.instance.sites[site].id, self.name(cell));
            self.rule(all <= capacity, ("/allotments", last), || {
                (
                    format!("{all} people for {capacity} records at {place}"),
                    format!("{all} người cho {capacity} hồ sơ: {place}"),
                )
            });
            self.rule(cards <= for_cards, ("/allotments", last), || {
                (
                    format!("{cards} cards for {for_cards} at {place}"),
                    format!("{cards} người cần thẻ cho {for_cards} chỗ cấp thẻ: {place}"),
                )
            });
        }
    }
}

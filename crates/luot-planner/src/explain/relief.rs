//! What would help people without a place, at the least cost as things stand.

use chrono::NaiveDate;

use super::{Relief, Scene, Slot, words_relief};
use crate::calendar::{gap_minutes, records};
use crate::types::{Cohort, Machine, Placement, Service};
use crate::words;

impl<'a> Scene<'a> {
    /// The most people a session could take if the best machines stood there.
    pub(super) fn most(&self, slot: Slot<'_>, site: &str, card: bool) -> i64 {
        let Some(shift) = self.instance.shifts.iter().find(|s| s.id == slot.1) else {
            return 0;
        };
        let room = self
            .instance
            .sites
            .iter()
            .find(|s| s.id == site)
            .map_or(0, |s| s.machines_at_once);
        let able = self
            .instance
            .machines
            .iter()
            .filter(|m| m.runs(slot.0, slot.1) && (!card || m.issues_cards()));
        let mut taken: Vec<i64> = able.map(|m| i64::from(records(shift, m))).collect();
        taken.sort_unstable_by(|a, b| b.cmp(a));
        taken
            .iter()
            .take(usize::try_from(room).unwrap_or(usize::MAX))
            .sum()
    }

    /// The cheapest session that could be used or staffed for these people as things stand.
    pub(super) fn cheapest(
        &self,
        cohort: &'a Cohort,
        people: u32,
        possible: &[(Slot<'a>, &'a str)],
    ) -> Option<Relief> {
        let card = cohort.service == Service::Card;
        let costs = &self.instance.costs;
        let enough = |free: i64| {
            if cohort.whole {
                free >= i64::from(people)
            } else {
                free > 0
            }
        };
        let mut best: Option<(i64, &Machine, Slot<'a>, &'a str)> = None;
        for &(slot, site) in possible {
            let Some(shift) = self.instance.shifts.iter().find(|s| s.id == slot.1) else {
                continue;
            };
            let here = self
                .present
                .get(&(slot, site))
                .map_or(&[][..], Vec::as_slice);
            let (all, cards) = self.load.get(&(slot, site)).copied().unwrap_or_default();
            let room: i64 = here.iter().map(|m| i64::from(records(shift, m))).sum();
            let card_room: i64 = here
                .iter()
                .filter(|m| m.issues_cards())
                .map(|m| i64::from(records(shift, m)))
                .sum();
            let free = if card {
                (room - all).min(card_room - cards)
            } else {
                room - all
            };
            let place = (
                words::day(slot.0),
                words::day_vi(slot.0),
                words::shift(self.instance, slot.1),
            );
            // Fewer are no help: those who are left would still be without a place.
            if free >= i64::from(people) {
                let site = self.instance.names.site(site);
                let text = format!(
                    "{free} places are free at {site} on {} {}",
                    place.0, place.2
                );
                let text_vi = format!("còn {free} chỗ tại {site} vào {} ca {}", place.1, place.2);
                return Some(Relief {
                    code: "use-places".to_owned(),
                    placement: None,
                    cost: Some(0),
                    text,
                    text_vi,
                });
            }
            let room_for = self
                .instance
                .sites
                .iter()
                .find(|s| s.id == site)
                .map_or(0, |s| s.machines_at_once);
            // Nothing is cheaper than a machine that needs not move.
            let settled = best.as_ref().is_some_and(|b| b.0 <= costs.session);
            if settled || here.len() >= usize::try_from(room_for).unwrap_or(usize::MAX) {
                continue;
            }
            for machine in self
                .instance
                .machines
                .iter()
                .filter(|m| m.runs(slot.0, slot.1) && (!card || m.issues_cards()))
            {
                if self.is_busy(machine, slot)
                    || !enough(free.max(0) + i64::from(records(shift, machine)))
                {
                    continue;
                }
                let Some(relocations) = self.detour(machine, slot, site) else {
                    continue;
                };
                let cost = costs.session + relocations * costs.relocation;
                if best.as_ref().is_none_or(|b| cost < b.0) {
                    best = Some((cost, machine, slot, site));
                }
            }
        }
        let Some((cost, machine, slot, site)) = best else {
            let card_word = if card {
                "add-card-machine"
            } else {
                "add-machine"
            };
            return Some(words_relief(
                card_word,
                "bring one more machine".to_owned(),
                "điều thêm một máy".to_owned(),
            ));
        };
        let (d, v, s) = (
            words::day(slot.0),
            words::day_vi(slot.0),
            words::shift(self.instance, slot.1),
        );
        let names = &self.instance.names;
        let (at, with) = (names.site(site), names.machine(&machine.id));
        Some(Relief {
            code: "add-session".to_owned(),
            placement: Some(Placement {
                machine: machine.id.clone(),
                date: slot.0,
                shift: slot.1.to_owned(),
                site: site.to_owned(),
            }),
            cost: Some(cost),
            text: format!("one more session at {at} on {d} {s} with {with}"),
            text_vi: format!("thêm một phiên tại {at} vào {v} ca {s} với {with}"),
        })
    }

    fn is_busy(&self, machine: &Machine, slot: Slot<'_>) -> bool {
        let shift = self.instance.shifts.iter().position(|s| s.id == slot.1);
        let way = self.ways.get(machine.id.as_str());
        way.zip(shift)
            .is_some_and(|(way, n)| way.contains_key(&(slot.0, n)))
    }

    /// Relocations that one more placement adds; none when the machine cannot get there and away within the day.
    fn detour(&self, machine: &'a Machine, slot: Slot<'a>, site: &str) -> Option<i64> {
        let this = self.instance.shifts.iter().position(|s| s.id == slot.1)?;
        let way = self.ways.get(machine.id.as_str());
        let flat = |((date, shift), site): (&(NaiveDate, usize), &&'a str)| (*date, *shift, *site);
        let before = way
            .and_then(|w| w.range(..(slot.0, this)).next_back())
            .map(flat);
        let after = way.and_then(|w| w.range((slot.0, this)..).next()).map(flat);
        let fits = |(early, from): (usize, &str), (late, to): (usize, &str)| {
            let gap = gap_minutes(
                self.instance.shifts[early].end,
                self.instance.shifts[late].start,
            );
            gap >= if from == to {
                0
            } else {
                i64::from(self.instance.setup_minutes) + i64::from(self.instance.travel(from, to))
            }
        };
        let reached = before.is_none_or(|b| b.0 != slot.0 || fits((b.1, b.2), (this, site)));
        let left = after.is_none_or(|a| a.0 != slot.0 || fits((this, site), (a.1, a.2)));
        let from = before.map(|b| b.2).or(machine.home.as_deref());
        let step =
            |a: Option<&str>, b: Option<&str>| i64::from(a.is_some() && b.is_some() && a != b);
        let after = after.map(|a| a.2);
        (reached && left)
            .then(|| step(from, Some(site)) + step(Some(site), after) - step(from, after))
    }
}

//! Offers are made out of what cools first: those places are counted as taken already.

use std::collections::BTreeMap;

use luot_domain::booking::{Hold, Kept, Kind};
use luot_store::Instant;
use luot_store::holds::NewHold;
use luot_store::pools::Changes;
use uuid::Uuid;

use super::settle::{Freed, keep};

#[derive(Default)]
pub(super) struct Consumed {
    /// Cooling that ends.
    pub ended: Vec<Uuid>,
    /// What is left of it, which cools on.
    pub kept: Vec<NewHold>,
    /// What is taken besides, or comes free.
    pub changes: Changes,
}

/// Takes people, and of them those with a card, out of a place: as many as it has and are
/// wanted.
type Takes = fn(&mut Kept, &mut Kept);

/// Takes what was offered out of what cools, as far as that goes. What is left of a hold cools
/// on.
pub(super) fn consume(
    cooling: &[Hold],
    offered: &mut BTreeMap<Uuid, Kept>,
    now: Instant,
) -> Consumed {
    let mut left: Vec<Vec<Kept>> = cooling.iter().map(|h| h.places.clone()).collect();
    // Who needs a card takes the places with one, and the others those without, wherever they
    // cool; only then is it all the same. For what cools counted as free when it was offered:
    // a card place that stayed behind here would be missing in the pool.
    let kinds: [Takes; 3] = [with_cards, without_cards, any];
    for takes in kinds {
        for place in left.iter_mut().flatten() {
            if let Some(wanted) = offered.get_mut(&place.pool_id) {
                takes(place, wanted);
            }
        }
    }
    let mut done = Consumed::default();
    for (hold, left) in cooling.iter().zip(left) {
        if left == hold.places {
            continue;
        }
        done.ended.push(hold.id);
        // Card places beyond the people that are left are free.
        for place in &left {
            let change = done.changes.entry(place.pool_id).or_default();
            change.1 -= (place.cards - place.people).max(0);
        }
        let rest: Vec<Kept> = left
            .into_iter()
            .filter(|place| place.people > 0)
            .map(|place| Kept {
                cards: place.cards.min(place.people),
                ..place
            })
            .collect();
        if !rest.is_empty() {
            let freed = Freed {
                campaign_id: hold.campaign_id,
                window_id: hold.window_id,
                places: rest,
            };
            let until = hold.expires_at;
            done.kept.push(keep(
                crate::new_id(),
                &freed,
                Kind::Cooling,
                None,
                now,
                until,
            ));
        }
    }
    for (pool, left) in offered {
        let change = done.changes.entry(*pool).or_default();
        change.0 += left.people;
        change.1 += left.cards;
    }
    done.changes.retain(|_, change| *change != (0, 0));
    done
}

fn with_cards(place: &mut Kept, wanted: &mut Kept) {
    let n = place.cards.min(wanted.cards);
    place.people -= n;
    place.cards -= n;
    wanted.people -= n;
    wanted.cards -= n;
}

fn without_cards(place: &mut Kept, wanted: &mut Kept) {
    let n = (place.people - place.cards).min(wanted.people - wanted.cards);
    place.people -= n;
    wanted.people -= n;
}

/// Whoever is left, wherever: then their cards come from the pool, or go there.
fn any(place: &mut Kept, wanted: &mut Kept) {
    let n = place.people.min(wanted.people);
    place.people -= n;
    wanted.people -= n;
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: Uuid = Uuid::from_u128(1);

    fn places(people: i32, cards: i32) -> Kept {
        Kept {
            pool_id: POOL,
            people,
            cards,
        }
    }

    fn cools(id: u128, kept: Kept) -> Hold {
        Hold {
            id: Uuid::from_u128(id),
            campaign_id: Uuid::nil(),
            window_id: Uuid::nil(),
            kind: Kind::Cooling,
            entry_id: None,
            expires_at: Instant::default(),
            kept: true,
            places: vec![kept],
        }
    }

    /// What cools (people, cards) and what is offered; what cools on, and what changes in the pool.
    #[test]
    fn offers_come_out_of_what_cools_and_cards_out_of_card_places() {
        type Pair = (i32, i32);
        let table: [(&[Pair], Pair, Pair, Pair); 8] = [
            // A card place stands behind another: it is taken all the same.
            (&[(1, 0), (1, 1)], (1, 1), (1, 0), (0, 0)),
            (&[(1, 1), (1, 0)], (1, 0), (1, 1), (0, 0)),
            (&[(2, 1)], (1, 1), (1, 0), (0, 0)),
            (&[(2, 1)], (1, 0), (1, 1), (0, 0)),
            (&[(2, 0), (2, 2)], (3, 1), (1, 1), (0, 0)),
            // Nobody needs its card: that is free.
            (&[(1, 1)], (1, 0), (0, 0), (0, -1)),
            // The card comes from the pool.
            (&[(1, 0)], (1, 1), (0, 0), (0, 1)),
            // Not enough cools.
            (&[(1, 1)], (3, 2), (0, 0), (2, 1)),
        ];
        for (cooling, offered, cools_on, change) in table {
            let case = format!("{cooling:?} for {offered:?}");
            let holds: Vec<Hold> = (cooling.iter().zip(2..))
                .map(|(c, id)| cools(id, places(c.0, c.1)))
                .collect();
            let mut wanted = BTreeMap::from([(POOL, places(offered.0, offered.1))]);
            let done = consume(&holds, &mut wanted, Instant::default());
            let untouched = holds.iter().filter(|h| !done.ended.contains(&h.id));
            let untouched = untouched.flat_map(|h| &h.places);
            let rest = done.kept.iter().flat_map(|h| &h.places).map(|(_, p)| p);
            let sum = (untouched.chain(rest))
                .fold((0, 0), |sum: Pair, p| (sum.0 + p.people, sum.1 + p.cards));
            assert_eq!(sum, cools_on, "{case}");
            let changed = done.changes.get(&POOL).copied().unwrap_or_default();
            assert_eq!(changed, change, "{case}");
        }
    }
}

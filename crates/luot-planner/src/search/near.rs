//! Whoever has to move comes as near to what was promised as the same cost allows.
//!
//! The model counts who moves, not how far: to the annealing, tomorrow is as good as in three weeks. So when it is
//! over, those who move are looked at once more, one after the other: another session with room that is nearer, or to
//! change places with somebody to whom it is all the same. Nothing is done that costs more.

use super::anneal::{Packed, pack, unpack};
use super::moves::Mark;
use super::problem::{NONE, Problem};
use super::score::Penalty;
use super::state::State;

/// How often all who move are looked at, at most; mostly the second time finds nothing more.
const PASSES: usize = 4;
/// Sessions nearer than where somebody comes now that are looked at, at most.
const NEARER: usize = 64;

/// The same plan, at the same cost or less, in which who moves comes nearer to what was promised.
pub(super) fn nearer(p: &Problem<'_>, plan: &Packed, penalty: Penalty) -> Packed {
    let mut state = unpack(p, plan, penalty);
    for _ in 0..PASSES {
        let moved = moved(&state);
        let mut better = false;
        for (cohort, session) in moved {
            // Somebody before may have changed places with them.
            if state.loose(cohort, session) > 0 {
                better |= bring_near(&mut state, cohort, session);
            }
        }
        if !better {
            break;
        }
    }
    pack(&state)
}

/// Who comes to a session that was not promised, and which.
fn moved(state: &State<'_>) -> Vec<(u32, u32)> {
    let all = state.p.cohorts.iter().zip(&state.parts).zip(0..);
    let promised = all.filter(|((group, _), _)| group.promised > 0);
    promised
        .flat_map(|((group, parts), cohort)| {
            let new = parts
                .iter()
                .filter(|(session, _)| group.was.iter().all(|w| w.0 != *session));
            new.map(move |(session, _)| (cohort, *session))
        })
        .collect()
}

/// How far a session is from the nearest that was promised to a cohort: days first, then another site, then shifts.
fn distance(state: &State<'_>, cohort: u32, session: u32) -> u64 {
    let p = state.p;
    let was = p.cohorts[cohort as usize].was.iter().map(|w| w.0);
    let from = |was: u32| {
        let (here, there) = (p.cell(session), p.cell(was));
        let days = p.day[here].abs_diff(p.day[there]);
        let shifts = p.shift[here].abs_diff(p.shift[there]);
        let elsewhere = p.site(session) != p.site(was);
        // There are at most twelve shifts.
        u64::from(days) * 32 + u64::from(elsewhere) * 16 + u64::from(shifts)
    };
    was.filter(|w| *w != NONE).map(from).min().unwrap_or(0)
}

/// Whether somebody could come nearer to what was promised; then they do.
fn bring_near(state: &mut State<'_>, cohort: u32, session: u32) -> bool {
    let p = state.p;
    let far = distance(state, cohort, session);
    let mut choices: Vec<(u64, u32)> = Vec::new();
    for &site in &p.cohorts[cohort as usize].sites {
        for cell in p.first_free..p.cells {
            let there = p.session(site, cell);
            if p.offers(cohort, there) && !state.crews[there as usize].is_empty() {
                let near = distance(state, cohort, there);
                if near < far {
                    choices.push((near, there));
                }
            }
        }
    }
    choices.sort_unstable();
    choices.truncate(NEARER);
    choices.into_iter().any(|(_, there)| {
        goes(state, cohort, session, there) || changes(state, cohort, session, there)
    })
}

/// Goes to another session, where there is room and it costs no more.
fn goes(state: &mut State<'_>, cohort: u32, session: u32, there: u32) -> bool {
    let mark = state.mark();
    let people = state.loose(cohort, session);
    if !fits(state, cohort, there, people) {
        return false;
    }
    state.take(cohort, session, people);
    state.give(cohort, there, people);
    keep_or_undo(state, &mark)
}

/// Changes places with somebody of another session, where that costs no more and is nearer for both together.
fn changes(state: &mut State<'_>, cohort: u32, session: u32, there: u32) -> bool {
    let people = state.loose(cohort, session);
    let gone = distance(state, cohort, session) - distance(state, cohort, there);
    for guest in state.guests[there as usize].clone() {
        let theirs = state.loose(guest, there);
        if theirs == 0 || guest == cohort || !state.p.offers(guest, session) {
            continue;
        }
        let (from, to) = (
            distance(state, guest, there),
            distance(state, guest, session),
        );
        if to >= from + gone {
            continue;
        }
        let mark = state.mark();
        state.take(cohort, session, people);
        state.take(guest, there, theirs);
        if fits(state, cohort, there, people) && fits(state, guest, session, theirs) {
            state.give(cohort, there, people);
            state.give(guest, session, theirs);
            if keep_or_undo(state, &mark) {
                return true;
            }
        } else {
            state.undo_to(&mark);
        }
    }
    false
}

fn fits(state: &State<'_>, cohort: u32, session: u32, people: u32) -> bool {
    let slack = state.sessions[session as usize].slack(state.p.cohorts[cohort as usize].card);
    // A session has far fewer people than would not fit.
    people > 0 && slack >= people as i32
}

fn keep_or_undo(state: &mut State<'_>, mark: &Mark) -> bool {
    let keep = state.cost <= mark.cost;
    if !keep {
        state.undo_to(mark);
    }
    keep
}

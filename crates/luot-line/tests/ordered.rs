//! One suite for the ordered index, in memory and on Redis.

#![allow(
    clippy::expect_used,
    reason = "in a test, what must not happen may panic"
)]

use std::sync::Arc;

use luot_line::{Backend, Changed, Entry, Key, LineError, Member, Ordered, RANK_MOST, Step};
use uuid::Uuid;

/// Runs a test on both.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($index:ident) $body:block)*) => {
        $(mod $name {
            use super::*;

            async fn check($index: Arc<dyn Ordered>) $body

            #[tokio::test]
            async fn in_memory() {
                check(Backend::Memory.ordered()).await;
            }

            #[tokio::test]
            async fn on_redis() {
                check(redis().ordered()).await;
            }
        })*
    };
}

fn redis() -> Backend {
    let address =
        std::env::var("LUOT_TEST_REDIS").expect("LUOT_TEST_REDIS is set by `cargo xtask test`");
    Backend::redis(&address).expect("an address")
}

/// A connection of one's own to it.
fn beside() -> redis::aio::ConnectionManager {
    match redis() {
        Backend::Redis(_, manager) => manager,
        Backend::Memory => unreachable!("it is Redis"),
    }
}

fn a_key() -> Key {
    Key::new("test", Uuid::now_v7())
}

fn member(id: u128) -> Member {
    Uuid::from_u128(id).into()
}

fn entry(member_id: u128, rank: i64) -> Entry {
    Entry {
        member: member(member_id),
        rank,
    }
}

/// From the version before it.
fn step(to: i64) -> Step {
    Step { from: to - 1, to }
}

async fn order(index: &Arc<dyn Ordered>, key: &Key) -> Option<(i64, Vec<u128>)> {
    let seen = index.page(key, 0, 100).await.expect("an answer")?;
    let members = seen.value.iter().map(|e| e.member.id.as_u128()).collect();
    Some((seen.version, members))
}

on_both! {
    async fn the_least_rank_is_first_and_of_equals_the_least_member(index) {
        let key = a_key();
        let entries = [entry(7, 5), entry(2, 9), entry(9, -3), entry(1, 9), entry(3, 5)];
        index.replace(&key, 4, &entries).await.expect("replaced");
        assert_eq!(order(&index, &key).await, Some((4, vec![9, 3, 7, 1, 2])));
        let page = index.page(&key, 1, 2).await.expect("an answer").expect("whole");
        assert_eq!(page.value, [entry(3, 5), entry(7, 5)]);
        let none = index.page(&key, 1, 0).await.expect("an answer").expect("whole");
        assert_eq!(none.value, []);
        let beyond = index.page(&key, 9, 2).await.expect("an answer").expect("whole");
        assert_eq!(beyond.value, []);
    }

    async fn what_was_never_built_is_lost_and_not_empty(index) {
        let key = a_key();
        let member = member(1);
        assert_eq!(index.page(&key, 0, 9).await.expect("an answer"), None);
        assert_eq!(index.count(&key).await.expect("an answer"), None);
        assert_eq!(index.position(&key, member).await.expect("an answer"), None);
        let changed = index.change(&key, step(1), &[entry(1, 1)], &[]).await;
        assert_eq!(changed.expect("an answer"), Changed::Behind);
        index.replace(&key, 0, &[]).await.expect("replaced");
        assert_eq!(order(&index, &key).await, Some((0, vec![])));
        index.forget(&key).await.expect("forgotten");
        assert_eq!(order(&index, &key).await, None);
    }

    async fn a_change_puts_moves_and_takes_out(index) {
        let key = a_key();
        index.replace(&key, 1, &[entry(1, 10), entry(2, 20), entry(3, 30)]).await.expect("replaced");
        let changed = index
            .change(&key, step(2), &[entry(1, 40), entry(4, 25)], &[member(3), member(8)])
            .await;
        assert_eq!(changed.expect("an answer"), Changed::Made);
        assert_eq!(order(&index, &key).await, Some((2, vec![2, 4, 1])));
        let at = async |id| {
            let seen = index.position(&key, member(id)).await.expect("an answer");
            seen.expect("whole").value
        };
        assert_eq!((at(2).await, at(1).await, at(3).await), (Some(0), Some(2), None));
        let count = index.count(&key).await.expect("an answer").expect("whole");
        assert_eq!((count.version, count.value), (2, 3));
    }

    async fn the_last_one_out_leaves_an_empty_set_and_not_a_lost_one(index) {
        let key = a_key();
        index.replace(&key, 1, &[entry(1, 10)]).await.expect("replaced");
        let changed = index.change(&key, step(2), &[], &[member(1)]).await;
        assert_eq!(changed.expect("an answer"), Changed::Made);
        assert_eq!(order(&index, &key).await, Some((2, vec![])));
        let changed = index.change(&key, step(3), &[entry(5, 1)], &[]).await;
        assert_eq!(changed.expect("an answer"), Changed::Made);
        assert_eq!(order(&index, &key).await, Some((3, vec![5])));
    }

    async fn a_change_that_comes_before_its_turn_or_twice_does_no_harm(index) {
        let key = a_key();
        index.replace(&key, 1, &[entry(1, 10)]).await.expect("replaced");
        let change = async |to, member| {
            let made = index.change(&key, step(to), &[entry(member, 0)], &[]).await;
            made.expect("an answer")
        };
        assert_eq!(change(3, 3).await, Changed::Behind);
        assert_eq!(change(2, 2).await, Changed::Made);
        assert_eq!(change(2, 9).await, Changed::Known);
        assert_eq!(order(&index, &key).await, Some((2, vec![2, 1])));
    }

    async fn an_older_state_does_not_replace_a_newer_one(index) {
        let key = a_key();
        index.replace(&key, 5, &[entry(1, 10)]).await.expect("replaced");
        index.replace(&key, 4, &[]).await.expect("left");
        assert_eq!(order(&index, &key).await, Some((5, vec![1])));
        index.replace(&key, 5, &[entry(2, 10)]).await.expect("replaced");
        assert_eq!(order(&index, &key).await, Some((5, vec![2])));
    }

    async fn without_versions_the_number_says_only_that_it_is_whole(index) {
        let key = a_key();
        let whole = Step { from: 1, to: 1 };
        let lost = index.change(&key, whole, &[entry(1, 1)], &[]).await;
        assert_eq!(lost.expect("an answer"), Changed::Behind);
        index.replace(&key, 1, &[entry(1, 1)]).await.expect("replaced");
        let changed = index.change(&key, whole, &[entry(2, 0)], &[]).await;
        assert_eq!(changed.expect("an answer"), Changed::Made);
        assert_eq!(order(&index, &key).await, Some((1, vec![2, 1])));
    }

    async fn large_ranks_are_exact_and_larger_ones_refused(index) {
        let key = a_key();
        // Microseconds of the year 2026, one apart.
        let (early, late) = (1_775_606_400_000_000, 1_775_606_400_000_001);
        index.replace(&key, 1, &[entry(1, late), entry(2, early)]).await.expect("replaced");
        let seen = index.page(&key, 0, 9).await.expect("an answer").expect("whole");
        assert_eq!(seen.value, [entry(2, early), entry(1, late)]);
        let refused = index.replace(&key, 1, &[entry(1, RANK_MOST + 1)]).await;
        assert!(matches!(refused, Err(LineError::Rank(_))), "{refused:?}");
    }

    async fn of_one_rank_the_least_since_is_first_exactly(index) {
        let since = |rank, since, id| Entry { member: Member { since, ..member(id) }, rank };
        // Microseconds of the year 2026, one apart.
        let early = 1_775_606_400_000_000;
        // In order; the rank outweighs all, and an id only tells those of one instant apart.
        let ordered = [
            since(-100, early + 1, 9),
            since(-1, i64::MIN, 8),
            since(-1, -1, 7),
            since(-1, 0, 6),
            since(-1, early, 2),
            since(-1, early, 5),
            since(-1, early + 1, 1),
            since(-1, i64::MAX, 0),
            since(0, i64::MIN, 4),
        ];
        let key = a_key();
        // Half of them at once, half one by one, and neither in order.
        let (some, others): (Vec<Entry>, Vec<Entry>) =
            ordered.iter().rev().partition(|e| e.member.id.as_u128() % 2 == 0);
        index.replace(&key, 0, &some).await.expect("replaced");
        for (to, put) in (1..).zip(&others) {
            let changed = index.change(&key, step(to), &[*put], &[]).await;
            assert_eq!(changed.expect("an answer"), Changed::Made);
        }
        let page = index.page(&key, 0, 99).await.expect("an answer").expect("whole");
        assert_eq!(page.value, ordered);
        for (before, entry) in (0..).zip(&ordered) {
            let seen = index.position(&key, entry.member).await.expect("an answer");
            assert_eq!(seen.expect("whole").value, Some(before), "{entry:?}");
        }
        // Another `since` is another member: nobody of that name is there.
        let stranger = Member { since: early + 2, ..member(2) };
        let seen = index.position(&key, stranger).await.expect("an answer");
        assert_eq!(seen.expect("whole").value, None);
        let out: Vec<Member> = ordered.iter().skip(1).map(|e| e.member).chain([stranger]).collect();
        let changed = index.change(&key, step(9), &[since(-200, early, 2)], &out).await;
        assert_eq!(changed.expect("an answer"), Changed::Behind);
        let to = i64::try_from(others.len()).expect("small") + 1;
        let changed = index.change(&key, step(to), &[since(-200, early, 2)], &out).await;
        assert_eq!(changed.expect("an answer"), Changed::Made);
        assert_eq!(order(&index, &key).await, Some((to, vec![2, 9])));
    }

    async fn thousands_go_in_and_out_at_once(index) {
        let key = a_key();
        let many: Vec<_> = (0_i64..5_000).map(|n| entry(n.unsigned_abs().into(), -n)).collect();
        index.replace(&key, 1, &many).await.expect("replaced");
        let all: Vec<_> = many.iter().map(|e| e.member).collect();
        let half = all.split_at(2_500).0;
        let changed = index.change(&key, step(2), &many, half).await;
        assert_eq!(changed.expect("an answer"), Changed::Made);
        let count = index.count(&key).await.expect("an answer").expect("whole");
        assert_eq!(count.value, 5_000);
        let changed = index.change(&key, step(3), &[], &all).await;
        assert_eq!(changed.expect("an answer"), Changed::Made);
        assert_eq!(order(&index, &key).await, Some((3, vec![])));
    }
}

#[tokio::test]
async fn a_set_that_was_lost_without_its_version_counts_as_lost() {
    let mut manager = beside();
    let (index, key) = (redis().ordered(), a_key());
    index
        .replace(&key, 1, &[entry(1, 1), entry(2, 2)])
        .await
        .expect("replaced");
    let evicted: i64 = redis::cmd("ZREM")
        .arg(key.to_string())
        .arg(
            [
                &[0x80, 0, 0, 0, 0, 0, 0, 0],
                &Uuid::from_u128(1).as_bytes()[..],
            ]
            .concat(),
        )
        .query_async(&mut manager)
        .await
        .expect("an answer");
    assert_eq!((evicted, order(&index, &key).await), (1, None));
}

#[tokio::test]
async fn a_redis_that_has_forgotten_the_scripts_learns_them_again() {
    let index = redis().ordered();
    let key = a_key();
    index.replace(&key, 0, &[]).await.expect("replaced");
    let mut connection = beside();
    redis::cmd("SCRIPT")
        .arg("FLUSH")
        .query_async::<()>(&mut connection)
        .await
        .expect("forgotten");
    index.replace(&key, 1, &[]).await.expect("replaced");
    index
        .change(&key, step(2), &[entry(1, 1)], &[])
        .await
        .expect("changed");
    assert_eq!(order(&index, &key).await, Some((2, vec![1])));
}

/// Also when its last member has left in the meantime, with whom Redis forgets the time.
#[tokio::test]
async fn no_set_is_kept_for_ever() {
    let index = redis().ordered();
    let key = a_key();
    index.replace(&key, 0, &[]).await.expect("replaced");
    for (n, out) in [(1, None), (2, Some(1)), (3, None)] {
        let put: Vec<Entry> = out.is_none().then(|| entry(n, 1)).into_iter().collect();
        let remove: Vec<Member> = out.map(member).into_iter().collect();
        let version = i64::try_from(n).expect("small");
        let changed = index.change(&key, step(version), &put, &remove).await;
        assert_eq!(changed.expect("an answer"), Changed::Made);
    }
    let mut connection = beside();
    for kept in [key.to_string(), format!("{key}:is")] {
        let seconds: i64 = redis::cmd("TTL")
            .arg(&kept)
            .query_async(&mut connection)
            .await
            .expect("an answer");
        assert!(seconds > 0, "{kept} is kept for {seconds} s");
    }
}

#[tokio::test]
async fn a_redis_that_is_away_says_so_and_keeps_nobody_waiting() {
    // Nothing listens on the port after the listener is gone.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("redis://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let index = Backend::redis(&address).expect("an address").ordered();
    let key = a_key();
    let first = index.count(&key).await;
    assert!(matches!(first, Err(LineError::Redis(_))), "{first:?}");
    let second = index.count(&key).await;
    assert!(matches!(second, Err(LineError::Away)), "{second:?}");
}

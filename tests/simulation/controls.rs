//! The checks can fail: what is done to the database behind the service's back is found, and
//! told with the command that plays it again.

use luot_testkit::sim::{Kept, Plan, Sabotage, play};

/// Who is next.
const FIRST: &str = "(SELECT id FROM ticket WHERE state = 'waiting' ORDER BY rank LIMIT 1)";

/// What the story of a seed dies of, if it does.
async fn dies_of(seed: u64, sabotage: Sabotage) -> Option<String> {
    // Small, and soon played.
    let plan = Plan {
        days: 1,
        records: 10,
        ..Plan::short(seed)
    };
    plan_dies_of(plan, sabotage).await
}

/// What a story dies of, if it does.
async fn plan_dies_of(plan: Plan, sabotage: Sabotage) -> Option<String> {
    let plan = Plan {
        sabotage: Some(sabotage),
        ..plan.with_index(Kept::Together)
    };
    let command = format!(
        "cargo xtask simulate --seed {} --days {} --records {}",
        plan.seed, plan.days, plan.records
    );
    let told = tokio::task::LocalSet::new()
        .run_until(async move { tokio::task::spawn_local(async move { play(plan).await }).await })
        .await;
    let died = told.err()?.into_panic();
    let why = died.downcast_ref::<String>().expect("a reason").clone();
    assert!(why.contains(&command), "{why}");
    Some(why)
}

async fn is_found(when: &'static str, sql: String, meaning: &str) {
    let sql: &'static str = sql.leak();
    let why = dies_of(3, Sabotage { when, sql }).await;
    let why = why.expect("what was done was not found");
    assert!(why.contains(meaning), "{why}");
}

#[tokio::test]
async fn who_is_dropped_from_the_line_is_missed() {
    let walks = "SELECT count(*) FROM ticket WHERE state = 'waiting' AND appointment_id IS NULL";
    let sql = "DELETE FROM ticket WHERE state = 'waiting' AND appointment_id IS NULL";
    is_found(walks, sql.into(), "tickets were given").await;
    let sql = format!(
        "UPDATE ticket SET state = 'closed' WHERE appointment_id IS NOT NULL AND id = {FIRST}"
    );
    is_found(
        "SELECT count(*) FROM ticket WHERE appointment_id IS NOT NULL AND id = \
         (SELECT id FROM ticket WHERE state = 'waiting' ORDER BY rank LIMIT 1)",
        sql,
        "somebody who arrived is in no line",
    )
    .await;
}

#[tokio::test]
async fn a_line_in_another_order_is_noticed() {
    // The index has the right order, and says that it is of this version. In a story that loses
    // it at that moment it is built anew from what was done; then only the turns tell, and not
    // of somebody who has just come.
    let sql = format!("UPDATE ticket SET rank = rank + 1000000000000 WHERE id = {FIRST}");
    let sql: &'static str = sql.leak();
    let when = "SELECT max(0, count(*) - 1) FROM ticket WHERE state = 'waiting'";
    for seed in 3..8 {
        let Some(why) = dies_of(seed, Sabotage { when, sql }).await else {
            continue;
        };
        if why.contains("the index says it is right, and is not") {
            return;
        }
        assert!(why.contains("changed for no reason"), "{why}");
    }
    panic!("the index noticed nothing in any of five stories");
}

#[tokio::test]
async fn a_waitlist_in_another_order_is_noticed() {
    // The same, of those who wait for places. The index is built when the first joins, perhaps
    // from what was done; so this is done when two wait.
    let sql = "UPDATE waitlist_entry SET priority = priority + 1 WHERE state = 'waiting'";
    let when = "SELECT max(0, count(*) - 1) FROM waitlist_entry WHERE state = 'waiting'";
    for seed in 3..8 {
        let plan = Plan::short(seed);
        if let Some(why) = plan_dies_of(plan, Sabotage { when, sql }).await {
            let noticed = "the waitlist's index says it is of version";
            return assert!(why.contains(noticed), "{why}");
        }
    }
    panic!("nothing was noticed in any of five stories");
}

#[tokio::test]
async fn a_turn_that_changes_for_no_reason_is_noticed() {
    // Whoever is called is in no index: only their turn tells.
    let called = "SELECT count(*) FROM ticket WHERE state = 'called'";
    for by in ["+ 1048576", "- 1048576"] {
        let sql = format!("UPDATE ticket SET rank = rank {by} WHERE state = 'called'");
        is_found(called, sql, "changed for no reason").await;
    }
}

#[tokio::test]
async fn a_place_too_many_and_one_too_few_are_noticed() {
    let booked = "SELECT count(*) FROM appointment WHERE state = 'booked'";
    let first = "(SELECT pool_id FROM appointment WHERE state = 'booked' LIMIT 1)";
    let sql = format!("UPDATE pool SET taken = taken - 1 WHERE id = {first}");
    is_found(booked, sql, "what is taken is not what people have").await;
    let sql = format!("UPDATE pool SET places = places + 50 WHERE id = {first}");
    is_found(booked, sql, "a session has more places than records").await;
}

#[tokio::test]
async fn who_lost_a_place_and_has_no_claim_is_noticed() {
    let booked = "SELECT count(*) FROM appointment WHERE state = 'booked'";
    let sql = "UPDATE pool SET taken = taken - 1 WHERE id = (SELECT pool_id FROM appointment WHERE state = 'booked' \
               ORDER BY id LIMIT 1); UPDATE appointment SET state = 'displaced' WHERE id = \
               (SELECT id FROM appointment WHERE state = 'booked' ORDER BY id LIMIT 1)";
    is_found(booked, sql.into(), "has no claim to another").await;
}

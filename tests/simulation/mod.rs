//! A commune's campaign from ten seeds; see `luot_testkit::sim`. A seed that fails plays
//! again by `cargo xtask simulate --seed N --days 2 --records 20`.

use luot_testkit::sim::{Plan, Report, play};

async fn plays(seeds: std::ops::RangeInclusive<u64>) -> Vec<Report> {
    let mut reports = Vec::new();
    for seed in seeds {
        reports.push(play(Plan::short(seed)).await);
    }
    reports
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_lost_in_five_campaigns() {
    let reports = plays(1..=5).await;
    // The stories have what makes them hard.
    assert!(reports.iter().any(|r| r.trouble.0 > 0), "no crash");
    assert!(reports.iter().any(|r| r.trouble.1 > 0), "no loss");
    assert!(reports.iter().all(|r| r.booked.0 > 0 && r.repeated > 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_lost_in_five_more() {
    let reports = plays(6..=10).await;
    assert!(reports.iter().any(|r| r.noshow > 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_plays_the_same_story() {
    let once = play(Plan::short(7)).await;
    let again = play(Plan::short(7)).await;
    assert_eq!((once.digest, once.events), (again.digest, again.events));
}

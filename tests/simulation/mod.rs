//! A commune's campaign from ten seeds; see `luot_testkit::sim`. A seed that fails plays
//! again by `cargo xtask simulate --seed N --days 3 --records 20 --check-every 10`.

use luot_testkit::sim::{Plan, Report, play};

async fn plays(seeds: std::ops::RangeInclusive<u64>) -> Vec<Report> {
    let mut reports = Vec::new();
    for seed in seeds {
        reports.push(play(Plan::short(seed)).await);
    }
    reports
}

/// How many of that all stories together have.
fn all(reports: &[Report], of: fn(&Report) -> usize) -> usize {
    reports.iter().map(of).sum()
}

#[tokio::test]
async fn nobody_is_lost_in_five_campaigns() {
    let reports = plays(1..=5).await;
    // The stories have what makes them hard.
    for point in 0..3 {
        let crashes = reports.iter().map(|r| r.crashes[point]).sum::<usize>();
        assert!(crashes > 0, "no crash at point {point}");
    }
    for (what, of) in [
        ("index lost", (|r| r.trouble.0) as fn(&Report) -> usize),
        ("station vanished", |r| r.trouble.1),
        ("answer repeated", |r| r.repeated),
        ("family booked", |r| r.booked.0),
        ("pupil booked", |r| r.pupils),
        ("place of a school opened", |r| r.opened),
        ("appointment cancelled", |r| r.cancelled),
        ("appointment moved", |r| r.moved),
        ("no-show", |r| r.noshow),
        ("party waiting for places", |r| r.waitlist.joined),
        ("offer taken", |r| r.waitlist.taken),
        ("offer declined", |r| r.waitlist.declined),
        ("offer run out", |r| r.waitlist.expired),
        ("proposal published", |r| r.proposals),
        ("place lost", |r| r.displaced),
    ] {
        assert!(all(&reports, of) > 0, "no {what}");
    }
    // Half wait no longer than the median they are told, nine in ten no longer than the other.
    let told: Vec<_> = reports.iter().map(Report::calibration).collect();
    let people: usize = told.iter().map(|t| t.2).sum();
    let share = |of: fn(&(f64, f64, usize)) -> f64| {
        told.iter().map(|t| of(t) * t.2 as f64).sum::<f64>() / people as f64
    };
    let (half, most) = (share(|t| t.0), share(|t| t.1));
    assert!(people > 150, "{people} were told how long they wait");
    assert!(
        (0.4..0.72).contains(&half),
        "{half:.2} waited within the median"
    );
    assert!(
        (0.8..0.97).contains(&most),
        "{most:.2} waited within nine in ten"
    );
}

#[tokio::test]
async fn nobody_is_lost_in_five_more() {
    plays(6..=10).await;
}

#[tokio::test]
async fn the_same_seed_plays_the_same_story() {
    let once = play(Plan::short(7)).await;
    let again = play(Plan::short(7)).await;
    assert_eq!((once.digest, once.events), (again.digest, again.events));
}

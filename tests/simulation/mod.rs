//! A commune's campaign from ten seeds; see `luot_testkit::sim`. A seed that fails says by
//! which command it is played again.

mod controls;

use std::thread::JoinHandle;

use luot_testkit::sim::{Kept, Kind, Plan, Report, play};

/// Plays some on a thread of their own.
fn plays(plans: Vec<Plan>) -> JoinHandle<Vec<Report>> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let mut reports = Vec::new();
            for plan in plans {
                reports.push(play(plan).await);
            }
            reports
        })
    })
}

/// How many of that all stories together have.
fn all(reports: &[Report], of: impl Fn(&Report) -> usize) -> usize {
    reports.iter().map(of).sum()
}

/// The stories have what makes them hard.
fn are_hard(reports: &[Report]) {
    for (what, of) in [
        ("station vanished", (|r| r.vanished) as fn(&Report) -> usize),
        ("call went back", |r| r.lapsed),
        ("answer repeated", |r| r.repeated),
        ("call for a card", |r| r.cards),
        ("family booked", |r| r.booked.0),
        ("pupil booked", |r| r.pupils),
        ("place of a school opened", |r| r.opened),
        ("appointment cancelled", |r| r.cancelled),
        ("appointment moved", |r| r.moved),
        ("no-show", |r| r.noshow),
        ("party waiting for places", |r| r.waitlist.joined),
        ("index of those who wait", |r| r.orders),
        ("offer taken", |r| r.waitlist.taken),
        ("offer declined", |r| r.waitlist.declined),
        ("offer run out", |r| r.waitlist.expired),
        ("proposal published", |r| r.proposals),
        ("place lost", |r| r.displaced),
        ("class moved", |r| r.moved_along),
        ("machine broken on the day", |r| r.broke_on_the_day),
        ("walk-in turned away", |r| r.full),
    ] {
        assert!(all(reports, of) > 0, "no {what}");
    }
    for loss in ["Emptied", "Away", "Lagging", "Ahead"] {
        let times = all(reports, |r| r.losses.get(loss).copied().unwrap_or(0));
        assert!(times > 0, "the index was never {loss}");
    }
}

/// Servers died at every step there is, and not only of the first transaction.
fn die_everywhere(reports: &[Report]) {
    for point in 0..4 {
        let crashes = all(reports, |r| r.crashes_at(point));
        assert!(crashes > 0, "no crash at point {point}");
    }
    for (kind, steps) in [
        (Kind::Booking, 1..=4),
        (Kind::Waitlist, 1..=4),
        (Kind::Arrival, 1..=4),
        (Kind::Station, 1..=4),
        (Kind::Report, 1..=4),
        (Kind::Publishing, 1..=4),
        (Kind::Sweep, 1..=6),
    ] {
        let at = |step| {
            all(reports, |r| {
                let of = r.crashes.get(&kind);
                of.and_then(|c| c.at_step.get(&step)).copied().unwrap_or(0)
            })
        };
        let crashes: Vec<_> = steps.map(|step| (step, at(step))).collect();
        println!("crashes of {kind:?} by step: {crashes:?}");
        let missing = crashes.iter().find(|(_, crashes)| *crashes == 0);
        assert_eq!(missing, None, "no crash of {kind:?} there");
    }
}

/// Half wait no longer than the median they are told, nine in ten no longer than the other:
/// of those who were told more than a minute, and for whom no machine broke while they waited.
fn are_told_the_truth(reports: &[Report]) {
    let told: Vec<_> = reports.iter().map(Report::calibration).collect();
    let people: usize = told.iter().map(|t| t.2).sum();
    let share = |of: fn(&(f64, f64, usize)) -> f64| {
        told.iter().map(|t| of(t) * t.2 as f64).sum::<f64>() / people as f64
    };
    let (half, most) = (share(|t| t.0), share(|t| t.1));
    println!(
        "{people} were told: {half:.3} waited within the median, {most:.3} within nine in ten"
    );
    assert!(people > 400, "{people} were told how long they wait");
    assert!(
        (0.40..0.60).contains(&half),
        "{half:.3} waited within the median"
    );
    assert!(
        (0.83..0.95).contains(&most),
        "{most:.3} waited within nine in ten"
    );
}

#[test]
fn nobody_is_lost_in_ten_campaigns() {
    let in_memory = (1..=5).map(|seed| {
        let kept = if seed % 2 == 0 {
            Kept::Apart
        } else {
            Kept::Together
        };
        Plan::short(seed).with_index(kept)
    });
    let on_redis = (6..=10).map(|seed| Plan::short(seed).with_index(Kept::OnRedis));
    let both = [plays(in_memory.collect()), plays(on_redis.collect())];
    let mut reports = Vec::new();
    for played in both {
        match played.join() {
            Ok(played) => reports.extend(played),
            Err(broken) => std::panic::resume_unwind(broken),
        }
    }
    for report in &reports {
        println!("{report}\n");
    }
    are_hard(&reports);
    die_everywhere(&reports);
    are_told_the_truth(&reports);
}

/// Wherever the index is, and whatever befalls it there: nobody notices.
#[test]
fn the_same_seed_plays_the_same_story_wherever_the_index_is() {
    let plan = |seed, kept| {
        let days = 2;
        let short = Plan::short(seed).with_index(kept);
        Plan { days, ..short }
    };
    let both = [
        plays(vec![plan(7, Kept::Together), plan(7, Kept::Apart)]),
        plays(vec![plan(7, Kept::Together), plan(7, Kept::OnRedis)]),
        plays(vec![plan(8, Kept::Together)]),
    ];
    let reports = both
        .into_iter()
        .flat_map(|played| played.join().expect("played"));
    let told: Vec<_> = reports.map(|r| (r.digest, r.events)).collect();
    assert!(told[..4].iter().all(|story| *story == told[0]), "{told:x?}");
    assert_ne!(told[4], told[0], "another seed, another story");
}

#[test]
fn what_plays_a_story_again_is_read_as_it_is_written() {
    for plan in [
        Plan::weeks(3),
        Plan::short(18_446_744_073_709_551_615).with_index(Kept::Apart),
        Plan::short(4).with_index(Kept::OnRedis),
    ] {
        let command = plan.to_string();
        let words = command.strip_prefix("cargo xtask simulate ").expect("it");
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let read = Plan::read(&words).expect("a plan");
        assert_eq!(format!("{read:?}"), format!("{plan:?}"));
    }
}

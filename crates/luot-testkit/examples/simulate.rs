//! Plays a commune's campaign from a seed: `simulate [--seed N] [--days N]`.

use luot_testkit::sim::{Plan, play};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut plan = Plan::weeks(1);
    for pair in words.chunks(2) {
        match pair {
            [name, value] if name == "--seed" => plan.seed = value.parse()?,
            [name, value] if name == "--days" => plan.days = value.parse()?,
            [name, value] if name == "--records" => plan.records = value.parse()?,
            [name, value] if name == "--check-every" => {
                plan.check_every = value.parse::<usize>()?.max(1);
            }
            _ => {
                return Err(
                    "simulate takes --seed N, --days N, --records N, --check-every N".into(),
                );
            }
        }
    }
    let begun = std::time::Instant::now();
    let report = play(plan).await;
    println!("{report}");
    println!("played in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

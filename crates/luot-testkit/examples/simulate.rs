//! Plays a commune's campaign from a seed: `simulate [--seed N] [--days N] [--records N] [--index KEPT]`.

use luot_testkit::sim::{Plan, play};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let plan = Plan::read(&words)?;
    let begun = std::time::Instant::now();
    let report = play(plan).await;
    println!("{report}");
    println!("played in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

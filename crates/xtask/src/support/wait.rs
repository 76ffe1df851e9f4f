//! Waiting for something that another process does.

use std::time::{Duration, Instant};

use super::Result;

/// Asks every 50 ms until the answer is there, or fails with `what` when it has not come in time.
pub(crate) fn until<T>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if begun.elapsed() > limit {
            return Err(format!("waited {} s for {what}", limit.as_secs()).into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

//! Sharing whole things out in proportion.

/// Shares `total` out in proportion to `weights`, by largest remainder; the earlier part
/// wins a tie. The parts add up to `total`, or to zero where all weights are zero.
#[must_use]
pub fn by_largest_remainder(total: u32, weights: &[u32]) -> Vec<u32> {
    let sum: u64 = weights.iter().map(|&w| u64::from(w)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let exact = |w: u32| u64::from(total) * u64::from(w);
    // A share is at most `total`, so it fits.
    let mut parts: Vec<u32> = weights
        .iter()
        .map(|&w| u32::try_from(exact(w) / sum).unwrap_or(u32::MAX))
        .collect();
    let left = total - parts.iter().sum::<u32>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|&i| (std::cmp::Reverse(exact(weights[i]) % sum), i));
    for &i in by_remainder.iter().take(left as usize) {
        parts[i] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::by_largest_remainder;

    #[test]
    fn shares_add_up_and_the_earlier_wins_a_tie() {
        for (total, weights, parts) in [
            (60, vec![1; 8], vec![8, 8, 8, 8, 7, 7, 7, 7]),
            (160, vec![1; 16], vec![10; 16]),
            (7, vec![30, 30, 15], vec![3, 3, 1]),
            (0, vec![1, 1], vec![0, 0]),
            (5, vec![0, 0], vec![0, 0]),
            (5, vec![], vec![]),
        ] {
            assert_eq!(by_largest_remainder(total, &weights), parts);
        }
    }
}

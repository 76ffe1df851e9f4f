//! Chance from a seed: the same seed, the same story.

/// A small generator of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x5bd1_e995_9d1b_58a5)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        // 53 bits: exact.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of that likelihood happens.
    pub fn happens(&mut self, likely: f64) -> bool {
        self.share() < likely
    }

    /// One of so many.
    pub fn roll(&mut self, sides: usize) -> usize {
        usize::try_from(self.next() % sides.max(1) as u64).expect("small")
    }

    /// Around zero, with a standard deviation of one.
    pub fn normal(&mut self) -> f64 {
        // The sum of twelve shares has variance one (Irwin and Hall).
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }

    /// Waiting for something that happens every so many seconds.
    pub fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }
}

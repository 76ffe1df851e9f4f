//! Limits, and why they are what they are.

/// Requests that wait for the intake. More would wait longer than a person does: at a few
/// thousand a second this is a second or two. Beyond it, `503` at once.
pub const INTAKE_QUEUE: usize = 4_096;
/// Requests that share a transaction. Larger ones gain little and make everybody wait for
/// the slowest statement.
pub const INTAKE_BATCH: usize = 256;
/// How long a first answer is kept for retries.
pub const ANSWER_HOURS: i64 = 24;
/// Most windows in one answer about availability; a narrower question is needed beyond.
pub const WINDOWS_MOST: usize = 5_000;
/// Longest text of a name or title, in characters.
pub const NAME_MOST: usize = 200;
/// Shortest key that an anonymous caller may send, so that nobody meets another's by chance:
/// 22 random characters of base 64 are 132 bits.
pub const ANONYMOUS_KEY_LEAST: usize = 22;
/// Longest time a plan may be worked on, in seconds.
pub const PLAN_SECONDS_MOST: u32 = 600;
/// Plans worked on at a time; a planner takes a whole core.
pub const PLANNERS: usize = 1;
/// Plans of one campaign that wait or run. More would only be superseded.
pub const PLANS_RUNNING_MOST: usize = 8;
/// Oldest age in years that a birth date may tell.
pub const AGE_MOST: u32 = 130;
/// Years in which a campaign may lie: outside of them other programs, and time zones,
/// disagree about what a day is.
pub const CAMPAIGN_YEARS: std::ops::RangeInclusive<i32> = 1900..=2999;
/// Most steps that a plan may be worked on; at some ten thousand a second this is a day.
pub const PLAN_STEPS_MOST: u64 = 1_000_000_000;
/// Largest seed: what every JSON reader keeps exactly (2⁵³ − 1).
pub const PLAN_SEED_MOST: u64 = 9_007_199_254_740_991;

//! How large an input may be, and why.
//!
//! The planner is called from a server: whatever is asked of it must end, and must fit in memory. Beyond a limit
//! an input gets a fault, not a try.

/// Machines. A province has about 200; the whole country's campaigns are planned by province.
pub const MACHINES: usize = 2_000;
/// Sites. A province has about 450.
pub const SITES: usize = 5_000;
/// Cohorts. A province has about 7,500.
pub const COHORTS: usize = 50_000;
/// Days of a campaign: a year and a month.
pub const DAYS: i64 = 400;
/// Shifts of a day; real campaigns have two or three.
pub const SHIFTS: usize = 12;
/// People of one cohort. A whole district seldom has more.
pub const PEOPLE: u32 = 1_000_000;
/// People of all cohorts together, or in a whole plan.
pub const PEOPLE_IN_ALL: u64 = 20_000_000;
/// Records of one shift at rate 1.
pub const RECORDS: u32 = 100_000;
/// Rate of a machine, in hundredths: ten times the normal one is a mistake in the data.
pub const RATE_HUNDREDTHS: u32 = 1_000;
/// Weight of a cohort.
pub const WEIGHT: u32 = 1_000;
/// Weight of a term of the cost.
pub const COST: u64 = 1_000_000;
/// The cost of the dearest plan there could be, which keeps every sum far inside `i64`. A province's is below 10¹².
pub const MOST_COST: i128 = 1 << 60;
/// Minutes of set-up or travel; more than a week is a mistake in the data.
pub const MINUTES: u32 = 10_080;
/// Entries of any other list or plan: a plan for the largest instance has fewer.
pub const ENTRIES: usize = 2_000_000;
/// Length of an identifier or name, in bytes; identifiers are repeated in every line of a plan.
pub const ID_BYTES: usize = 200;
/// Cells (sites or machines × days × shifts) of the dense tables of the search, some 80 bytes each and state: a
/// province has 40,000 for a month, so this is a whole year of it.
pub const CELLS: usize = 2_000_000;
/// Session choices of all cohorts with different calendars or sites together, one bit each.
pub const CHOICES: usize = 2_000_000_000;
/// Faults reported of one input; who has more does not read them.
pub const FAULTS_LISTED: usize = 1_000;
/// Broken rules listed in an assessment.
pub const BROKEN_LISTED: usize = 20;

//! Limits, and why they are what they are.

/// Requests that wait for the intake. More would wait longer than a person does: at a few
/// thousand a second this is a second or two. Beyond it, `503` at once.
pub const INTAKE_QUEUE: usize = 4_096;
/// Requests that share a transaction. Larger ones gain little and make everybody wait for
/// the slowest statement.
pub const INTAKE_BATCH: usize = 256;
/// Requests that a batch waits for while another is under way or has just been decided, and how
/// long at most.
pub const INTAKE_COMPANY: usize = 64;
/// See [`INTAKE_COMPANY`].
pub const INTAKE_GATHERS: std::time::Duration = std::time::Duration::from_millis(2);
/// Batches under way at once on PostgreSQL: one is decided while those before are written and
/// committed. With a third, both cores of a small machine are busy while a commit goes to disk;
/// a fourth gained nothing one could tell from chance.
pub const INTAKE_UNDER_WAY: usize = luot_store::BATCH_CONNECTIONS as usize;
/// Batches of parties that join waitlists, likewise: places are looked for for one while the next
/// is written down, and one may wait for a campaign that somebody changes.
pub const JOINING_UNDER_WAY: usize = 3;
/// Campaigns that are waited for at once because somebody changes them, each with a connection
/// of its own: as many plans are seldom published, and lists read in, in the same second.
pub const INTAKE_CAMPAIGNS_AWAITED: usize = 4;
/// Changes beside the intake (cancelling, joining the waitlist, what staff do) that wait for
/// their turn to be written: at once there are half as many as there are connections, on SQLite
/// one. They take some milliseconds each, so this is a second or two. Beyond it, `503` at once.
pub const WRITERS_QUEUE: usize = 512;
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
/// Plans looked at at a time: explained, compared, checked. A province's takes most of a
/// second of a core.
pub const PLANS_LOOKED_AT: usize = 2;
/// How often it is tried, every other second, to write a plan that is done: longer than a
/// database takes to start anew, and than it takes others to give the plan up.
pub const PLAN_SAVES: u32 = 60;
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
/// Parts of what a member of staff reaches. A school has thirty classes; beyond a hundred, a
/// unit or the campaign is meant.
pub const SCOPES_MOST: usize = 100;
/// How long a token of a system or a device serves if nobody says how long, in days.
pub const TOKEN_DAYS: u32 = 365;
/// How exactly the last use of a token is told, in minutes: each note is a write.
pub const TOKEN_USE_MINUTES: i64 = 10;
/// Readings of personal data that wait to be told to the audit trail; see [`INTAKE_QUEUE`].
pub const READINGS_QUEUE: usize = 4_096;
/// How far back rows of the audit trail are looked for that are yet to be chained, in
/// minutes: a transaction lasts half a minute at most.
pub const CHAIN_LOOK_BACK_MINUTES: i64 = 5;
/// Most people on one ticket: a large family, or a village head's car.
pub const TICKET_PERSONS_MOST: u32 = 20;
/// The same where nobody of the staff and no kiosk gives it: a family. Nobody sees them come.
pub const TICKET_PERSONS_UNSEEN: u32 = 8;
/// Stations of a session. A hall with more would be several sessions.
pub const STATIONS_MOST: usize = 200;
/// Longest that somebody is set aside, in minutes: a working day.
pub const PARK_MINUTES_MOST: u32 = 480;
/// Longest reason of an outcome, in characters.
pub const REASON_MOST: usize = 500;
/// Things of one kind that a sweep sees to at a time; the next one goes on.
pub const SWEEP_MOST: u64 = 500;
/// Entries of the line's index that a call looks at before it asks the store.
pub const HEAD: u64 = 4;
/// What is told of a line at a time to whoever catches up.
pub const EVENTS_PAGE: u64 = 500;
/// What is kept for followers that read slowly; who is further behind reads the store.
pub const EVENTS_KEPT: usize = 256;
/// Who holds a ticket is told where it stands so often even if nobody moved: waiting times
/// change with the clock.
pub const TICKETS_TOLD_AGAIN: std::time::Duration = std::time::Duration::from_secs(30);
/// How long what was told of a line is kept once it is closed, in hours: nothing is told of it
/// any more, and who comes again the next day has missed nothing that concerns them. Lines of
/// rehearsals never close, and keep theirs.
pub const EVENTS_KEPT_HOURS: i64 = 24;
/// Closed lines of which that is forgotten at a time; a session's is some thousand rows.
pub const LINES_FORGOTTEN: u64 = 100;
/// Followers of one server. Each keeps a connection open, which is a file to the system and
/// some ten kilobytes; most systems give a process more files than this, and none many more.
pub const FOLLOWERS_MOST: usize = 5_000;
/// Followers of one server from one address. A mobile network sends thousands of parents
/// through one; this keeps a machine from taking all the places, not more.
pub const FOLLOWERS_OF_ONE_MOST: usize = 1_000;
/// After how many seconds somebody comes again whose address has too many followers.
pub const FOLLOWERS_AGAIN_SECONDS: u32 = 60;
/// Windows looked at in one go when places are offered to who waits.
pub const SPOTS_AT_A_TIME: u64 = 1_000;
/// Waiting parties looked at in one go.
pub const WAITING_AT_A_TIME: u64 = 200;
/// Holds ended in one transaction, so that bookings need not wait long for it.
pub const EXPIRE_MOST: u64 = 200;
/// How long staff stay signed in, in hours: a shift and a half.
pub const STAFF_HOURS: i64 = 12;
/// After how many hours without a request staff are signed out: a lunch break.
pub const STAFF_IDLE_HOURS: i64 = 2;
/// How long parents stay signed in, in days: signing in costs a message.
pub const PARENT_DAYS: i64 = 30;
/// Shortest password that staff may choose, in characters (NIST SP 800-63B wants 8 with a
/// second factor, 15 without).
pub const PASSWORD_CHARACTERS: usize = 12;
/// Longest password, in bytes: hashing a novel would be work for nothing.
pub const PASSWORD_BYTES: usize = 256;
/// Length of a password that is given to begin with: 16 of 31 characters are 79 bits.
pub const GIVEN_PASSWORD_CHARACTERS: usize = 16;
/// Longest login.
pub const LOGIN_CHARACTERS: usize = 100;
/// Wrong passwords before the lock.
pub const PASSWORD_TRIES: i32 = 5;
/// How long the first lock lasts, in seconds; each further one lasts twice as long.
pub const LOCK_SECONDS: i64 = 30;
/// How long a lock lasts at most, in seconds: who guesses gets 24 tries a day.
pub const LOCK_SECONDS_MOST: i64 = 3_600;
/// Recovery codes of one authenticator.
pub const RECOVERY_CODES: usize = 10;
/// Length of a recovery code: 10 of 31 characters are 49 bits, tried at most 24 times a day.
pub const RECOVERY_CHARACTERS: usize = 10;
/// How long a code sent to a phone is good, in minutes.
pub const PHONE_CODE_MINUTES: i64 = 5;
/// How often it may be tried.
pub const PHONE_CODE_TRIES: i32 = 5;
/// How often a message is tried to be handed over.
pub const DELIVERY_ATTEMPTS: i32 = 5;
/// How long after the first attempt the second is made, in seconds; each further one waits
/// twice as long: the fifth attempt at a code is made 75 s after the first.
pub const DELIVERY_SECONDS: i64 = 5;
/// Messages handed over at a time.
pub const DELIVERIES_AT_A_TIME: u64 = 20;
/// Children of one parent, in all campaigns.
pub const CHILDREN_MOST: usize = 50;
/// In how many days staff carry out or refuse what a parent asks about a child's data.
///
/// Decree 356/2025/NĐ-CP (in force since 1 January 2026, with Law 91/2025/QH15; it replaced
/// the 72 hours of Decree 13/2023/NĐ-CP) wants an answer that the request was received within
/// two working days (ours is given at once, with the date due) and gives 15 days to withdraw
/// consent, and from 10 to 20 for the other rights. Three days keep all of them, and the
/// former 72 hours as well. Taken from published commentaries, not from the decree's own
/// text: whoever runs the service has it checked.
pub const REQUEST_DAYS: i64 = 3;
/// Campaigns whose windows are kept in memory: one for each commune of a province, and more.
pub const BOOKS_MOST: usize = 500;
/// Pools kept in memory, about: some 200 bytes each, so 80 MiB. A province has 100,000.
pub const BOOK_POOLS_MOST: usize = 400_000;
/// Bytes of ready answers about availability, of all campaigns.
pub const ANSWER_BYTES_MOST: usize = 32 * 1024 * 1024;
/// Bytes that a ready answer weighs beside its own: the question, its tag, its place in the map.
pub const ANSWER_BESIDE: usize = 512;

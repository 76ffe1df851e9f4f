//! Every limit of the HTTP layer, with its reason.

use std::time::Duration;

/// A request's JSON body. A booking for a family of ten is about 3 KiB; a proposal to publish, less.
pub const BODY_BYTES: usize = 64 * 1024;

/// The body that creates a campaign, or enters a plan by hand. The largest public instance is under 1 MiB; a whole
/// province of 200 communes with a row for every class comes to about 10 MiB, a plan of it to half of that.
pub const INSTANCE_BYTES: usize = 16 * 1024 * 1024;

/// One uploaded form with its file. A roster of 50,000 people is about 6 MiB as XLSX and 10 MiB as CSV.
pub const UPLOAD_BYTES: usize = 16 * 1024 * 1024;

/// A form's field that is not a file, in bytes, and how many fields and files a form may have.
pub const FORM_FIELD_BYTES: usize = 4 * 1024;
/// See [`FORM_FIELD_BYTES`].
pub const FORM_PARTS: usize = 16;

/// What is read and thrown away of a body that is too large before the answer goes out: many clients only read the
/// answer once they have sent everything, and would otherwise see a broken connection instead of the `413`.
pub const DRAINED_BYTES: usize = 256 * 1024 * 1024;

/// How long a request may take before it is answered `503 timeout`. Above the wait for a database connection (3 s)
/// and for another request with the same idempotency key (5 s), below the 60 s at which usual proxies give up.
pub const REQUEST_DEADLINE: Duration = Duration::from_secs(30);

/// How long a server that was told to stop waits for the requests it has accepted: the deadline and a little.
pub const SHUTDOWN_SECONDS: u64 = 35;

/// How often a quiet stream of events says that it is there: below the 60 s at which usual proxies give up.
pub const EVENTS_ALIVE: Duration = Duration::from_secs(15);
/// After how long a client whose stream broke comes again: each is told another time between these, so that all the
/// boards and phones of a server that starts anew do not come at once.
pub const EVENTS_RETRY_MILLISECONDS: std::ops::Range<u32> = 1_000..6_000;

/// Items of a list when the request does not say.
pub const PAGE_DEFAULT: u32 = 50;
/// Items of a list at most: about 200 KiB of sessions.
pub const PAGE_MAX: u32 = 500;
/// A cursor is a sort key and an id in base64; ours are under 200 characters.
pub const CURSOR_CHARACTERS: usize = 512;

/// An idempotency key, as long as it may be.
pub const IDEMPOTENCY_KEY_CHARACTERS: usize = 255;
/// What a caller without a token must send at least: 22 characters of base64 are 128 bits, so that nobody can guess
/// another family's key and read the answer that was kept for them.
pub const ANONYMOUS_KEY_CHARACTERS: usize = 22;

/// A bearer token, as long as it may be; ours have 43 characters, a JWT of a front proxy some hundred.
pub const TOKEN_CHARACTERS: usize = 2048;

/// Seconds in `Retry-After`: after a refusal for load, soon, since a batch takes milliseconds.
pub const RETRY_BUSY_SECONDS: u32 = 1;
/// Seconds in `Retry-After` when something the service needs is away or slow.
pub const RETRY_UNAVAILABLE_SECONDS: u32 = 5;
/// Seconds in `Retry-After` when a caller is over its rate and nothing more exact is known.
pub const RETRY_RATE_SECONDS: u32 = 10;

/// How long a client may take to send its headers: a slow phone needs a second, a slow attacker all the time there is.
pub const HEADERS_DEADLINE: Duration = Duration::from_secs(10);
/// How long an idle connection is kept for the next request.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Connections a worker holds at a time. A rush of ten thousand parents fits into two workers, and each connection
/// costs some 20 KiB.
pub const CONNECTIONS: usize = 10_000;

//! Every cap and every deadline that is not configured, with its unit in its name.

use std::time::Duration;

/// Length of a request's head in bytes.
pub const HEAD_BYTES: usize = 16 * 1024;

/// Headers of one request.
pub const HEADERS: usize = 100;

/// Time to send a request's head in, and time that an idle connection is kept.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(10);

/// Time that a request's body may stand still.
pub const BODY_IDLE_DEADLINE: Duration = Duration::from_secs(15);

/// Time that a reader may take nothing of an answer.
pub const READER_IDLE_DEADLINE: Duration = Duration::from_mins(1);

/// Time that open connections get to finish at shutdown.
pub const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(10);

/// Time to wait after the system refused to accept a connection (too many open files).
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bytes read from a blob at once.
pub const READ_BYTES: usize = 64 * 1024;

/// Documents in one change.
pub const CHANGE_DOCUMENTS: usize = 256;

/// Targets roles in one repository.
pub const ROLES: usize = 1024;

/// Delegations on the way from the top-level targets role to a target.
pub const DELEGATION_DEPTH: usize = 4;

/// Versions of a role that stay readable, the current one included: readers in the middle of a
/// refresh still find what an older snapshot promised. Roots stay for ever.
pub const KEPT_VERSIONS: i64 = 16;

/// Size of a channel or release document in bytes, read to compare it with its path.
pub const DOCUMENT_TARGET_BYTES: u64 = 1024 * 1024;

/// Time between two looks at what expires soon.
pub const RESIGN_INTERVAL: Duration = Duration::from_mins(1);

/// Seconds that a clock may run ahead of the last timestamp before signing stops: 14 days. Devices
/// keep the date of a timestamp as a floor of time, which nobody can lower again.
pub const CLOCK_AHEAD_SECONDS: u64 = 14 * 86_400;

/// Seconds that an image may have been built ahead of this server's clock: one day. Devices keep
/// that date as a floor of time too.
pub const BUILT_AHEAD_SECONDS: u64 = 86_400;

/// Connections to the database.
pub const DATABASE_CONNECTIONS: u32 = 8;

/// Repositories read from the database at once: anybody may ask for names that nobody knows, and
/// must not keep publishers out.
pub const REPOSITORY_READS: usize = 2;

/// Time that a request waits for a database connection.
pub const DATABASE_DEADLINE: Duration = Duration::from_secs(10);

/// Oldest SQLite that runs: older ones can corrupt a write-ahead log.
pub const SQLITE_OLDEST: (u32, u32, u32) = (3, 51, 3);

/// Length of a token's name in bytes.
pub const TOKEN_NAME_BYTES: usize = 64;

/// Days that a token may live.
pub const TOKEN_DAYS_MOST: u64 = 365;

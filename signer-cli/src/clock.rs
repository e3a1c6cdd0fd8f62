//! The one place that reads the clock. Everything else is told what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use sealift_metadata::Time;

/// The time of the machine; a clock before 1970 counts as 1970.
pub fn now() -> Time {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that the ban points to"
    )]
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    since_1970.map_or(Time::EPOCH, |elapsed| Time::from_seconds(elapsed.as_secs()))
}

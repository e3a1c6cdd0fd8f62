//! The one place where tests of real programs read the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use sealift_metadata::Time;

/// The time now.
pub fn now() -> Time {
    #[expect(clippy::disallowed_methods, reason = "the one clock of the tests")]
    let now = SystemTime::now();
    Time::from_seconds(
        now.duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
    )
}

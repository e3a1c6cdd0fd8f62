//! The one place that reads a clock. Everything else is told the time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sealift_metadata::Time;

/// The time now.
pub fn now() -> Time {
    #[expect(clippy::disallowed_methods, reason = "the one clock of the agent")]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_seconds(since.as_secs())
}

/// A clock that goes on from a given time and cannot be set.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Time,
    began: Instant,
}

impl Clock {
    /// Goes on from `start`.
    pub fn from(start: Time) -> Self {
        Self {
            start,
            began: Instant::now(),
        }
    }

    /// The time now.
    pub fn now(&self) -> Time {
        self.start.plus(self.began.elapsed().as_secs())
    }
}

/// Lets some time pass.
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

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

/// The time now, or the one that `FAKE_NOW` says, `2025-02-09 09:17:23+00:00` with or without a
/// fraction of a second: how the conformance suite sets the clock of a client under test.
pub(crate) fn now_or_fake() -> Time {
    let fake = std::env::var("FAKE_NOW").ok();
    fake.as_deref().and_then(parse_fake).unwrap_or_else(now)
}

fn parse_fake(text: &str) -> Option<Time> {
    let (date, clock) = text.strip_suffix("+00:00")?.split_once(' ')?;
    let clock = clock.split_once('.').map_or(clock, |(seconds, _)| seconds);
    Time::parse(&format!("{date}T{clock}Z")).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_a_client_under_test_may_be_set() {
        let expected = Time::parse("2025-02-09T09:17:23Z").ok();
        assert_eq!(parse_fake("2025-02-09 09:17:23+00:00"), expected);
        assert_eq!(parse_fake("2025-02-09 09:17:23.123456+00:00"), expected);
        assert_eq!(parse_fake("2025-02-09T09:17:23Z"), None);
    }
}

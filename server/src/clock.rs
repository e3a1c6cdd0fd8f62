//! The one clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sealift_metadata::Time;

/// Where the server gets the time from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that is set by hand, in seconds since 1970.
    Set(Arc<AtomicU64>),
}

impl Clock {
    /// A clock that stands at `time` until it is set again.
    pub fn standing_at(time: Time) -> Self {
        Self::Set(Arc::new(AtomicU64::new(time.seconds())))
    }

    /// Sets a clock made by [`Self::standing_at`]; the system's clock is left alone.
    pub fn set(&self, time: Time) {
        if let Self::Set(seconds) = self {
            seconds.store(time.seconds(), Ordering::SeqCst);
        }
    }

    /// The time now. A system clock before 1970 counts as 1970.
    #[expect(clippy::disallowed_methods, reason = "the one clock of the server")]
    pub fn now(&self) -> Time {
        let seconds = match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            Self::Set(seconds) => seconds.load(Ordering::SeqCst),
        };
        Time::from_seconds(seconds)
    }
}

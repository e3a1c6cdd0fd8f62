//! How often one peer may make the relay ask an origin.

use crate::limits::RELAY_FETCHES_PER_MINUTE;

const MINUTE_SECONDS: u64 = 60;

/// What a bucket holds when it is full.
const FULL: u64 = RELAY_FETCHES_PER_MINUTE * MINUTE_SECONDS;

/// A bucket that time fills: what was not spent of a minute is there at once, no more.
#[derive(Debug)]
pub(super) struct Budget {
    /// What is left, in sixtieths of a fetch: as many come each second as fetches each minute.
    left: u64,
    /// Until when it was filled, in seconds of the relay's clock.
    filled: u64,
}

impl Budget {
    pub(super) const fn full() -> Self {
        Self {
            left: FULL,
            filled: 0,
        }
    }

    /// Takes one fetch at `now`, in seconds of the relay's clock; `false` where none is left.
    pub(super) fn spend(&mut self, now: u64) -> bool {
        let since = now.saturating_sub(self.filled);
        let came = since.saturating_mul(RELAY_FETCHES_PER_MINUTE);
        self.left = self.left.saturating_add(came).min(FULL);
        self.filled = now;
        let left = self.left.checked_sub(MINUTE_SECONDS);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_without_end_gets_so_many_fetches_a_minute() {
        let mut budget = Budget::full();
        let mut spent = |now: u64| (0..10_000).filter(|_| budget.spend(now)).count();
        let [minute, second] = [1, MINUTE_SECONDS].map(|part| {
            let fetches = RELAY_FETCHES_PER_MINUTE / part;
            usize::try_from(fetches).unwrap()
        });
        for (now, expected) in [
            (7, minute),
            (7, 0),
            (8, second),
            (18, 10 * second),
            (18 + MINUTE_SECONDS, minute),
            (18 + 9 * MINUTE_SECONDS, minute),
        ] {
            assert_eq!(spent(now), expected, "second {now}");
        }
    }
}

//! The loop of `run`: polls that are spread, so that a fleet never knocks all at once.

use std::time::Duration;

use crate::agent::{Agent, Outcome, Polled};
use crate::clock::{now, pause};
use crate::error::Error;
use crate::limits::{FIRST_POLL_SECONDS, FIRST_RETRY_SECONDS};
use crate::{Result, rng};

/// Polls for ever. What goes wrong is logged and tried again; `each` is told of every poll.
///
/// # Errors
/// [`Error::Locked`]; nothing else ends it.
pub(crate) fn run(agent: &Agent, mut each: impl FnMut(&Result<Outcome>)) -> Result<()> {
    let _agent = agent.lock()?;
    let every = agent.config().keys.poll_seconds;
    wait(rng::below(every.min(FIRST_POLL_SECONDS)));
    let mut failures = 0;
    loop {
        let Polled {
            result,
            pause_asked,
        } = agent.poll(agent.config(), now());
        failures = failures_after(failures, &result);
        each(&result);
        let usual = spread(back_off(every, failures));
        // Whoever was told the same would come back at the same moment.
        wait(usual.max(pause_asked.saturating_add(rng::below(pause_asked / 5))));
    }
}

/// Polls in a row that got no whole answer. Any of those ends the row, a refused one as well.
const fn failures_after(before: u32, result: &Result<Outcome>) -> u32 {
    match result {
        Err(Error::Transport(error)) if error.is_unreachable() => before.saturating_add(1),
        _ => 0,
    }
}

/// The pause after so many failures, on average: a line that comes back is soon found, and one
/// that stays away is not pestered. It is never longer than the usual one.
fn back_off(every: u64, failures: u32) -> u64 {
    let Some(before) = failures.checked_sub(1) else {
        return every;
    };
    let doubled = FIRST_RETRY_SECONDS.checked_shl(before / 3);
    doubled
        .filter(|pause| *pause > 0)
        .unwrap_or(every)
        .min(every)
}

/// Between half and one and a half times a pause.
fn spread(pause: u64) -> u64 {
    (pause / 2).saturating_add(rng::below(pause)).max(1)
}

fn wait(seconds: u64) {
    pause(Duration::from_secs(seconds));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{Failure, TransportError};

    #[test]
    fn polls_spread_over_a_whole_period() {
        for _ in 0..1000 {
            let pause = spread(3600);
            assert!((1800..5400).contains(&pause), "{pause}");
        }
        assert_eq!(spread(1), 1, "never a busy loop");
    }

    #[test]
    fn a_line_that_comes_back_is_soon_found_and_one_that_does_not_is_left_alone() {
        for (failures, pause) in [
            (0, 3600),
            (1, 60),
            (3, 60),
            (4, 120),
            (7, 240),
            (18, 1920),
            (19, 3600),
            (u32::MAX, 3600),
        ] {
            assert_eq!(back_off(3600, failures), pause, "{failures}");
        }
        assert_eq!(back_off(10, 1), 10, "never longer than usual");
        let installed = Ok(Outcome::Installed { sequence: 1 });
        assert_eq!(failures_after(7, &installed), 0);
    }

    #[test]
    fn only_where_every_origin_was_out_of_reach_the_next_poll_comes_sooner() {
        let (url, reason) = (String::new, String::new);
        let nobody = || Failure::Connection {
            url: url(),
            reason: reason(),
        };
        let broken = || Failure::Broken {
            url: url(),
            reason: reason(),
        };
        let in_trouble = || Failure::Status {
            url: url(),
            status: 503,
        };
        for (failures, expected) in [
            (vec![nobody()], 8),
            (vec![broken()], 8),
            (vec![nobody(), broken()], 8),
            (vec![in_trouble()], 0),
            (vec![in_trouble(), nobody()], 0),
            (vec![nobody(), in_trouble()], 0),
            (vec![Failure::NoOrigin], 0),
            (vec![], 0),
        ] {
            let result = Err(Error::Transport(TransportError::of(&failures)));
            assert_eq!(failures_after(7, &result), expected, "{failures:?}");
        }
    }
}

//! The loop of `run`: polls that are spread, so that a fleet never knocks all at once.

use std::time::Duration;

use crate::agent::{Agent, Outcome};
use crate::clock::{now, pause};
use crate::error::Error;
use crate::limits::FIRST_POLL_SECONDS;
use crate::{Result, rng};

/// Polls for ever. What goes wrong is logged and tried again; `each` is told of every poll.
///
/// # Errors
/// [`Error::Locked`]; nothing else ends it.
pub(crate) fn run(agent: &Agent, mut each: impl FnMut(&Result<Outcome>)) -> Result<()> {
    let _agent = agent.lock()?;
    let every = agent.config().keys.poll_seconds;
    wait(rng::below(every.min(FIRST_POLL_SECONDS)));
    loop {
        let result = agent.poll(agent.config(), now());
        each(&result);
        wait(pause_seconds(every, &result, rng::below(every)));
    }
}

/// Between half and one and a half times the usual pause, and never less than an origin asked
/// for.
fn pause_seconds(every: u64, result: &Result<Outcome>, drawn: u64) -> u64 {
    let spread = (every / 2).saturating_add(drawn).max(1);
    let asked = match result {
        Err(Error::Transport(error)) => error.retry_after_seconds().unwrap_or(0),
        _ => 0,
    };
    spread.max(asked)
}

fn wait(seconds: u64) {
    pause(Duration::from_secs(seconds));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_spread_over_a_whole_period() {
        let result = Ok(Outcome::Installed { sequence: 1 });
        assert_eq!(pause_seconds(3600, &result, 0), 1800);
        assert_eq!(pause_seconds(3600, &result, 3599), 5399);
        assert_eq!(pause_seconds(1, &result, 0), 1, "never a busy loop");
    }
}

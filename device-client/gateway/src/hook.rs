//! The hooks of the board: programs with a time-out.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::Result;
use crate::clock::pause;
use crate::error::{Error, HookEnd};
use crate::limits::LOOK_MILLISECONDS;

/// Runs a hook to its end; one that takes longer than `seconds` is killed. An empty command is a
/// hook that is not configured.
pub(crate) fn run(hook: &'static str, command: &[String], seconds: u64) -> Result<()> {
    let Some((program, args)) = command.split_first() else {
        return Ok(());
    };
    let failed = |reason| Error::HookFailed { hook, reason };
    let not_started = |error| failed(HookEnd::NotStarted(error));
    let mut child = Command::new(program)
        .args(args)
        .spawn()
        .map_err(not_started)?;
    let began = Instant::now();
    loop {
        match child.try_wait().map_err(not_started)? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(failed(HookEnd::Status(status))),
            None if began.elapsed() >= Duration::from_secs(seconds) => break,
            None => pause(Duration::from_millis(LOOK_MILLISECONDS)),
        }
    }
    // It may have ended between the look and the kill: either way it is over.
    let _ = child.kill();
    let _ = child.wait();
    Err(Error::HookTimeout { hook, seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(String::from).to_vec()
    }

    #[test]
    fn a_hook_that_hangs_is_stopped() {
        let began = Instant::now();
        let error = run("reboot", &shell("exec sleep 60"), 1).unwrap_err();
        assert_eq!(error.name(), "hook_timeout");
        assert!(began.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn the_end_of_a_hook_is_told() {
        assert!(run("reboot", &[], 1).is_ok());
        assert!(run("reboot", &shell("exit 0"), 10).is_ok());
        for command in [shell("exit 3"), vec!["/nowhere/at/all".into()]] {
            assert_eq!(
                run("reboot", &command, 10).unwrap_err().name(),
                "hook_failed"
            );
        }
    }
}

//! One command of a verb: announced, timed, and shown again when it fails.

use std::ffi::OsString;
use std::fmt;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Error, Result, anyhow, ensure};

/// A command together with the name under which it is announced.
pub(crate) struct Step {
    name: &'static str,
    env: Vec<(&'static str, &'static str)>,
    program: OsString,
    args: Vec<String>,
}

impl Step {
    /// `args` are split at spaces: no argument of ours contains one.
    pub(crate) fn new(name: &'static str, program: impl Into<OsString>, args: &str) -> Self {
        Self {
            name,
            env: Vec::new(),
            program: program.into(),
            args: args.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// Sets one variable in the environment of the command.
    pub(crate) fn env(mut self, key: &'static str, value: &'static str) -> Self {
        self.env.push((key, value));
        self
    }

    /// Runs the command; its failure names the step and how to repeat it.
    pub(crate) fn run(&self) -> Result<()> {
        timed(self.name, || {
            let status = Command::new(&self.program)
                .args(&self.args)
                .envs(self.env.iter().copied())
                .status()
                .with_context(|| format!("cannot start {}", self.program.display()))?;
            ensure!(status.success(), "{status}");
            Ok(())
        })
        .map_err(|error| failed(self.name, &self.to_string(), &error))
    }
}

/// The command as somebody would type it into a shell.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, value) in &self.env {
            write!(f, "{key}='{value}' ")?;
        }
        write!(f, "{} {}", self.program.display(), self.args.join(" "))
    }
}

/// Announces `name`, does the work, and tells how long it took.
pub(crate) fn timed<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {name}");
    let start = Instant::now();
    let result = work();
    let verdict = if result.is_ok() { "ok" } else { "FAILED" };
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("    {name}: {verdict} in {seconds:.1} s");
    result
}

/// What ends a failed run: the step, the cause, and the command that repeats it.
pub(crate) fn failed(name: &str, rerun: &str, error: &Error) -> Error {
    anyhow!("the step `{name}` failed: {error:#}\nhint: repeat it alone with `{rerun}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_step_names_itself_and_its_command() {
        let step = Step::new("breaking", "false", "--on purpose").env("LC_ALL", "C");
        let message = format!("{:#}", step.run().unwrap_err());
        let expected = [
            "the step `breaking` failed",
            "LC_ALL='C' false --on purpose",
        ];
        for part in expected {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_command_that_does_not_exist_is_a_failure() {
        assert!(
            Step::new("nothing", "sealift-no-such-command", "")
                .run()
                .is_err()
        );
    }
}

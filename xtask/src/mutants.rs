//! `cargo xtask mutants`: is there a test for every line that verifies?
//!
//! cargo-mutants breaks the code in one place after the other, in a copy of the tree, and runs the
//! tests; a change that no test notices has survived. `.cargo/mutants.toml` says which files are
//! changed, which tests judge, and which changes make no difference.

mod changes;
mod family;
mod results;

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::setup;
use crate::step::{failed, timed};
use results::Results;

/// Where cargo-mutants writes what it found, below its `mutants.out`.
const OUTPUT: &str = "target";

/// How long mutants of a change are tried, in seconds.
const CHANGE_SECONDS: u64 = 300;

/// How long a run may take to end once it was asked to, in seconds.
const GRACE_SECONDS: u64 = 20;

/// How often a run that may not last for ever is looked at, in milliseconds.
const LOOK_MILLISECONDS: u64 = 200;

/// Which code to break.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only lines that differ from the main branch, for five minutes at most
    ///
    /// On the main branch itself: lines that differ from the commit before.
    #[arg(long)]
    diff: bool,
    /// Only these of the files in .cargo/mutants.toml
    #[arg(value_name = "FILE")]
    files: Vec<String>,
}

/// Breaks the code; a survivor is a failure.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.diff {
        return change();
    }
    let mut mutants = mutants()?;
    for file in &args.files {
        // The option for files would add to those of the configuration; a name begins with its file.
        mutants.arg(format!("--re=^{}:", file.replace('.', r"\.")));
    }
    judge(&mut mutants, None)
}

/// Breaks the lines that were changed, for so long as a reviewer waits.
pub(crate) fn change() -> Result<()> {
    let Some(diff) = changes::diff()? else {
        println!("mutants: nothing that verifies was changed");
        return Ok(());
    };
    let mut mutants = mutants()?;
    mutants.arg("--in-diff").arg(diff.path());
    judge(&mut mutants, Some(Duration::from_secs(CHANGE_SECONDS)))
}

fn mutants() -> Result<Command> {
    let mut mutants = Command::new(setup::cargo_mutants()?);
    mutants
        .args(["mutants", "--output", OUTPUT])
        .stdin(Stdio::null());
    Ok(mutants)
}

/// Runs cargo-mutants, and judges by the lists that it wrote: its exit code puts an endless loop,
/// which any test notices, before a survivor.
fn judge(mutants: &mut Command, most: Option<Duration>) -> Result<()> {
    let folder = Path::new(OUTPUT).join("mutants.out");
    let verdict = timed("mutants", || {
        results::forget(&folder)?;
        // Its copy of the tree lies here: one that was killed removes nothing.
        let scratch = tempfile::Builder::new().prefix("sealift-").tempdir()?;
        mutants.env("TMPDIR", scratch.path());
        let mut child = mutants.spawn().context("cannot start cargo-mutants")?;
        let status = wait(&mut child, most, Duration::from_secs(GRACE_SECONDS))?;
        let results = Results::read(&folder)?;
        println!("mutants: {results}");
        let judged = matches!(
            status.and_then(|status| status.code()),
            None | Some(0 | 2 | 3)
        );
        ensure!(
            judged,
            "cargo-mutants ended early: see {}",
            folder.display()
        );
        ensure!(
            results.survived.is_empty(),
            "no test notices, see docs/testing.md\n  {}",
            results.survived.join("\n  ")
        );
        Ok(())
    });
    verdict.map_err(|error| failed("mutants", "cargo xtask mutants FILE", &error))
}

/// Waits for the end, or until the time is over: then there is no status, and nobody is left after
/// the grace.
fn wait(child: &mut Child, most: Option<Duration>, grace: Duration) -> Result<Option<ExitStatus>> {
    let Some(most) = most else {
        return Ok(Some(child.wait()?));
    };
    let ended = ends_within(child, most)?;
    if ended.is_some() {
        return Ok(ended);
    }
    // Asked first: it ends the tests that it started and removes its copy of the tree.
    let asked = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    // Whoever is started in the background is deaf to that.
    if !asked.is_ok_and(|status| status.success()) || ends_within(child, grace)?.is_none() {
        family::kill(child)?;
    }
    Ok(None)
}

fn ends_within(child: &mut Child, most: Duration) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < most {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(LOOK_MILLISECONDS));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_takes_too_long_is_stopped_and_the_deaf_are_killed() {
        let [most, grace] = [300, 500].map(Duration::from_millis);
        for (script, is_deaf) in [("exec sleep 600", false), ("trap '' INT; sleep 600", true)] {
            let mut endless = Command::new("sh").args(["-c", script]).spawn().unwrap();
            let start = Instant::now();
            let status = wait(&mut endless, Some(most), grace).unwrap();
            assert!(status.is_none(), "{script}");
            // Where the tests themselves run in the background, everybody is deaf.
            assert!(!is_deaf || start.elapsed() >= most + grace, "{script}");
            let status = endless.try_wait().unwrap();
            assert!(status.is_some_and(|status| status.code().is_none()));
        }
        let mut quick = Command::new("true").spawn().unwrap();
        let status = wait(&mut quick, Some(Duration::from_mins(10)), grace).unwrap();
        assert!(status.is_some_and(|status| status.success()));
    }
}

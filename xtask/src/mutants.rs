//! `cargo xtask mutants`: is there a test for every line that verifies?
//!
//! cargo-mutants breaks the code in one place after the other, in a copy of the tree, and runs the
//! tests; a change that no test notices has survived. `.cargo/mutants.toml` says which files are
//! changed, which tests judge, and which changes make no difference. The tests of the crate that
//! verifies notice nine of ten changes and build quickly: all others are asked about the rest alone.

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

/// Whose tests are asked first.
const FIRST: &str = "sealift-metadata";

/// Where cargo-mutants writes what it found, below its `mutants.out`.
const OUTPUT: &str = "target";

/// How long mutants of a change are tried, in seconds.
const CHANGE_SECONDS: u64 = 300;

/// How long a run may take to end once it was asked to.
const GRACE: Duration = Duration::from_secs(20);

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
    // The option for files would add to those of the configuration; a name begins with its file.
    let files = args.files.iter();
    let files = files.map(|file| format!("--re=^{}:", literal(file)));
    judge(&files.collect::<Vec<_>>(), None)
}

/// Breaks the lines that were changed, for so long as a reviewer waits.
pub(crate) fn change() -> Result<()> {
    let Some(diff) = changes::diff()? else {
        println!("mutants: nothing that verifies was changed");
        return Ok(());
    };
    let diff = format!("--in-diff={}", diff.path().display());
    judge(&[diff], Some(Duration::from_secs(CHANGE_SECONDS)))
}

/// Runs cargo-mutants on some changes, and again on those that survived the first tests.
fn judge(which: &[String], most: Option<Duration>) -> Result<()> {
    let end = most.map(|most| Instant::now() + most);
    let verdict = timed("mutants", || {
        let first = ["--test-package".to_owned(), FIRST.to_owned()];
        let mut results = pass(&[which, &first].concat(), end)?;
        if !results.survived.is_empty() {
            println!("mutants: {results}, so far");
            let name = |name: &String| format!("--re=^{}$", literal(name));
            let survived: Vec<_> = results.survived.iter().map(name).collect();
            let is_late = end.is_some_and(|end| Instant::now() + GRACE > end);
            let again = if is_late {
                Results::default()
            } else {
                pass(&survived, end)?
            };
            results.judged_again(again);
        }
        println!("mutants: {results}");
        ensure!(
            results.survived.is_empty(),
            "no test notices, see docs/testing.md\n  {}",
            results.survived.join("\n  ")
        );
        Ok(())
    });
    verdict.map_err(|error| failed("mutants", "cargo xtask mutants FILE", &error))
}

/// Runs cargo-mutants, up to a time if there is one, and reads the lists that it wrote: its exit code
/// puts an endless loop, which any test notices, before a survivor.
fn pass(options: &[String], end: Option<Instant>) -> Result<Results> {
    let folder = Path::new(OUTPUT).join("mutants.out");
    results::forget(&folder)?;
    // Its copy of the tree lies here: one that was killed removes nothing.
    let scratch = tempfile::Builder::new().prefix("sealift-").tempdir()?;
    let mut child = Command::new(setup::cargo_mutants()?)
        .args(["mutants", "--output", OUTPUT])
        .args(options)
        .env("TMPDIR", scratch.path())
        .stdin(Stdio::null())
        .spawn()
        .context("cannot start cargo-mutants")?;
    let most = end.map(|end| end.saturating_duration_since(Instant::now()));
    let status = wait(&mut child, most, GRACE)?;
    let judged = matches!(
        status.and_then(|status| status.code()),
        None | Some(0 | 2 | 3)
    );
    ensure!(
        judged,
        "cargo-mutants ended early: see {}",
        folder.display()
    );
    Results::read(&folder)
}

/// A regular expression for a text itself.
fn literal(text: &str) -> String {
    let mut expression = String::new();
    for letter in text.chars() {
        if r"\.+*?()|[]{}^$".contains(letter) {
            expression.push('\\');
        }
        expression.push(letter);
    }
    expression
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
    fn a_name_is_an_expression_for_itself_alone() {
        let name = r"src/x.rs:1:2: replace <impl It<'p>>::next -> Option<u8> with Some(0)";
        let expected = r"src/x\.rs:1:2: replace <impl It<'p>>::next -> Option<u8> with Some\(0\)";
        assert_eq!(literal(name), expected);
    }

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

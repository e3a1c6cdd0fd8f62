//! One target, fuzzed or replayed, and what libFuzzer says of it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::targets::Target;
use crate::step::timed;

/// Healthy documents that every target begins with; libFuzzer writes only into its first folder.
const SEEDS: &str = "tests/fixtures";

/// One input that takes longer is a finding, in seconds.
const INPUT_SECONDS: u32 = 10;

/// Built targets, and the folder outside of the checkout where what they learn is kept.
pub(super) struct Campaign {
    pub(super) programs: PathBuf,
    pub(super) cache: PathBuf,
}

impl Campaign {
    /// Fuzzes one target and prints how often it ran.
    pub(super) fn run(&self, target: &Target, seconds: u32) -> Result<()> {
        let corpus = self.cache.join(&target.name);
        let findings = self.cache.join(format!("{}.findings", target.name));
        for folder in [&corpus, &findings] {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let said = timed(&format!("fuzz {}", target.name), || {
            let output = self
                .program(target)
                .args([&corpus, Path::new(SEEDS)])
                .args(["-verbosity=0", "-print_final_stats=1"])
                .arg(format!("-max_total_time={seconds}"))
                .arg(format!("-timeout={INPUT_SECONDS}"))
                .arg(format!("-artifact_prefix={}/", findings.display()))
                .output()
                .with_context(|| format!("cannot start the target {}", target.name))?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            ensure!(
                output.status.success(),
                "{said}\n{}",
                Finding {
                    target,
                    said: &said
                }
            );
            Ok(said)
        })?;
        let runs = after(&said, "stat::number_of_executed_units:");
        let runs = runs.context("libFuzzer does not say how often it ran")?;
        println!(
            "fuzz {}: {runs} inputs in {seconds} s, no finding",
            target.name
        );
        Ok(())
    }

    /// Gives one target the bytes of `file`; everything it prints is passed on.
    pub(super) fn replay(&self, target: &Target, file: &Path) -> Result<()> {
        ensure!(file.is_file(), "{} is not a file", file.display());
        let status = self.program(target).arg(file).status()?;
        ensure!(status.success(), "{} still fails: {status}", target.name);
        println!("{} reads {} without a finding", target.name, file.display());
        Ok(())
    }

    fn program(&self, target: &Target) -> Command {
        let mut program = Command::new(self.programs.join(&target.name));
        program.stdin(Stdio::null()).env("RUST_BACKTRACE", "1");
        program
    }
}

/// What to do about a target that failed.
struct Finding<'a> {
    target: &'a Target,
    /// All that the target printed.
    said: &'a str,
}

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target { name, regressions } = self.target;
        let Some(file) = after(self.said, "Test unit written to") else {
            return write!(
                f,
                "the target {name} ended without naming the bytes that did it"
            );
        };
        writeln!(
            f,
            "the target {name} has a finding, above; its bytes: {file}"
        )?;
        writeln!(
            f,
            "hint: replay it with `cargo xtask fuzz {name} --replay {file}`"
        )?;
        write!(
            f,
            "hint: mend it, and add a test with these bytes to {regressions}"
        )
    }
}

/// The rest of the line that holds `marker`.
fn after<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    let rest = text.lines().find_map(|line| line.split_once(marker));
    rest.map(|(_, rest)| rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            name: "json".into(),
            regressions: "metadata/src/json/tests.rs".into(),
        }
    }

    #[test]
    fn a_finding_says_where_it_is_how_to_replay_it_and_where_its_test_belongs() {
        let said =
            "thread panicked\nartifact_prefix='/x/'; Test unit written to /x/crash-1\nBase64: ";
        let finding = Finding {
            target: &target(),
            said,
        };
        let message = finding.to_string();
        for part in [
            "bytes: /x/crash-1\n",
            "`cargo xtask fuzz json --replay /x/crash-1`",
            "to metadata/src/json/tests.rs",
        ] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_target_that_fails_or_does_nothing_is_no_success() {
        for command in ["false", "true"] {
            let scratch = tempfile::tempdir().unwrap();
            let program = scratch.path().join("json");
            std::os::unix::fs::symlink(format!("/bin/{command}"), &program).unwrap();
            let campaign = Campaign {
                programs: scratch.path().to_owned(),
                cache: scratch.path().join("cache"),
            };
            assert!(campaign.run(&target(), 1).is_err(), "{command}");
            let replayed = campaign.replay(&target(), &program);
            assert_eq!(replayed.is_ok(), command == "true");
            let nothing = scratch.path().join("nothing");
            assert!(campaign.replay(&target(), &nothing).is_err());
        }
    }
}

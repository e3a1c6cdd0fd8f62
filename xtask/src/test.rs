//! `cargo xtask test`: sets up the judges, runs every test, fuzzes a little, sums the results.

use std::fmt;
use std::io::{self, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};

use crate::step::Step;
use crate::{fuzz, mutants, setup};

/// How long each fuzz target runs after the tests.
const FUZZ_SECONDS: u32 = 5;

/// Which tests to run. Without arguments, all of them, and every fuzz target for some seconds.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Then break what was changed, as `cargo xtask mutants --diff` does
    #[arg(long)]
    mutants: bool,
    /// Passed on to `cargo test`: `-p sealift-metadata`, a filter, `-- --nocapture`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Runs the tests; the closing line on stdout is the sum of all test binaries.
pub(crate) fn run(args: &Args) -> Result<()> {
    let judges = setup::judges()?;
    let start = Instant::now();
    let mut child = Command::new("cargo")
        .args(cargo_args(&args.args))
        .envs(judges)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo")?;
    let output = child.stdout.take().context("cargo has no stdout")?;
    let sum = relay(BufReader::new(output), &mut io::stdout().lock())?;
    let status = child.wait()?;

    let passed = status.success() && sum.failed == 0;
    let verdict = if passed {
        beyond(args)
    } else {
        Err(anyhow!("cargo test: {status}, {} tests failed", sum.failed))
    };
    println!(
        "\n{}",
        Closing {
            passed: verdict.is_ok(),
            sum: &sum,
            took: start.elapsed()
        }
    );
    verdict
}

/// What cargo does not count as tests, once all of those have passed.
fn beyond(args: &Args) -> Result<()> {
    if args.args.is_empty() {
        // The verifier of small targets counts keys in fewer bits.
        let small = "test --quiet --package sealift-metadata --lib";
        Step::new("test the smallest verifier", env!("CARGO"), small).run()?;
        fuzz::all(FUZZ_SECONDS)?;
    }
    if args.mutants {
        mutants::change()?;
    }
    Ok(())
}

/// Named packages replace the whole workspace; a failing binary does not hide the next.
fn cargo_args(extra: &[String]) -> Vec<&str> {
    let mut args = vec!["test", "--all-features", "--no-fail-fast"];
    let own = extra.iter().take_while(|arg| *arg != "--");
    if !own
        .into_iter()
        .any(|arg| arg.starts_with("-p") || arg.starts_with("--package"))
    {
        args.push("--workspace");
    }
    args.extend(extra.iter().map(String::as_str));
    args
}

/// Copies lines as they come, and counts what the `test result:` lines say.
fn relay(mut input: impl io::BufRead, output: &mut impl io::Write) -> Result<Sum> {
    let mut sum = Sum::default();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        output.write_all(&line)?;
        output.flush()?;
        sum.add(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(sum)
}

/// The counts of all `test result:` lines so far.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    passed: u64,
    failed: u64,
    ignored: u64,
    measured: u64,
    filtered: u64,
}

impl Sum {
    /// Adds `test result: ok. 3 passed; 0 failed; …`; any other line counts nothing.
    fn add(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test result: ") else {
            return;
        };
        let words: Vec<&str> = rest
            .split([' ', ';'])
            .filter(|word| !word.is_empty())
            .collect();
        for pair in words.windows(2) {
            let [count, noun] = pair else { continue };
            let Ok(count) = count.parse::<u64>() else {
                continue;
            };
            match *noun {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                "measured" => self.measured += count,
                "filtered" => self.filtered += count,
                _ => {}
            }
        }
    }
}

/// The sum in cargo test's own form, for those who read only the end of the output.
struct Closing<'a> {
    passed: bool,
    sum: &'a Sum,
    took: Duration,
}

impl fmt::Display for Closing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed { "ok" } else { "FAILED" };
        let sum = self.sum;
        write!(
            f,
            "test result: {verdict}. {} passed; {} failed; ",
            sum.passed, sum.failed
        )?;
        write!(f, "{} ignored; {} measured; ", sum.ignored, sum.measured)?;
        write!(
            f,
            "{} filtered out; finished in {:.2}s",
            sum.filtered,
            self.took.as_secs_f64()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
running 3 tests
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s
a test that talks about a test result: ok. 900 passed
test result: \x1b[31mFAILED\x1b[m. 5 passed; 7 failed; 0 ignored; 1 measured; 0 filtered out
";

    #[test]
    fn the_output_passes_through_and_its_results_are_summed() {
        let mut copy = Vec::new();
        let sum = relay(OUTPUT.as_bytes(), &mut copy).unwrap();
        assert_eq!(copy, OUTPUT.as_bytes());
        let expected = Sum {
            passed: 7,
            failed: 7,
            ignored: 1,
            measured: 1,
            filtered: 4,
        };
        assert_eq!(sum, expected);
    }

    #[test]
    fn the_closing_line_reads_like_a_line_of_cargo_test() {
        let sum = Sum {
            passed: 12,
            ..Sum::default()
        };
        let closing = Closing {
            passed: true,
            sum: &sum,
            took: Duration::from_millis(1500),
        };
        assert_eq!(
            closing.to_string(),
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; \
             0 filtered out; finished in 1.50s"
        );
        let mut again = Sum::default();
        again.add(&closing.to_string());
        assert_eq!(again, sum);
    }

    #[test]
    fn a_named_package_replaces_the_workspace() {
        let args = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            cargo_args(&words).join(" ")
        };
        assert!(args("").contains("--workspace"));
        assert!(args("json -- -p").contains("--workspace"));
        assert!(!args("-p sealift-metadata").contains("--workspace"));
    }
}

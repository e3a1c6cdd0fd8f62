//! The task runner of the house: `cargo xtask <verb>`, one file per verb.
#![expect(clippy::print_stdout, reason = "stdout is where a task runner reports")]

mod bench;
mod demo;
mod firmware;
mod fixtures;
mod fuzz;
mod lint;
mod mutants;
mod powercut;
mod security;
mod setup;
mod size;
mod step;
mod test;
mod wearable;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

/// Runs the chores of this repository, each with everything it needs.
///
/// Start with `cargo xtask demo` to see what Sealift does.
///
/// `cargo xtask test` installs what the tests need into a cache outside of the
/// checkout (`SEALIFT_CACHE`, by default ~/.cache/sealift) and runs them. Before a commit, run `cargo xtask lint` as well.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

/// What can be done, in the order in which a newcomer needs it.
#[derive(Subcommand)]
enum Verb {
    /// Show the main job: two releases travel to a device, three forgeries are refused
    Demo(demo::Args),
    /// Install what the tests need, run every test, and sum the results in one line
    Test(test::Args),
    /// Feed hostile bytes to everything that reads, for some seconds each
    Fuzz(fuzz::Args),
    /// Cut the power within everything that a device does to its flash, and see it boot
    Powercut(powercut::Args),
    /// Break the code that verifies, line by line, and see whether a test notices
    Mutants(mutants::Args),
    /// Measure speed and memory beside a floor and other TUF clients
    #[command(subcommand)]
    Bench(bench::Args),
    /// Measure what the update client takes of a Cortex-M4: flash, RAM and stack
    Size(size::Args),
    /// Update an emulated microcontroller over a serial line, power cuts included
    Wearable(wearable::Args),
    /// Check the format, clippy, dependencies, documentation and security register
    Lint(lint::Args),
    /// Make the golden files in tests/fixtures anew: they pin every byte on the wire
    Fixtures,
    /// Show how many of the security requirements are met, or check the register
    Security(security::Args),
}

fn main() -> ExitCode {
    match run(&Cli::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one verb; every verb may rely on standing in the root of the repository.
fn run(verb: &Verb) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(&root).with_context(|| format!("cannot enter {}", root.display()))?;
    match verb {
        Verb::Demo(args) => demo::run(args),
        Verb::Test(args) => test::run(args),
        Verb::Fuzz(args) => fuzz::run(args),
        Verb::Powercut(args) => powercut::run(args),
        Verb::Mutants(args) => mutants::run(args),
        Verb::Bench(args) => bench::run(args),
        Verb::Size(args) => size::run(args),
        Verb::Wearable(args) => wearable::run(args),
        Verb::Lint(args) => lint::run(args),
        Verb::Fixtures => fixtures::run(),
        Verb::Security(args) => security::run(args),
    }
}

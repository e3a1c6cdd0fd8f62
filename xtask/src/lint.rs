//! `cargo xtask lint`: everything that can be said about the tree without running it.

use anyhow::Result;

use crate::step::{Step, failed, timed};
use crate::{firmware, security, setup};

/// What to check, and whether to mend it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Reformat the code and apply what clippy knows how to fix, then check the rest
    #[arg(long)]
    fix: bool,
}

/// Runs the steps in order and stops at the first that fails.
pub(crate) fn run(args: &Args) -> Result<()> {
    for step in source_steps(args.fix) {
        step.run()?;
    }
    timed("clippy of the firmware", || {
        firmware::clippy(setup::bare_metal_clippy()?)
    })?;
    dependencies()?.run()?;
    documentation().run()?;
    timed("security register", security::check)
        .map_err(|error| failed("security register", "cargo xtask security --check", &error))
}

/// It is a workspace of its own.
const FIRMWARE: &str = "--manifest-path device-client/wearable/Cargo.toml";

fn source_steps(fix: bool) -> Vec<Step> {
    let every_target = "--workspace --all-targets --all-features";
    let mut steps = Vec::new();
    if fix {
        let args = format!("clippy --fix --allow-dirty --allow-staged {every_target}");
        steps.push(Step::new("clippy fixes", "cargo", &args));
        steps.push(Step::new("reformat", "cargo", "fmt --all"));
        let args = format!("fmt --all {FIRMWARE}");
        steps.push(Step::new("reformat the firmware", "cargo", &args));
    }
    steps.push(Step::new("format", "cargo", "fmt --all --check"));
    let args = format!("fmt --all --check {FIRMWARE}");
    steps.push(Step::new("format of the firmware", "cargo", &args));
    let args = format!("clippy {every_target} -- -D warnings");
    steps.push(Step::new("clippy", "cargo", &args));
    steps
}

/// The advisory database is not among these checks: see `deny.toml`.
fn dependencies() -> Result<Step> {
    let args = "--workspace check --hide-inclusion-graph licenses bans sources";
    Ok(Step::new("dependencies", setup::cargo_deny()?, args))
}

fn documentation() -> Step {
    let args = "doc --workspace --no-deps --all-features";
    Step::new("documentation", "cargo", args).env("RUSTDOCFLAGS", "-D warnings")
}

//! `cargo xtask powercut`: cuts the power within everything that a device does to its flash.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Cuts the power of simulated devices, and sees what wakes up.
///
/// Twelve kinds of flash, thirteen scenarios, every program unit and every sector that they write
/// or erase, up to eight outcomes of a cut; and the files of a gateway. A failure is printed with an
/// id, and makes the exit code 1. See docs/powercut.md.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Try some three times as much; not what a change must pass
    #[arg(long)]
    deep: bool,
    /// Repeat one case alone
    #[arg(long, value_name = "ID")]
    replay: Option<String>,
    /// Threads; as many as there are processors where it is not given
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Only flash of this name
    #[arg(long, value_name = "NAME")]
    geometry: Option<String>,
    /// Only the scenario of this name
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
}

/// Builds the simulator, optimised, and runs it.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--release", "--package", "sealift-tests"]);
    command.args(["--features", "files", "--bin", "sealift-powercut", "--"]);
    if args.deep {
        command.arg("--deep");
    }
    let jobs = args.jobs.map(|jobs| jobs.to_string());
    for (option, value) in [
        ("--replay", &args.replay),
        ("--jobs", &jobs),
        ("--geometry", &args.geometry),
        ("--scenario", &args.scenario),
    ] {
        if let Some(value) = value {
            command.args([option, value]);
        }
    }
    let status = command.status().context("cannot start the simulator")?;
    ensure!(status.success(), "the simulator ended with {status}");
    Ok(())
}

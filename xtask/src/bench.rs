//! `cargo xtask bench`: speed and memory, as ratios against a floor or a peer in the same run.

mod install;
mod wearable;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::setup;
use crate::step::Step;

/// What to measure.
#[derive(clap::Subcommand)]
pub(crate) enum Args {
    /// A refresh beside its floor, and large targets roles beside other TUF clients
    Verify {
        /// Rounds of which the median counts
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: usize,
    },
    /// An image of 256 MiB through a gateway's agent, beside curl, zstd, dd and sha256sum
    Install {
        /// Rounds of which the median counts
        #[arg(long, value_name = "N", default_value_t = 3)]
        rounds: usize,
    },
    /// Instructions for each byte that a wearable installs, beside the hashes it cannot do without
    Wearable,
}

/// The clients of a measurement, ours first.
const CLIENTS: [&str; 4] = ["sealift", "sigstore-tuf", "tough", "python-tuf"];

/// Sizes of the targets role that is read.
const TARGETS: [u64; 2] = [20_000, 100_000];

/// Refreshes between two counts of instructions: what comes before and after them falls away.
const REFRESHES: u32 = 20;

/// Instructions of a refresh, at most, per instruction of its floor.
const MOST_OF_FLOOR: f64 = 1.10;

/// How much quicker than the quickest peer, at least.
const LEAST_OF_PEERS: f64 = 5.0;

/// Memory above the document itself, at most, per byte of the thriftiest peer.
const MOST_OF_MEMORY: f64 = 0.1;

pub(crate) fn run(args: &Args) -> Result<()> {
    let target = setup::cache()?.join("bench-target");
    let manifest = "build --quiet --release --manifest-path bench/Cargo.toml --target-dir";
    let features = match args {
        Args::Verify { .. } => "",
        Args::Install { .. } | Args::Wearable => " --features devices",
    };
    let build = format!("{manifest} {}{features}", target.display());
    Step::new("build the benchmark", env!("CARGO"), &build).run()?;
    let program = target.join("release/sealift-bench");
    let misses = match args {
        Args::Verify { rounds } => verify(&program, *rounds)?,
        Args::Install { rounds } => install::run(&program, *rounds)?,
        Args::Wearable => wearable::run(&program)?,
    };
    ensure!(misses.is_empty(), "missed: {}", misses.join("; "));
    Ok(())
}

fn verify(program: &Path, rounds: usize) -> Result<Vec<String>> {
    let mut misses = Vec::new();
    misses.extend(floor(program)?);
    for count in TARGETS {
        misses.extend(peers(program, count, rounds)?);
    }
    Ok(misses)
}

/// A refresh of a small repository against the checks and hashes that it cannot do without.
fn floor(program: &Path) -> Result<Option<String>> {
    let per_refresh = |verb| -> Result<f64> {
        let many = instructions(program, verb, REFRESHES + 1)?;
        Ok((many - instructions(program, verb, 1)?) / f64::from(REFRESHES))
    };
    let (refresh, floor) = (per_refresh("refresh")?, per_refresh("floor")?);
    let ratio = refresh / floor;
    println!("\na refresh, thresholds of 2 (instructions)");
    println!("  {:<14}{refresh:>14.0}", "sealift");
    println!(
        "  {:<14}{floor:>14.0}   ratio {ratio:.3}, at most {MOST_OF_FLOOR}",
        "floor"
    );
    Ok((ratio > MOST_OF_FLOOR).then(|| format!("{ratio:.3} of the floor")))
}

fn instructions(program: &Path, verb: &str, count: u32) -> Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([verb, &count.to_string()])
        .output()
        .context("cannot start valgrind: install the package valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = line.with_context(|| format!("valgrind counted nothing: {said}"))?;
    count
        .trim()
        .parse()
        .context("valgrind counted something else")
}

/// What one client needed for one reading.
#[derive(Clone, Copy)]
struct Cost {
    seconds: f64,
    bytes: f64,
}

/// Every client reads the same repository; ours must beat the best of the others.
fn peers(program: &Path, count: u64, rounds: usize) -> Result<Vec<String>> {
    let scratch = tempfile::tempdir()?;
    let mut make = Command::new(program);
    make.arg("make").arg(scratch.path()).arg(count.to_string());
    ensure!(make.status()?.success(), "cannot write the repository");
    println!("\na targets role of {count} (median of {rounds}): verify, find one");
    let mut costs = Vec::new();
    for client in CLIENTS {
        let cost = median(program, client, scratch.path(), count, rounds)?;
        let mib = cost.bytes / 1_048_576.0;
        println!(
            "  {client:<14}{:>9.3} s of CPU{mib:>10.1} MiB above the input",
            cost.seconds
        );
        costs.push(cost);
    }
    let [ours, others @ ..] = costs.as_slice() else {
        return Ok(Vec::new());
    };
    let least = |of: fn(&Cost) -> f64| others.iter().map(of).fold(f64::INFINITY, f64::min);
    let quicker = least(|cost| cost.seconds) / ours.seconds;
    let memory = ours.bytes / least(|cost| cost.bytes);
    println!(
        "  {quicker:.1} x quicker than the best (at least {LEAST_OF_PEERS}), {memory:.3} of its memory (at most {MOST_OF_MEMORY})"
    );
    let mut misses = Vec::new();
    if quicker < LEAST_OF_PEERS {
        misses.push(format!("{quicker:.1} x the best peer at {count} targets"));
    }
    if memory > MOST_OF_MEMORY {
        misses.push(format!(
            "{memory:.3} of the best peer's memory at {count} targets"
        ));
    }
    Ok(misses)
}

fn median(program: &Path, client: &str, folder: &Path, count: u64, rounds: usize) -> Result<Cost> {
    let index = count / 2;
    let path = format!("images/watch/app/{index}/firmware-{index}.bin");
    let mut costs = Vec::new();
    for _ in 0..rounds {
        let mut command = command(program, client)?;
        let output = command.arg(folder).arg(&path).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{client}: {said}");
        let cost: Value = serde_json::from_slice(&output.stdout)?;
        let number = |name: &str| cost[name].as_f64().context("a cost has it");
        let (seconds, bytes) = (number("cpu_seconds")?, number("bytes_above_input")?);
        costs.push(Cost { seconds, bytes });
    }
    let middle = |of: fn(&Cost) -> f64| {
        let mut values: Vec<f64> = costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values
            .get(values.len() / 2)
            .copied()
            .context("at least one round")
    };
    Ok(Cost {
        seconds: middle(|cost| cost.seconds)?,
        bytes: middle(|cost| cost.bytes)?,
    })
}

fn command(program: &Path, client: &str) -> Result<Command> {
    if client != "python-tuf" {
        let mut command = Command::new(program);
        command.args(["read", client]);
        return Ok(command);
    }
    let judges = setup::judges()?;
    let python = judges
        .iter()
        .find(|(variable, _)| *variable == "SEALIFT_PYTHON_TUF");
    let (_, python): &(_, PathBuf) = python.context("python-tuf is among the judges")?;
    let mut command = Command::new(python);
    command.arg("bench/python_tuf.py");
    Ok(command)
}

//! An image through the agent of a gateway, beside the least that a shell can do.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::setup;
use crate::step::timed;

/// How long the agent takes, at most, per second of the shell.
const MOST_OF_SHELL: f64 = 1.2;

/// Memory of the agent at its peak, at most, in MiB.
const MOST_MIB: f64 = 32.0;

/// The shell: fetched, decoded and written as it comes, then read and hashed.
const SHELL: &str = "set -o pipefail; curl -sSf \"$0/image.zst\" | zstd -dc \
                     | dd of=\"$1/copy\" bs=1M iflag=fullblock status=none \
                     && sha256sum \"$1/copy\" >\"$1/sum\"";

/// Measures both in turns, and says what missed its bar.
pub(super) fn run(program: &Path, rounds: usize) -> Result<Vec<String>> {
    setup::shell()?;
    // Not where memory is the disk: both shall wait for the same one.
    let scratch = tempfile::tempdir_in(setup::cache()?)?;
    let folder = scratch.path();
    timed("make an image of 256 MiB", || {
        let status = Command::new(program).arg("make-image").arg(folder).status();
        ensure!(status?.success(), "the image cannot be written");
        Ok(())
    })?;
    let served = Served::start(program, folder)?;
    let (mut shell, mut agent, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        shell.push(seconds_of_shell(&served.url, folder)?);
        let (seconds, mib) = seconds_of_agent(program, &served.url, folder, round)?;
        agent.push(seconds);
        peaks.push(mib);
    }
    let (shell, agent, peak) = (median(shell)?, median(agent)?, median(peaks)?);
    let ratio = agent / shell;
    println!("\nan image of 256 MiB as zstd over loopback (median of {rounds})");
    println!("  {:<26}{shell:>8.2} s", "curl, zstd, dd, sha256sum");
    println!(
        "  {:<26}{agent:>8.2} s   ratio {ratio:.2}, at most {MOST_OF_SHELL}: {}",
        "sealift-gateway",
        verdict(ratio <= MOST_OF_SHELL)
    );
    println!(
        "  {:<26}{peak:>8.1} MiB at its peak, less than {MOST_MIB}: {}",
        "",
        verdict(peak < MOST_MIB)
    );
    let mut misses = Vec::new();
    if ratio > MOST_OF_SHELL {
        misses.push(format!("{ratio:.2} x the time of the shell"));
    }
    if peak >= MOST_MIB {
        misses.push(format!("{peak:.1} MiB"));
    }
    Ok(misses)
}

const fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "missed" }
}

fn median(mut values: Vec<f64>) -> Result<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.get(values.len() / 2).copied();
    middle.context("at least one round")
}

fn seconds_of_shell(url: &str, folder: &Path) -> Result<f64> {
    settle()?;
    let start = Instant::now();
    let status = Command::new("bash")
        .args(["-c", SHELL, url])
        .arg(folder)
        .status()?;
    let seconds = start.elapsed().as_secs_f64();
    ensure!(status.success(), "the shell failed");
    let copy = folder.join("copy");
    ensure!(std::fs::metadata(&copy)?.len() == 256 << 20, "it is short");
    std::fs::remove_file(copy)?;
    Ok(seconds)
}

/// Wall time in seconds, and memory at its peak in MiB.
fn seconds_of_agent(program: &Path, url: &str, folder: &Path, round: usize) -> Result<(f64, f64)> {
    settle()?;
    let state = format!("state-{round}");
    let start = Instant::now();
    let output = Command::new(program)
        .arg("install")
        .arg(folder)
        .args([url, &state])
        .stderr(Stdio::inherit())
        .output()?;
    let seconds = start.elapsed().as_secs_f64();
    ensure!(output.status.success(), "the agent failed");
    let cost: Value = serde_json::from_slice(&output.stdout)?;
    let bytes = cost["bytes_above_input"]
        .as_f64()
        .context("a cost has it")?;
    std::fs::remove_dir_all(folder.join(state))?;
    Ok((seconds, bytes / 1_048_576.0))
}

/// Nobody waits for what another one wrote.
fn settle() -> Result<()> {
    ensure!(Command::new("sync").status()?.success(), "sync failed");
    Ok(())
}

/// The folder, served until this is dropped.
struct Served {
    server: Child,
    url: String,
}

impl Served {
    fn start(program: &Path, folder: &Path) -> Result<Self> {
        let mut server = Command::new(program)
            .arg("serve")
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()?;
        let said = server.stdout.take().context("it is piped")?;
        let mut url = String::new();
        BufReader::new(said).read_line(&mut url)?;
        let url = url.trim().to_owned();
        Ok(Self { server, url })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It is over either way.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

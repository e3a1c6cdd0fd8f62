//! `cargo xtask fuzz`: hostile bytes for everything that reads.
//!
//! The stable toolchain is enough: without a sanitizer nothing but coverage is asked of the
//! compiler. Safe code needs no sanitizer to be caught: panics, failed assertions, overflows,
//! endless loops and memory without end are findings as they are.

mod campaign;
mod targets;

use std::io;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::setup;
use crate::step::Step;

use campaign::Campaign;
use targets::Target;

/// What to fuzz, and for how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Names from fuzz/Cargo.toml; all of them where none is given
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// How long each target is fuzzed
    #[arg(long, value_name = "N", default_value_t = 10)]
    seconds: u32,
    /// Run one target once, with the bytes of a finding
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    replay: Option<PathBuf>,
}

/// Builds the targets and fuzzes or replays; a finding in one does not hide the next.
pub(crate) fn run(args: &Args) -> Result<()> {
    let targets = targets::named(&args.targets)?;
    if let Some(file) = &args.replay {
        let [target] = targets.as_slice() else {
            bail!("name the one target that is to read {}", file.display());
        };
        return build()?.replay(target, file);
    }
    fuzz(&targets, args.seconds)
}

/// Fuzzes every target for so long.
pub(crate) fn all(seconds: u32) -> Result<()> {
    fuzz(&targets::named(&[])?, seconds)
}

fn fuzz(targets: &[Target], seconds: u32) -> Result<()> {
    let campaign = build()?;
    let mut found = Vec::new();
    for target in targets {
        if let Err(error) = campaign.run(target, seconds) {
            eprintln!("{error:#}");
            found.push(target.name.as_str());
        }
    }
    ensure!(found.is_empty(), "fuzzing failed for {}", found.join(", "));
    Ok(())
}

/// Builds every target; `fuzz/Cargo.toml` is a workspace of its own and so has its own `target`.
fn build() -> Result<Campaign> {
    let host = host()?;
    let args = format!("fuzz build --fuzz-dir fuzz --sanitizer none --target {host}");
    Step::new("build fuzz targets", setup::cargo_fuzz()?, &args).run()?;
    Ok(Campaign {
        programs: PathBuf::from(format!("fuzz/target/{host}/release")),
        cache: setup::cache()?.join("fuzz"),
    })
}

/// The triple of this machine, which is where cargo puts what is built for a named target.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.context("cannot start rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc names no host")
}

/// Paths are the caller's, and every verb runs in the root of the repository.
fn absolute(path: &str) -> io::Result<PathBuf> {
    std::path::absolute(path)
}

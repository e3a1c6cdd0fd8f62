//! `cargo xtask demo`: the main job, with real programs and real images.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::step::Step;

/// The versions that the gateway's own executable is built as, to be its own image.
const VERSIONS: [&str; 2] = ["1.0.0", "1.1.0"];

/// Shows the main job: two releases travel to a device, three forgeries are refused.
///
/// Needs nothing but the Rust toolchain and the C compiler that it links with.
/// The images are the gateway's own executable, built as 1.0.0 and as 1.1.0;
/// with `--image A --image B` two of your own travel instead.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// An image of your own; give two, that of release 1.0.0 and that of 1.1.0
    #[arg(long = "image", value_name = "FILE")]
    images: Vec<PathBuf>,
    /// Keep the scratch directory, to look at what everybody wrote
    #[arg(long)]
    keep: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let given = args.images.len();
    ensure!(
        given == 0 || given == 2,
        "give --image twice, or not at all"
    );
    let scratch = tempfile::Builder::new().prefix("sealift-demo-").tempdir()?;
    let story = scratch.path().join("story");
    std::fs::create_dir(&story)?;
    let images = [
        build(VERSIONS[0], scratch.path())?,
        build(VERSIONS[1], scratch.path())?,
    ];
    let mut command = Command::new(built("sealift-demo"));
    command.arg(&story);
    match args.images.as_slice() {
        [] => command.args(&images).args(VERSIONS),
        given => command.args(given),
    };
    let status = command.status().context("cannot start the demo")?;
    if args.keep {
        println!("kept: {}", scratch.keep().display());
    }
    ensure!(
        status.success(),
        "the demo ended with {status}; look inside with --keep"
    );
    Ok(())
}

/// Builds every program, the gateway so that it calls itself `version`, and puts a copy of it
/// aside as an image.
fn build(version: &'static str, scratch: &Path) -> Result<PathBuf> {
    let args = "build --quiet --package sealift --package sealift-server --package sealift-gateway \
                --package sealift-tests --features sealift-tests/server --bins";
    Step::new("build", env!("CARGO"), args)
        .env("SEALIFT_GATEWAY_VERSION", version)
        .run()?;
    let image = scratch.join(format!("gateway-{version}"));
    std::fs::copy(built("sealift-gateway"), &image)?;
    Ok(image)
}

/// Where cargo put a program, from the root of the repository.
pub(crate) fn built(program: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    Path::new(&target).join("debug").join(program)
}

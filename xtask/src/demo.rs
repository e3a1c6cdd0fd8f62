//! `cargo xtask demo`: the main job, with real programs and real images.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

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
    let scratch = Scratch::new()?;
    let images = [
        build(VERSIONS[0], scratch.path())?,
        build(VERSIONS[1], scratch.path())?,
    ];
    let mut told: Vec<OsString> = args.images.iter().map(OsString::from).collect();
    if told.is_empty() {
        told.extend(images.map(OsString::from));
        told.extend(VERSIONS.map(OsString::from));
    }
    scratch.tell("sealift-demo", &told, args.keep)
}

/// A folder for what is built, and for the story that a demo tells with it.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("sealift-demo-").tempdir()?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs a demo in an empty folder of its own, and leaves nothing behind, if that is not wanted.
    pub(crate) fn tell(self, demo: &str, args: &[OsString], keep: bool) -> Result<()> {
        let story = self.path().join("story");
        std::fs::create_dir(&story)?;
        let mut command = Command::new(built(demo));
        let status = command.arg(&story).args(args).status();
        if keep {
            println!("kept: {}", self.0.keep().display());
        }
        let status = status.context("cannot start the demo")?;
        ensure!(
            status.success(),
            "the demo ended with {status}; look inside with --keep"
        );
        Ok(())
    }
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
fn built(program: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    Path::new(&target).join("debug").join(program)
}

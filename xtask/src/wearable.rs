//! `cargo xtask wearable`: a firmware updates itself over a serial line, in an emulator.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::demo::Scratch;
use crate::firmware::{self, Machine, Program};
use crate::setup::{self, BareMetal};
use crate::step::{Step, timed};

/// Shows how a microcontroller updates itself: an emulated Cortex-M gets its releases over a
/// serial line from `sealift-gateway relay`, verifies them itself, installs them into its other
/// slot, refuses a forgery and comes back from a release that faults at boot.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The board to emulate
    #[arg(long, value_enum, default_value_t)]
    machine: Machine,
    /// Cut the power at so many moments of the update as well
    #[arg(long, value_name = "N", default_value_t = 0)]
    cut: u32,
    /// What decides those moments: the same seed leads to the same fractions of the update's time
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Give the device a boot loader that checks signatures, and let somebody write its flash from
    /// outside
    #[arg(long)]
    verify_at_boot: bool,
    /// Keep the scratch directory, to look at what everybody wrote
    #[arg(long)]
    keep: bool,
    /// Build with the compiler of Debian's packages, even where rustup has the target
    #[arg(long)]
    debian: bool,
}

/// The versions of the application. The last one faults at boot, then hangs.
const VERSIONS: [&str; 3] = ["1.0.0", "1.1.0", "1.2.0"];

/// What a boot loader is built with where the factory of the story fills in the pinned root:
/// `tests/src/wearable/outside.rs` looks for it.
const PLACEHOLDER: &str = "5ea11f75ea11f75ea11f75ea11f75ea11f75ea11f75ea11f75ea11f75ea11f70";

pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(
        args.machine == Machine::Mps2An386 || !args.verify_at_boot,
        "a micro:bit has no room for evidence beside its slots"
    );
    let toolchain = setup::bare_metal(args.debian)?;
    let scratch = Scratch::new()?;
    let programs = timed("build the firmware", || {
        firmware(toolchain, args, scratch.path())
    })?;
    let build = "build --quiet --package sealift --package sealift-server \
                 --package sealift-gateway --package sealift-tests \
                 --features sealift-tests/server --bins";
    Step::new("build server, signer and gateway", env!("CARGO"), build).run()?;

    let (machine, cut) = (args.machine.name(), args.cut.to_string());
    let mut told = vec![machine.into(), cut.into(), args.seed.to_string().into()];
    told.extend(programs.into_iter().map(OsString::from));
    scratch.tell("sealift-wearable-demo", &told, args.keep)
}

/// The boot loader, each version of the application for slots a and b, and a boot loader that checks
/// signatures.
fn firmware(toolchain: BareMetal, args: &Args, scratch: &Path) -> Result<Vec<PathBuf>> {
    let (machine, verifies) = (args.machine, args.verify_at_boot);
    let bootloader = Program {
        machine,
        package: "sealift-wearable-bootloader",
        variables: &[],
        features: &[],
    };
    let mut programs = vec![scratch.join("bootloader.elf")];
    std::fs::copy(bootloader.build(toolchain)?, &programs[0])?;
    for version in VERSIONS {
        let is_last = Some(&version) == VERSIONS.last();
        for slot in ["a", "b"] {
            let app = Program {
                machine,
                package: "sealift-wearable-app",
                variables: &[
                    ("SEALIFT_SLOT", slot),
                    ("SEALIFT_WEARABLE_VERSION", version),
                ],
                features: match (is_last, verifies) {
                    (false, false) => &[],
                    (true, false) => &["crash-at-boot"],
                    (false, true) => &["verify-at-boot"],
                    (true, true) => &["crash-at-boot", "verify-at-boot"],
                },
            };
            let image = firmware::image(&app.build(toolchain)?)?;
            let path = scratch.join(format!("app-{version}-{slot}.bin"));
            std::fs::write(&path, image)?;
            programs.push(path);
        }
    }
    if verifies {
        let verifying = Program {
            variables: &[("SEALIFT_ROOT_SHA256", PLACEHOLDER)],
            features: &["verify-at-boot"],
            ..bootloader
        };
        let path = scratch.join("bootloader-verifying.elf");
        std::fs::copy(verifying.build(toolchain)?, &path)?;
        programs.push(path);
    }
    Ok(programs)
}

//! A wearable in an emulator, told step by step: `cargo xtask wearable`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sealift_tests::wearable::cuts::Cuts;
use sealift_tests::wearable::{Builds, Machine, story};

/// `sealift-wearable-demo SCRATCH MACHINE CUTS SEED BOOTLOADER APP_1_A APP_1_B APP_2_A … APP_3_B [VERIFYING]`
///
/// With a boot loader that checks signatures, the device gets that one.
fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    ensure!(
        args.len() == 11 || args.len() == 12,
        "this is started by cargo xtask wearable"
    );
    let path = |index: usize| PathBuf::from(&args[index]);
    let builds = Builds {
        machine: Machine::named(&args[1]).context("an unknown machine")?,
        bootloader: path(4),
        verifying: args.get(11).map(PathBuf::from),
        apps: [5, 7, 9].map(|first| [path(first), path(first + 1)]),
    };
    let cuts = Cuts {
        count: args[2].parse()?,
        seed: args[3].parse()?,
    };
    let cuts = Some(cuts).filter(|cuts| cuts.count > 0);
    let scratch = Path::new(&args[0]);
    story::tell(scratch, &builds, cuts.as_ref(), &mut std::io::stdout())
        .with_context(|| format!("the story went wrong; see {}", scratch.display()))
}

//! What a boot loader takes that checks signatures.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::figures::Figure;
use super::{elf, emulator};
use crate::firmware::{Machine, Program};
use crate::setup::BareMetal;
use crate::step::timed;

/// The buffer that it has for a root, or for the window that a role passes through.
const BUFFER_BYTES: u64 = 8 * 1024;

/// Builds it for the device that lies beside the repository, and runs it on that.
pub(super) fn measure(toolchain: BareMetal, folder: &Path) -> Result<[Figure; 3]> {
    let files = std::path::absolute(folder)?.join("files");
    let root = files.join("root.sha256");
    let root = std::fs::read_to_string(&root).with_context(|| root.display().to_string())?;
    let program = Program {
        machine: Machine::Mps2An386,
        package: "sealift-wearable-bootloader",
        variables: &[("SEALIFT_ROOT_SHA256", &root)],
        features: &["verify-at-boot"],
    };
    let what = "build the boot loader that checks signatures";
    let path = timed(what, || program.build(toolchain))?;
    let image = elf::read(&path)?;
    let stack_bytes = emulator::boot(&path, &image, &files.join("flash.bin"), folder)?;
    let static_bytes = image.static_bytes.saturating_sub(BUFFER_BYTES);
    Ok([
        Figure::new("verifying boot loader: flash", image.flash_bytes, None),
        Figure::new(
            "verifying boot loader: RAM and stack",
            static_bytes + stack_bytes,
            None,
        ),
        Figure::new("verifying boot loader: buffer", BUFFER_BYTES, None),
    ])
}

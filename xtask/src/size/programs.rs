//! The programs of `cargo xtask wearable`, as the linker laid them out.

use anyhow::Result;

use super::elf;
use super::figures::Figure;
use crate::firmware::Program;
use crate::setup::BareMetal;
use crate::step::timed;

const BOOTLOADER_FLASH_BYTES: u64 = 8 * 1024;

/// Verification, serial link, install and boot control, with everything that a firmware needs to
/// run at all.
const APP_FLASH_BYTES: u64 = 72 * 1024;
const APP_RAM_BYTES: u64 = 32 * 1024;

/// Builds boot loader and application.
pub(super) fn measure(toolchain: BareMetal) -> Result<[Figure; 3]> {
    let build = |package, variables: &[(&str, &str)]| {
        let program = Program {
            package,
            variables,
            features: &[],
        };
        elf::read(&program.build(toolchain)?)
    };
    timed("build boot loader and application", || {
        let bootloader = build("sealift-wearable-bootloader", &[])?.flash_bytes;
        let app = build("sealift-wearable-app", &[("SEALIFT_SLOT", "a")])?;
        Ok([
            Figure::new(
                "boot loader: flash",
                bootloader,
                Some(BOOTLOADER_FLASH_BYTES),
            ),
            Figure::new(
                "complete client: flash",
                app.flash_bytes,
                Some(APP_FLASH_BYTES),
            ),
            // The stack has what the linker gave it: beyond that there is no memory.
            Figure::new(
                "complete client: RAM in all",
                app.ram_bytes,
                Some(APP_RAM_BYTES),
            ),
        ])
    })
}

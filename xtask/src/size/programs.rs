//! The programs of `cargo xtask wearable`, as the linker laid them out.

use anyhow::Result;

use super::elf::{self, Image};
use super::figures::Figure;
use crate::firmware::{Machine, Program};
use crate::setup::BareMetal;
use crate::step::timed;

const BOOTLOADER_FLASH_BYTES: u64 = 8 * 1024;

/// Verification, serial link, install and boot control, with everything that a firmware needs to
/// run at all.
const APP_FLASH_BYTES: u64 = 72 * 1024;
const APP_RAM_BYTES: u64 = 32 * 1024;

/// All that a micro:bit has, with two slots, boot loader and records.
const MICROBIT_APP_FLASH_BYTES: u64 = 112 * 1024;
const MICROBIT_BOOTLOADER_FLASH_BYTES: u64 = 10 * 1024;
const MICROBIT_RAM_BYTES: u64 = 16 * 1024;

/// Builds boot loader and application for both boards.
pub(super) fn measure(toolchain: BareMetal) -> Result<[Figure; 6]> {
    timed("build boot loader and application", || {
        let bootloader = boot_loader(toolchain, Machine::Mps2An386)?;
        let app = application(toolchain, Machine::Mps2An386)?;
        let small_bootloader = boot_loader(toolchain, Machine::Microbit)?;
        let small_app = application(toolchain, Machine::Microbit)?;
        let figure = |what, bytes, bar| Figure::new(what, bytes, Some(bar));
        // The stack has what the linker gave it: beyond that there is no memory.
        Ok([
            figure(
                "boot loader: flash",
                bootloader.flash_bytes,
                BOOTLOADER_FLASH_BYTES,
            ),
            figure("complete client: flash", app.flash_bytes, APP_FLASH_BYTES),
            figure("complete client: RAM in all", app.ram_bytes, APP_RAM_BYTES),
            figure(
                "micro:bit: boot loader's flash",
                small_bootloader.flash_bytes,
                MICROBIT_BOOTLOADER_FLASH_BYTES,
            ),
            figure(
                "micro:bit: complete client's flash",
                small_app.flash_bytes,
                MICROBIT_APP_FLASH_BYTES,
            ),
            figure(
                "micro:bit: complete client's RAM",
                small_app.ram_bytes,
                MICROBIT_RAM_BYTES,
            ),
        ])
    })
}

fn boot_loader(toolchain: BareMetal, machine: Machine) -> Result<Image> {
    let program = Program {
        machine,
        package: "sealift-wearable-bootloader",
        variables: &[],
        features: &[],
    };
    elf::read(&program.build(toolchain)?)
}

fn application(toolchain: BareMetal, machine: Machine) -> Result<Image> {
    let program = Program {
        machine,
        package: "sealift-wearable-app",
        variables: &[("SEALIFT_SLOT", "a")],
        features: &[],
    };
    elf::read(&program.build(toolchain)?)
}

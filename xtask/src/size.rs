//! `cargo xtask size`: what the update client takes of a Cortex-M4, measured on its firmware.
//!
//! `device-client/wearable` is built with a repository linked in and run in QEMU: it refreshes,
//! reads the channel and looks the image up. Flash and static RAM are read from the ELF file, the
//! peak of the stack from memory that was painted before. Beside it stands what the linker says of
//! the boot loader and of the application that `cargo xtask wearable` shows, and a boot loader that
//! checks signatures, run up to its jump.

mod build;
mod elf;
pub(crate) mod emulator;
mod figures;
mod loader;
mod programs;

use std::path::Path;

use anyhow::{Result, ensure};

use crate::firmware::FOLDER;
use crate::setup;
use figures::{Bars, Figures};

/// What to do with figures that grew.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write the figures down as agreed: growth beyond 5 % of these fails from then on
    #[arg(long)]
    accept: bool,
    /// Build with the compiler of Debian's packages, even where rustup has the target
    #[arg(long)]
    debian: bool,
}

/// The sequence of the image that the firmware must choose.
const NEWEST: u64 = 40;

/// What the update client may take, beside the caller's buffer.
const BARS: Bars = Bars {
    flash_bytes: 48 * 1024,
    ram_bytes: 16 * 1024,
    buffer_bytes: 8 * 1024,
};

pub(crate) fn run(args: &Args) -> Result<()> {
    let toolchain = setup::bare_metal(args.debian)?;
    let folder = Path::new(FOLDER);
    let firmware = build::firmware(toolchain, folder)?;
    let image = elf::read(&firmware.path)?;
    let run = emulator::run(&firmware.path, &image, folder)?;
    ensure!(
        run.sequence == NEWEST,
        "the firmware chose {}, not {NEWEST}",
        run.sequence
    );
    let figures = Figures {
        flash_bytes: image.flash_bytes.saturating_sub(firmware.files_bytes),
        static_bytes: image.static_bytes.saturating_sub(run.buffer_bytes),
        stack_bytes: run.stack_bytes,
        buffer_bytes: run.buffer_bytes,
    };
    figures.print(toolchain.name(), &BARS);
    programs::print(toolchain)?;
    let verifying = loader::measure(toolchain, folder)?;
    verifying.say("boot loader that checks signatures");
    let name = format!("{}-verify-at-boot", toolchain.name());
    if args.accept {
        figures.accept(toolchain.name())?;
        return verifying.accept(&name);
    }
    figures.compare(toolchain.name())?;
    verifying.compare(&name)
}

//! `cargo xtask size`: what the update client takes of a Cortex-M4, measured on its firmware.
//!
//! `device-client/wearable` is built with a repository linked in and run in QEMU: it refreshes,
//! reads the channel and looks the image up. Flash and static RAM are read from the ELF file, the
//! peak of the stack from memory that was painted before. Beside it stands what the linker says of
//! the boot loader and of the application that `cargo xtask wearable` shows, and a boot loader that
//! checks signatures, run up to its jump. Growth beyond what was agreed fails, of all of them.

mod build;
mod elf;
pub(crate) mod emulator;
mod figures;
mod loader;
mod programs;

use std::path::Path;

use anyhow::{Result, ensure};

use crate::firmware::FOLDER;
use crate::setup::{self, BareMetal};
use figures::Figure;

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

/// What the update client may take.
const FLASH_BYTES: u64 = 48 * 1024;
/// Static RAM and the stack together, beside the caller's buffer.
const RAM_BYTES: u64 = 16 * 1024;
const BUFFER_BYTES: u64 = 8 * 1024;

pub(crate) fn run(args: &Args) -> Result<()> {
    let toolchain = setup::bare_metal(args.debian)?;
    let folder = Path::new(FOLDER);
    let mut figures = Vec::from(client(toolchain, folder)?);
    figures.extend(programs::measure(toolchain)?);
    figures.extend(loader::measure(toolchain, folder)?);
    figures::print(toolchain.name(), &figures);
    if args.accept {
        return figures::accept(toolchain.name(), &figures);
    }
    figures::compare(toolchain.name(), &figures)
}

/// The update client, as it runs.
fn client(toolchain: BareMetal, folder: &Path) -> Result<[Figure; 5]> {
    let firmware = build::firmware(toolchain, folder)?;
    let image = elf::read(&firmware.path)?;
    let run = emulator::run(&firmware.path, &image, folder)?;
    ensure!(
        run.sequence == NEWEST,
        "the firmware chose {}, not {NEWEST}",
        run.sequence
    );
    let flash = image.flash_bytes.saturating_sub(firmware.files_bytes);
    let statics = image.static_bytes.saturating_sub(run.buffer_bytes);
    let ram = statics + run.stack_bytes;
    Ok([
        Figure::new("update client: flash", flash, Some(FLASH_BYTES)),
        Figure::new("update client: static RAM", statics, None),
        Figure::new("update client: peak of the stack", run.stack_bytes, None),
        Figure::new("update client: RAM and stack", ram, Some(RAM_BYTES)),
        Figure::new(
            "update client: caller's buffer",
            run.buffer_bytes,
            Some(BUFFER_BYTES),
        ),
    ])
}

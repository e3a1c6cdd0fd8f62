//! What an ELF file puts into flash and RAM.

use std::path::Path;

use anyhow::{Context as _, Result};
use object::elf::SHF_ALLOC;
use object::{
    Object as _, ObjectSection as _, ObjectSymbol as _, Section, SectionFlags, SectionKind,
};

/// Where the memory map of the board puts RAM.
const RAM: u64 = 0x2000_0000;

/// A firmware as the linker laid it out.
pub(super) struct Image {
    /// Bytes of flash: code, constants, and the initial values of variables.
    pub(super) flash_bytes: u64,
    /// Bytes of RAM that variables take.
    pub(super) static_bytes: u64,
    /// Where the stack begins; it grows down from here.
    pub(super) stack_start: u64,
}

pub(super) fn read(path: &Path) -> Result<Image> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let file = object::File::parse(bytes.as_slice())?;
    let (mut flash_bytes, mut static_bytes) = (0, 0);
    for section in file.sections().filter(is_loaded) {
        let is_variable = section.address() >= RAM;
        // Variables begin in RAM with what lies in flash, but for those that begin as zeros.
        if !is_variable || section.kind() == SectionKind::Data {
            flash_bytes += section.size();
        }
        if is_variable {
            static_bytes += section.size();
        }
    }
    let stack = file
        .symbols()
        .find(|symbol| symbol.name() == Ok("_stack_start"));
    let stack_start = stack.context("the firmware has no stack")?.address();
    Ok(Image {
        flash_bytes,
        static_bytes,
        stack_start,
    })
}

/// Whether the section takes memory of the board, and not of the file alone.
fn is_loaded(section: &Section<'_, '_>) -> bool {
    match section.flags() {
        SectionFlags::Elf { sh_flags, .. } => sh_flags.0 & SHF_ALLOC.0 != 0,
        _ => false,
    }
}

impl Image {
    /// The part of RAM that only the stack uses, from its lowest address on.
    pub(super) const fn stack(&self) -> (u64, u64) {
        let lowest = (RAM + self.static_bytes).next_multiple_of(16);
        (lowest, self.stack_start - lowest)
    }
}

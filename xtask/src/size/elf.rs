//! What an ELF file puts into flash and RAM.

use std::path::Path;

use anyhow::{Context as _, Result};
use object::elf::SHF_ALLOC;
use object::{
    Object as _, ObjectSection as _, ObjectSymbol as _, Section, SectionFlags, SectionKind,
};

/// Where the memory map of the board puts RAM, and what plays flash behind it.
const RAM: u64 = 0x2000_0000;
const FLASH: u64 = 0x2100_0000;

/// A firmware as the linker laid it out.
pub(super) struct Image {
    /// Bytes of flash: code, constants, and the initial values of variables.
    pub(super) flash_bytes: u64,
    /// Bytes of RAM that variables take.
    pub(super) static_bytes: u64,
    /// Bytes of RAM of the stack and of the variables, where the stack lies before those.
    pub(super) ram_bytes: u64,
    /// Where the stack begins; it grows down from here.
    pub(super) stack_start: u64,
}

pub(super) fn read(path: &Path) -> Result<Image> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let file = object::File::parse(bytes.as_slice())?;
    let (mut flash_bytes, mut static_bytes) = (0, 0);
    for section in file.sections().filter(is_loaded) {
        let is_variable = (RAM..FLASH).contains(&section.address());
        // Variables begin in RAM with what lies in flash, but for those that begin as zeros.
        if !is_variable || section.kind() == SectionKind::Data {
            flash_bytes += section.size();
        }
        if is_variable {
            static_bytes += section.size();
        }
    }
    let symbol = |name: &str| {
        let found = file.symbols().find(|symbol| symbol.name() == Ok(name));
        let found = found.with_context(|| format!("the firmware has no {name}"))?;
        Ok::<u64, anyhow::Error>(found.address())
    };
    Ok(Image {
        flash_bytes,
        static_bytes,
        ram_bytes: symbol("__sheap")?.saturating_sub(symbol("_stack_end")?),
        stack_start: symbol("_stack_start")?,
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

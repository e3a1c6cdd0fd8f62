//! The flash behind its controller (nRF51 Series Reference Manual, 6): pages of 1 KiB are erased to
//! ones, and bits fall to zero a word at a time.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use sealift_device::nor::Area;

use super::registers::{self, Block, FLASH_BYTES};

/// Bytes of a page.
pub const PAGE_BYTES: usize = 1024;

/// Bytes that are written at once.
pub const UNIT_BYTES: usize = 4;

/// NVMC: what the controller lets happen.
#[derive(Clone, Copy)]
#[repr(u32)]
enum Mode {
    Read = 0,
    Write = 1,
    Erase = 2,
}

/// The board's flash.
#[derive(Debug)]
pub struct Flash(());

impl Flash {
    /// Its length.
    #[expect(clippy::cast_possible_truncation, reason = "it is less than a MiB")]
    pub const BYTES: u32 = FLASH_BYTES as u32;

    /// The flash. There should be one of these.
    pub const fn new() -> Self {
        Self(())
    }

    /// A part of it, mapped into memory; empty beyond its end.
    pub fn mapped(&self, area: Area) -> &[u8] {
        let (start, length) = (area.start as usize, area.length as usize);
        registers::flash_slice(self, start, length).unwrap_or_default()
    }
}

impl Default for Flash {
    fn default() -> Self {
        Self::new()
    }
}

/// Why the flash did not do what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A range does not begin or end with a page or a word.
    NotAligned,
    /// A range leaves the flash, or covers its first page.
    OutOfBounds,
}

impl NorFlashError for Broken {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::NotAligned => NorFlashErrorKind::NotAligned,
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
        }
    }
}

impl ErrorType for Flash {
    type Error = Broken;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Broken> {
        let area = range(offset, bytes.len(), 1)?;
        bytes.copy_from_slice(self.mapped(area));
        Ok(())
    }

    fn capacity(&self) -> usize {
        FLASH_BYTES
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = UNIT_BYTES;
    const ERASE_SIZE: usize = PAGE_BYTES;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Broken> {
        let length = to.checked_sub(from).ok_or(Broken::OutOfBounds)? as usize;
        let area = range(from, length, PAGE_BYTES)?;
        allow(Mode::Erase);
        for page in (area.start..area.end()).step_by(PAGE_BYTES) {
            Block::Nvmc.at(0x508).write(page);
            wait();
        }
        allow(Mode::Read);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Broken> {
        let area = range(offset, bytes.len(), UNIT_BYTES)?;
        let (words, _) = bytes.as_chunks::<UNIT_BYTES>();
        allow(Mode::Write);
        for (at, word) in (area.start as usize..).step_by(UNIT_BYTES).zip(words) {
            registers::set_flash_word(at, u32::from_le_bytes(*word));
            wait();
        }
        allow(Mode::Read);
        Ok(())
    }
}

/// NVMC CONFIG: a program that ran wild should find it closed.
fn allow(mode: Mode) {
    Block::Nvmc.at(0x504).write(mode as u32);
    wait();
}

/// NVMC READY. The core stands still while a page is erased, for some 20 milliseconds.
fn wait() {
    while Block::Nvmc.at(0x400).read() & 1 == 0 {}
}

fn range(start: u32, length: usize, unit: usize) -> Result<Area, Broken> {
    if !(start as usize).is_multiple_of(unit) || !length.is_multiple_of(unit) {
        return Err(Broken::NotAligned);
    }
    let end = (start as usize).checked_add(length);
    if (start as usize) < PAGE_BYTES || end.is_none_or(|end| end > FLASH_BYTES) {
        return Err(Broken::OutOfBounds);
    }
    let length = u32::try_from(length).map_err(|_| Broken::OutOfBounds)?;
    Ok(Area { start, length })
}

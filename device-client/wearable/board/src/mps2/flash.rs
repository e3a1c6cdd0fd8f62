//! RAM that keeps the rules of NOR flash: pages are erased to ones, bits fall to zero a word at a
//! time, and a word that was written is not written again before its page is erased.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use sealift_device::nor::Area;

use super::registers::{self, FLASH_BYTES};

/// Bytes of a page.
pub const PAGE_BYTES: usize = 4096;

/// Bytes that are written at once.
pub const UNIT_BYTES: usize = 4;

const ERASED: u32 = 0xffff_ffff;

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
    /// A range leaves the flash.
    OutOfBounds,
    /// A word was written before, and its page was not erased since.
    Written,
}

impl NorFlashError for Broken {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::NotAligned => NorFlashErrorKind::NotAligned,
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::Written => NorFlashErrorKind::Other,
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
        for at in (area.start..area.end()).step_by(UNIT_BYTES) {
            registers::set_flash_word(at as usize, ERASED);
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Broken> {
        let area = range(offset, bytes.len(), UNIT_BYTES)?;
        let (words, _) = bytes.as_chunks::<UNIT_BYTES>();
        for (at, word) in (area.start as usize..).step_by(UNIT_BYTES).zip(words) {
            if registers::flash_word(at) != ERASED {
                return Err(Broken::Written);
            }
            registers::set_flash_word(at, u32::from_le_bytes(*word));
        }
        Ok(())
    }
}

fn range(start: u32, length: usize, unit: usize) -> Result<Area, Broken> {
    if !(start as usize).is_multiple_of(unit) || !length.is_multiple_of(unit) {
        return Err(Broken::NotAligned);
    }
    let end = (start as usize).checked_add(length);
    if end.is_none_or(|end| end > FLASH_BYTES) {
        return Err(Broken::OutOfBounds);
    }
    let length = u32::try_from(length).map_err(|_| Broken::OutOfBounds)?;
    Ok(Area { start, length })
}

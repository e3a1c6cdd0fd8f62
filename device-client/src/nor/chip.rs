//! Bytes on flash: reads and writes of any length, padded to units, and read back.

use embedded_storage::nor_flash::NorFlash;
use sealift_metadata::Digest;
use sealift_metadata::digest::Hasher;

use super::kept::RecordBytes;
use super::layout::Area;
use super::{Erased, Fault};
use crate::limits::{PIECE_BYTES, READ_ATTEMPTS, UNIT_BYTES_MAX};

type Result<T> = core::result::Result<T, Fault>;

/// The flash, and what it reads as when it is erased.
#[derive(Debug)]
pub(crate) struct Chip<F> {
    flash: F,
    blank: u8,
}

impl<F: NorFlash> Chip<F> {
    pub(crate) const fn new(flash: F, erased: Erased) -> Self {
        let blank = match erased {
            Erased::Ones => 0xff,
            Erased::Zeros => 0,
        };
        Self { flash, blank }
    }

    pub(crate) const fn flash(&self) -> &F {
        &self.flash
    }

    pub(crate) fn release(self) -> F {
        self.flash
    }

    /// Reads from the start of a unit on; `bytes` are whole units. A read that fails is tried again:
    /// what it hides may be newer than all that can be read.
    pub(crate) fn read(&mut self, at: u32, bytes: &mut [u8]) -> Result<()> {
        let is_read = (0..READ_ATTEMPTS).any(|_| self.flash.read(at, bytes).is_ok());
        is_read.then_some(()).ok_or(Fault::Read)
    }

    /// Erases the sectors from `start` up to `end`.
    pub(crate) fn erase(&mut self, start: u32, end: u32) -> Result<()> {
        self.flash.erase(start, end).map_err(|_| Fault::Erase)
    }

    /// Writes from the start of a unit on, and reads it back. The last unit is filled up with what
    /// erased flash reads as.
    pub(crate) fn write(&mut self, at: u32, bytes: &[u8]) -> Result<()> {
        let unit = F::WRITE_SIZE.max(1);
        let rest = bytes.len().checked_rem(unit).unwrap_or(0);
        let (whole, rest) = bytes
            .split_at_checked(bytes.len().saturating_sub(rest))
            .ok_or(Fault::Range)?;
        let failed = |_| Fault::Write;
        if !whole.is_empty() {
            self.flash.write(at, whole).map_err(failed)?;
        }
        if !rest.is_empty() {
            let mut last = [self.blank; UNIT_BYTES_MAX];
            last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            let last = last.get(..unit).ok_or(Fault::Range)?;
            self.flash
                .write(plus(at, whole.len()), last)
                .map_err(failed)?;
        }
        if self.holds(at, bytes)? {
            return Ok(());
        }
        Err(Fault::ReadBack)
    }

    /// Whether exactly these bytes lie there.
    pub(crate) fn holds(&mut self, at: u32, bytes: &[u8]) -> Result<bool> {
        let mut piece = [0; PIECE_BYTES];
        let mut start = at;
        for expected in bytes.chunks(PIECE_BYTES) {
            if self.read_some(start, expected.len(), &mut piece)? != expected {
                return Ok(false);
            }
            start = plus(start, expected.len());
        }
        Ok(true)
    }

    /// Whether an area reads as if it was erased.
    pub(crate) fn is_blank(&mut self, area: Area) -> Result<bool> {
        let mut is_blank = true;
        let blank = self.blank;
        self.for_each(area, |bytes| {
            is_blank = is_blank && bytes.iter().all(|byte| *byte == blank);
        })?;
        Ok(is_blank)
    }

    pub(crate) fn digest(&mut self, area: Area) -> Result<Digest> {
        let mut hasher = Hasher::new();
        self.for_each(area, |bytes| hasher.update(bytes))?;
        Ok(hasher.finish())
    }

    /// The bytes of a record's place; `None` when it was never written.
    pub(crate) fn read_record<R: RecordBytes>(&mut self, at: u32) -> Result<Option<R>> {
        let mut record = R::ZEROS;
        self.read(at, record.as_mut())?;
        let is_blank = record.as_ref().iter().all(|byte| *byte == self.blank);
        self.invert(record.as_mut());
        Ok((!is_blank).then_some(record))
    }

    /// Writes a record: the unit with its checksum last, and only once the others read back. `record`
    /// is changed to what lies there.
    pub(crate) fn write_record(&mut self, at: u32, record: &mut [u8]) -> Result<()> {
        self.invert(record);
        let seal = record.len().saturating_sub(UNIT_BYTES_MAX);
        let (payload, last) = record.split_at_checked(seal).ok_or(Fault::Range)?;
        self.write(at, payload)?;
        self.write(plus(at, seal), last)
    }

    fn invert(&self, record: &mut [u8]) {
        for byte in record {
            *byte ^= !self.blank;
        }
    }

    /// Reads an area piece by piece.
    pub(crate) fn for_each(&mut self, area: Area, mut each: impl FnMut(&[u8])) -> Result<()> {
        let mut piece = [0; PIECE_BYTES];
        let mut at = area.start;
        while at < area.end() {
            let left = usize::try_from(area.end().saturating_sub(at)).unwrap_or(PIECE_BYTES);
            let bytes = self.read_some(at, left.min(PIECE_BYTES), &mut piece)?;
            each(bytes);
            at = plus(at, bytes.len());
        }
        Ok(())
    }

    /// Reads `length` bytes from the start of a unit on.
    pub(crate) fn read_some<'p>(
        &mut self,
        at: u32,
        length: usize,
        piece: &'p mut [u8],
    ) -> Result<&'p [u8]> {
        let unit = F::READ_SIZE.max(1);
        let whole = length.checked_next_multiple_of(unit).ok_or(Fault::Range)?;
        self.read(at, piece.get_mut(..whole).ok_or(Fault::Range)?)?;
        piece.get(..length).ok_or(Fault::Range)
    }
}

/// An address `length` bytes further on.
pub(crate) fn plus(at: u32, length: usize) -> u32 {
    at.saturating_add(u32::try_from(length).unwrap_or(u32::MAX))
}

//! The rules of flash, as `embedded_storage`'s traits name them.

use std::ops::Range;

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};

use super::geometry::Rewrite;
use super::{Flash, Luck, Noise, Op, Unit};

impl<const UNIT: usize> ErrorType for Flash<UNIT> {
    type Error = NorFlashErrorKind;
}

impl<const UNIT: usize> ReadNorFlash for Flash<UNIT> {
    /// Some controllers read whole units.
    const READ_SIZE: usize = if UNIT > 8 { UNIT } else { 1 };

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        let start = offset as usize;
        let range = start..start + bytes.len();
        assert!(range.end <= self.bytes.len(), "a read beyond the end");
        let is_aligned =
            start.is_multiple_of(Self::READ_SIZE) && range.end.is_multiple_of(Self::READ_SIZE);
        assert!(is_aligned, "a misaligned read at {offset:#x}");
        let units = &self.units[start / UNIT..range.end.div_ceil(UNIT)];
        if units.contains(&Unit::Faulty) {
            return Err(NorFlashErrorKind::Other);
        }
        bytes.copy_from_slice(&self.bytes[range.clone()]);
        for (piece, weak) in bytes.chunks_mut(UNIT).zip(self.weak[range].chunks(UNIT)) {
            if weak.iter().any(|weak| *weak != 0) {
                waver(piece, weak, &mut self.noise);
            }
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const UNIT: usize> NorFlash for Flash<UNIT> {
    const WRITE_SIZE: usize = UNIT;
    /// The shortest sector of all geometries.
    const ERASE_SIZE: usize = 256;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        let mut at = from;
        while at < to {
            let sector = self.geometry.sector(at);
            assert_eq!(sector.start, at, "a misaligned erasure");
            assert!(sector.end <= to, "an erasure of half a sector");
            self.check_idle(&sector);
            self.record(|| Op::Erase {
                sector: sector.clone(),
            });
            self.erase_sector(&sector);
            at = sector.end;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        let end = offset as usize + bytes.len();
        assert!(end <= self.bytes.len(), "a write beyond the end");
        let is_aligned = (offset as usize).is_multiple_of(UNIT) && bytes.len().is_multiple_of(UNIT);
        assert!(is_aligned, "a misaligned write at {offset:#x}");
        for (at, unit) in (offset..).step_by(UNIT).zip(bytes.chunks(UNIT)) {
            self.check_idle(&(at..at + 1));
            let luck = self.luck(at, unit);
            self.record(|| Op::Program {
                at,
                bytes: unit.to_vec(),
                luck,
            });
            self.program(at, unit, luck);
            if luck == Luck::Refused {
                return Err(NorFlashErrorKind::Other);
            }
        }
        Ok(())
    }
}

impl<const UNIT: usize> Flash<UNIT> {
    /// Does an operation of a journal again, to its end.
    pub fn redo(&mut self, op: &Op) {
        match op {
            Op::Program { at, bytes, luck } => self.program(*at, bytes, *luck),
            Op::Erase { sector } => self.erase_sector(sector),
        }
    }

    pub(super) fn erase_sector(&mut self, sector: &Range<u32>) {
        let (range, blank) = (
            sector.start as usize..sector.end as usize,
            self.geometry.blank(),
        );
        self.bytes[range.clone()].fill(blank);
        self.weak[range.clone()].fill(0);
        self.units[range.start / UNIT..range.end / UNIT].fill(Unit::Erased);
    }

    /// How a unit will take it.
    fn luck(&mut self, at: u32, bytes: &[u8]) -> Luck {
        let (unit, device) = (*self.unit(at), self.geometry.bank(at));
        match unit {
            Unit::Erased => Luck::Good,
            Unit::HalfErased => Luck::Fading,
            Unit::Programmed if device.rewrite == Rewrite::Zeros && is_all(bytes, 0) => Luck::Good,
            Unit::Programmed | Unit::Faulty => panic!("a unit is programmed twice at {at:#x}"),
            Unit::Touched if device.rewrite == Rewrite::And => Luck::Good,
            Unit::Touched => match self.noise.below(3) {
                0 => Luck::Good,
                1 if device.ecc => Luck::Faulty,
                _ => Luck::Refused,
            },
        }
    }

    fn program(&mut self, at: u32, bytes: &[u8], luck: Luck) {
        let range = at as usize..at as usize + UNIT;
        let erased = self.geometry.blank();
        match luck {
            Luck::Refused => return,
            Luck::Faulty => {
                *self.unit(at) = Unit::Faulty;
                return;
            }
            Luck::Fading => self.weak[range.clone()].fill(0x11),
            Luck::Good => {
                for (weak, byte) in self.weak[range.clone()].iter_mut().zip(bytes) {
                    // Bits that are not programmed float on.
                    *weak &= !(byte ^ erased);
                }
            }
        }
        self.bytes[range].copy_from_slice(bytes);
        *self.unit(at) = Unit::Programmed;
    }

    fn check_idle(&self, range: &Range<u32>) {
        for running in &self.running {
            let is_apart = range.end <= running.start || running.end <= range.start;
            assert!(is_apart, "the slot that runs was changed");
        }
    }

    fn record(&mut self, op: impl FnOnce() -> Op) {
        if let Some(journal) = &self.journal {
            journal.push(op());
        }
    }
}

/// Reads weak bits: all of them as they were meant, or as they were before, or any of them.
fn waver(bytes: &mut [u8], weak: &[u8], noise: &mut Noise) {
    let mode = noise.below(3);
    for (byte, weak) in bytes.iter_mut().zip(weak) {
        *byte ^= match mode {
            0 => 0,
            1 => *weak,
            _ => noise.byte() & weak,
        };
    }
}

fn is_all(bytes: &[u8], value: u8) -> bool {
    bytes.iter().all(|byte| *byte == value)
}

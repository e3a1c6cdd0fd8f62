//! Where everything lies, checked once.

use embedded_storage::nor_flash::NorFlash;

use crate::Result;
use crate::error::Error;
use crate::evidence::EVIDENCE_HEADER_BYTES;
use crate::limits::{BOOT_RECORD_BYTES, ROW_PLACES_MIN, UNIT_BYTES_MAX};
use crate::page::Page;
use crate::slot::SlotId;

/// A part of the flash: whole sectors that hold nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// The address of its first byte.
    pub start: u32,
    /// Its length in bytes.
    pub length: u32,
}

impl Area {
    /// The address behind its last byte.
    pub const fn end(self) -> u32 {
        self.start.saturating_add(self.length)
    }

    const fn overlaps(self, other: Self) -> bool {
        self.start < other.end() && other.start < self.end()
    }
}

/// Sectors of one size, one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sectors {
    /// How many.
    pub count: u32,
    /// The length of each in bytes.
    pub bytes: u32,
}

/// Where everything lies. Areas do not touch each other's sectors.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'l> {
    /// The sectors from address 0 on, where they differ; empty where all are as long as the
    /// flash's own `ERASE_SIZE`.
    pub sectors: &'l [Sectors],
    /// Boot records: two areas of at least 1,536 bytes each.
    pub boot: [Area; 2],
    /// The floor log: two areas of at least 1,536 bytes each.
    pub log: [Area; 2],
    /// Copies of the trusted root: each holds the longest root there may be, and 64 bytes.
    pub roots: [Area; 2],
    /// Slots A and B.
    pub slots: [Area; 2],
    /// The [evidence](crate::evidence) of slots A and B, where the boot loader checks signatures.
    pub evidence: Option<[Area; 2]>,
}

impl Layout<'_> {
    /// The slot's area.
    pub const fn slot(&self, id: SlotId) -> Area {
        let [a, b] = self.slots;
        match id {
            SlotId::A => a,
            SlotId::B => b,
        }
    }

    /// The area of the slot's evidence.
    pub(crate) const fn evidence_of(&self, id: SlotId) -> Option<Area> {
        match (self.evidence, id) {
            (Some([a, _]), SlotId::A) => Some(a),
            (Some([_, b]), SlotId::B) => Some(b),
            (None, _) => None,
        }
    }

    pub(crate) fn check<F: NorFlash>(&self, flash: &F) -> Result<()> {
        self.fits::<F>(u32::try_from(flash.capacity()).unwrap_or(u32::MAX))
    }

    /// Whether the layout fits a flash of `capacity` bytes. A boot loader asserts it when it is
    /// compiled, and calls [`Board::open_fitting`](super::Board::open_fitting): the check would be
    /// an eighth of its code.
    ///
    /// # Errors
    /// [`Error::Layout`]
    pub const fn fits<F: NorFlash>(&self, capacity: u32) -> Result<()> {
        if !is_unit(F::WRITE_SIZE) || !is_unit(F::READ_SIZE) {
            return Err(Error::layout("unit of the flash"));
        }
        if !self.are_whole::<F>(self.boot, ROW_BYTES, capacity) {
            return Err(Error::layout("area of boot records"));
        }
        if !self.are_whole::<F>(self.log, ROW_BYTES, capacity) {
            return Err(Error::layout("area of the floor log"));
        }
        if !self.are_whole::<F>(self.roots, super::roots::HEADER_BYTES, capacity) {
            return Err(Error::layout("area of a root"));
        }
        if !self.are_whole::<F>(self.slots, 1, capacity) {
            return Err(Error::layout("slot"));
        }
        if let Some(evidence) = self.evidence
            && !self.are_whole::<F>(evidence, EVIDENCE_HEADER_BYTES, capacity)
        {
            return Err(Error::layout("area of evidence"));
        }
        if !self.are_apart() {
            return Err(Error::layout("areas overlap"));
        }
        Ok(())
    }

    const fn are_whole<F: NorFlash>(&self, areas: [Area; 2], least: u32, capacity: u32) -> bool {
        let [zero, one] = areas;
        self.is_whole::<F>(zero, least, capacity) && self.is_whole::<F>(one, least, capacity)
    }

    const fn is_whole<F: NorFlash>(&self, area: Area, least: u32, capacity: u32) -> bool {
        area.length >= least
            && area.start.checked_add(area.length).is_some()
            && area.end() <= capacity
            && self.begins::<F>(area.start)
            && self.begins::<F>(area.end())
    }

    const fn are_apart(&self) -> bool {
        // Nothing overlaps an area without length.
        let nowhere = [Area {
            start: 0,
            length: 0,
        }; 2];
        let evidence = match self.evidence {
            Some(evidence) => evidence,
            None => nowhere,
        };
        let all = [self.boot, self.log, self.roots, self.slots, evidence];
        let mut left = all.as_flattened();
        while let [area, others @ ..] = left {
            let mut rest = others;
            while let [other, more @ ..] = rest {
                if area.overlaps(*other) {
                    return false;
                }
                rest = more;
            }
            left = others;
        }
        true
    }

    /// Whether a sector begins at an address, or the flash ends there.
    pub(crate) const fn begins<F: NorFlash>(&self, at: u32) -> bool {
        self.sector::<F>(at).start == at
    }

    /// The sector of an address.
    pub(crate) const fn sector<F: NorFlash>(&self, at: u32) -> Area {
        let (mut start, mut runs) = (0_u32, self.sectors);
        while let [run, more @ ..] = runs {
            let end = start.saturating_add(run.count.saturating_mul(run.bytes));
            if at < end {
                return sector_from(start, at, run.bytes);
            }
            (start, runs) = (end, more);
        }
        sector_from(start, at, erase_bytes::<F>())
    }
}

/// Bytes of a row at least.
const ROW_BYTES: u32 = narrow(BOOT_RECORD_BYTES.saturating_mul(ROW_PLACES_MIN));

/// A length of the target itself, which has an address for each byte.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is too long is no length here"
)]
const fn narrow(length: usize) -> u32 {
    if length > u32::MAX as usize {
        return u32::MAX;
    }
    length as u32
}

const fn erase_bytes<F: NorFlash>() -> u32 {
    narrow(F::ERASE_SIZE)
}

const fn is_unit(bytes: usize) -> bool {
    bytes.is_power_of_two() && bytes <= UNIT_BYTES_MAX
}

/// The sector of an address, where sectors of one length begin at `start`.
const fn sector_from(start: u32, at: u32, bytes: u32) -> Area {
    let into = match at.saturating_sub(start).checked_rem(bytes) {
        Some(into) => into,
        None => 0,
    };
    Area {
        start: at.saturating_sub(into),
        length: bytes,
    }
}

/// One of two areas.
pub(crate) const fn area_of(areas: [Area; 2], page: Page) -> Area {
    let [zero, one] = areas;
    match page {
        Page::Zero => zero,
        Page::One => one,
    }
}

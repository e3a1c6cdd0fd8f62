//! Where everything lies, checked once.

use embedded_storage::nor_flash::NorFlash;

use crate::Result;
use crate::error::Error;
use crate::evidence::EVIDENCE_HEADER_BYTES;
use crate::limits::{
    BOOT_RECORD_BYTES, LOG_RECORD_BYTES, OTHERS, ROW_PLACES_MIN, SET_RECORD_BYTES, UNIT_BYTES_MAX,
};
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

/// The slots of a component that is not the first.
#[derive(Clone, Copy, Debug)]
pub struct OtherSlots<'l> {
    /// The component's name.
    pub component: &'l str,
    /// Slots A and B.
    pub slots: [Area; 2],
}

/// Where everything lies. Areas do not touch each other's sectors.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'l> {
    /// The sectors from address 0 on, where they differ; empty where all are as long as the
    /// flash's own `ERASE_SIZE`.
    pub sectors: &'l [Sectors],
    /// Boot records: two areas of at least 1,536 bytes each; 4,864 where there are several
    /// components.
    pub boot: [Area; 2],
    /// The floor log: two areas of at least 1,536 bytes each.
    pub log: [Area; 2],
    /// Copies of the trusted root: each holds the longest root there may be, and 64 bytes.
    pub roots: [Area; 2],
    /// Slots A and B.
    pub slots: [Area; 2],
    /// The [evidence](crate::evidence) of slots A and B, where the boot loader checks signatures.
    pub evidence: Option<[Area; 2]>,
    /// The components beside the first one, in the order in which
    /// [`FlashOp`](crate::FlashOp) counts them from 1 on. Most boards have none.
    pub others: &'l [OtherSlots<'l>],
}

impl Layout<'_> {
    /// The slot's area.
    pub const fn slot(&self, id: SlotId) -> Area {
        one_of(self.slots, id)
    }

    /// The area of a component's slot; the first one is 0.
    pub fn slot_of(&self, component: usize, id: SlotId) -> Option<Area> {
        match component.checked_sub(1) {
            None => Some(self.slot(id)),
            Some(place) => Some(one_of(self.others.get(place)?.slots, id)),
        }
    }

    /// The area of the slot's evidence.
    pub(crate) const fn evidence_of(&self, id: SlotId) -> Option<Area> {
        match self.evidence {
            Some(areas) => Some(one_of(areas, id)),
            None => None,
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
        let record = if self.others.is_empty() {
            BOOT_RECORD_BYTES
        } else {
            SET_RECORD_BYTES
        };
        if !self.are_whole::<F>(self.boot, row_bytes(record), capacity) {
            return Err(Error::layout("area of boot records"));
        }
        if !self.are_whole::<F>(self.log, row_bytes(LOG_RECORD_BYTES), capacity) {
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
        if let Err(error) = self.fit_others::<F>(capacity) {
            return Err(error);
        }
        if !self.are_apart() {
            return Err(Error::layout("areas overlap"));
        }
        Ok(())
    }

    const fn fit_others<F: NorFlash>(&self, capacity: u32) -> Result<()> {
        if self.others.len() > OTHERS {
            return Err(Error::layout("number of components"));
        }
        if self.evidence.is_some() && !self.others.is_empty() {
            return Err(Error::layout("evidence, which is that of one component"));
        }
        let mut left = self.others;
        while let [other, others @ ..] = left {
            if !self.are_whole::<F>(other.slots, 1, capacity) {
                return Err(Error::layout("slot"));
            }
            left = others;
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
        let [x, y, z] = match self.others {
            [x, y, z] => [x.slots, y.slots, z.slots],
            [x, y] => [x.slots, y.slots, nowhere],
            [x] => [x.slots, nowhere, nowhere],
            _ => [nowhere; OTHERS],
        };
        let [boot, log, roots, slots] = [self.boot, self.log, self.roots, self.slots];
        let all = [boot, log, roots, slots, evidence, x, y, z];
        are_disjoint(all.as_flattened())
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

/// Bytes of a row of such records at least.
const fn row_bytes(record: usize) -> u32 {
    narrow(record.saturating_mul(ROW_PLACES_MIN))
}

const fn are_disjoint(areas: &[Area]) -> bool {
    let mut left = areas;
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

/// A length of the target itself, which has an address for each byte.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is too long is no length here"
)]
pub(super) const fn narrow(length: usize) -> u32 {
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

/// The area of a slot.
const fn one_of(slots: [Area; 2], id: SlotId) -> Area {
    let [a, b] = slots;
    match id {
        SlotId::A => a,
        SlotId::B => b,
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

//! Where everything lies, checked once.

use embedded_storage::nor_flash::NorFlash;

use crate::Result;
use crate::error::Error;
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

    pub(crate) fn check<F: NorFlash>(&self, flash: &F) -> Result<()> {
        for unit in [F::WRITE_SIZE, F::READ_SIZE] {
            let fits = unit.is_power_of_two() && unit <= UNIT_BYTES_MAX;
            require(fits, "unit of the flash")?;
        }
        let capacity = u32::try_from(flash.capacity()).unwrap_or(u32::MAX);
        let row = BOOT_RECORD_BYTES.saturating_mul(ROW_PLACES_MIN);
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        for (areas, least, what) in [
            (self.boot, row, "area of boot records"),
            (self.log, row, "area of the floor log"),
            (self.roots, super::roots::HEADER_BYTES, "area of a root"),
            (self.slots, 1, "slot"),
        ] {
            for area in areas {
                let is_whole = area.length >= least
                    && area.start.checked_add(area.length).is_some()
                    && area.end() <= capacity
                    && self.begins::<F>(area.start)
                    && self.begins::<F>(area.end());
                require(is_whole, what)?;
            }
        }
        self.check_apart()
    }

    fn check_apart(&self) -> Result<()> {
        let all = [self.boot, self.log, self.roots, self.slots];
        let areas = || all.iter().flatten();
        for (index, area) in areas().enumerate() {
            let mut before = areas().take(index);
            require(!before.any(|other| other.overlaps(*area)), "areas overlap")?;
        }
        Ok(())
    }

    /// Whether a sector begins at an address, or the flash ends there.
    pub(crate) fn begins<F: NorFlash>(&self, at: u32) -> bool {
        self.sector::<F>(at).start == at
    }

    /// The sector of an address.
    pub(crate) fn sector<F: NorFlash>(&self, at: u32) -> Area {
        let uniform = Sectors {
            count: u32::MAX,
            bytes: u32::try_from(F::ERASE_SIZE).unwrap_or(u32::MAX),
        };
        let mut start = 0_u32;
        for run in self.sectors.iter().chain([&uniform]) {
            let end = start.saturating_add(run.count.saturating_mul(run.bytes));
            if at < end || run.count == u32::MAX {
                let within = at.saturating_sub(start);
                let into = within.checked_rem(run.bytes).unwrap_or(0);
                return Area {
                    start: at.saturating_sub(into),
                    length: run.bytes,
                };
            }
            start = end;
        }
        Area { start, length: 0 }
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

const fn require(holds: bool, what: &'static str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Error::Layout(what))
    }
}

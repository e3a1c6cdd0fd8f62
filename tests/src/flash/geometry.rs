//! The flash of well-known chips: units, sectors, rules. Long sectors are scaled down, so that a
//! case takes a moment; their proportions are kept.

use std::ops::Range;

use sealift_device::limits::{BOOT_RECORD_BYTES, LOG_RECORD_BYTES, SET_RECORD_BYTES};
use sealift_device::nor::{Area, Erased, Layout, OtherSlots, Sectors};
use sealift_device::slot::SlotId;

/// What may be done to a unit that was programmed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// Bits may be programmed one after another.
    And,
    /// Nothing.
    Once,
    /// It may be programmed to zeros.
    Zeros,
}

/// One device: a range of addresses with rules of its own.
#[derive(Clone, Copy, Debug)]
pub struct Bank {
    /// The address behind its last byte.
    pub end: u32,
    /// What may be done to a programmed unit.
    pub rewrite: Rewrite,
    /// Whether a torn unit may fail to read.
    pub ecc: bool,
}

/// What a flash is like, and what lies where.
#[derive(Debug)]
pub struct Geometry {
    /// Its name in replay ids.
    pub name: &'static str,
    /// Length of a program unit in bytes.
    pub unit: usize,
    /// What erased flash reads as.
    pub erased: Erased,
    /// Its devices.
    pub banks: &'static [Bank],
    /// What lies where.
    pub layout: Layout<'static>,
    /// Lengths in bytes of a block of an image, of the image that is there, and of the one to come.
    /// Those of a second component are half as long, and so on.
    pub images: [u32; 3],
}

impl Geometry {
    /// The geometry of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        GEOMETRIES.iter().find(|geometry| geometry.name == name)
    }

    /// Its length in bytes.
    pub fn capacity(&self) -> u32 {
        self.banks.last().map_or(0, |bank| bank.end)
    }

    /// The areas of records, and the length of a record's place in bytes.
    pub(crate) fn places(&self) -> [([Area; 2], u32); 2] {
        let record = if self.layout.others.is_empty() {
            BOOT_RECORD_BYTES
        } else {
            SET_RECORD_BYTES
        };
        let [boot, log] = [record, LOG_RECORD_BYTES].map(|bytes| u32::try_from(bytes).unwrap_or(0));
        [(self.layout.boot, boot), (self.layout.log, log)]
    }

    /// The slots of a letter, the first component's in front.
    pub(crate) fn slots_of(&self, id: SlotId) -> impl Iterator<Item = Area> + use<'_> {
        let all = 0..=self.layout.others.len();
        all.filter_map(move |component| self.layout.slot_of(component, id))
    }

    /// All slots.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Area> + use<'_> {
        self.slots_of(SlotId::A).chain(self.slots_of(SlotId::B))
    }

    pub(super) fn blank(&self) -> u8 {
        match self.erased {
            Erased::Ones => 0xff,
            Erased::Zeros => 0,
        }
    }

    pub(super) fn bank(&self, at: u32) -> Bank {
        let found = self.banks.iter().find(|bank| at < bank.end);
        *found.unwrap_or(&self.banks[0])
    }

    pub(crate) fn sector(&self, at: u32) -> Range<u32> {
        let mut start = 0;
        for run in self.layout.sectors {
            let end = start + run.count * run.bytes;
            if at < end {
                let first = at - (at - start) % run.bytes;
                return first..first + run.bytes;
            }
            start = end;
        }
        let first = at - at % 256;
        first..first + 256
    }
}

/// Boot records, log, roots and slots one behind the other, from address 0 on.
const fn in_row(sectors: &'static [Sectors], row: u32, root: u32, slot: u32) -> Layout<'static> {
    Layout {
        sectors,
        boot: two(0, row),
        log: two(2 * row, row),
        roots: two(4 * row, root),
        slots: two(4 * row + 2 * root, slot),
        evidence: None,
        others: &[],
    }
}

const fn two(start: u32, length: u32) -> [Area; 2] {
    let first = Area { start, length };
    let start = start + length;
    [first, Area { start, length }]
}

/// Sectors of one length up to the end.
const fn of(bytes: u32) -> Sectors {
    let count = 1024;
    Sectors { count, bytes }
}

const fn some(count: u32, bytes: u32) -> Sectors {
    Sectors { count, bytes }
}

const fn bank(end: u32, rewrite: Rewrite, ecc: bool) -> Bank {
    Bank { end, rewrite, ecc }
}

/// All geometries.
pub static GEOMETRIES: [Geometry; 14] = [
    Geometry {
        name: "nrf52",
        unit: 4,
        erased: Erased::Ones,
        banks: &[bank(0xa000, Rewrite::And, false)],
        layout: in_row(&[of(4096)], 4096, 4096, 8192),
        images: [1024, 3000, 4501],
    },
    Geometry {
        name: "nrf51",
        unit: 4,
        erased: Erased::Ones,
        banks: &[bank(0x6000, Rewrite::And, false)],
        layout: in_row(&[of(1024)], 2048, 4096, 4096),
        images: [512, 1000, 1801],
    },
    Geometry {
        name: "stm32l4",
        unit: 8,
        erased: Erased::Ones,
        banks: &[bank(0x8000, Rewrite::Once, true)],
        layout: in_row(&[of(2048)], 2048, 4096, 8192),
        images: [1024, 3000, 4501],
    },
    Geometry {
        name: "stm32u5",
        unit: 16,
        erased: Erased::Ones,
        banks: &[bank(0xa000, Rewrite::Once, true)],
        layout: in_row(&[of(4096)], 4096, 4096, 8192),
        images: [1024, 3000, 6501],
    },
    Geometry {
        name: "stm32h7",
        unit: 32,
        erased: Erased::Ones,
        banks: &[bank(0x14000, Rewrite::Once, true)],
        layout: in_row(&[of(8192)], 8192, 8192, 16384),
        images: [2048, 5000, 12_501],
    },
    Geometry {
        name: "stm32f4",
        unit: 4,
        erased: Erased::Ones,
        banks: &[bank(0xa000, Rewrite::And, false)],
        layout: in_row(
            &[
                some(4, 2048),
                some(2, 4096),
                some(1, 4096),
                some(1, 8192),
                some(1, 4096),
                some(1, 8192),
            ],
            2048,
            4096,
            12_288,
        ),
        images: [768, 3000, 6501],
    },
    Geometry {
        name: "stm32l0",
        unit: 4,
        erased: Erased::Zeros,
        banks: &[bank(0x6000, Rewrite::Once, false)],
        layout: in_row(&[], 2048, 4096, 4096),
        images: [512, 1000, 4096],
    },
    Geometry {
        name: "stm32f1",
        unit: 2,
        erased: Erased::Ones,
        banks: &[bank(0x6000, Rewrite::Zeros, false)],
        layout: in_row(&[of(1024)], 2048, 4096, 4096),
        images: [256, 600, 1101],
    },
    Geometry {
        name: "spi-nor",
        unit: 1,
        erased: Erased::Ones,
        banks: &[bank(0xa000, Rewrite::And, false)],
        layout: in_row(&[of(4096)], 4096, 4096, 8192),
        images: [256, 400, 701],
    },
    // Records and roots inside of the chip, slots outside.
    Geometry {
        name: "two-chips",
        unit: 8,
        erased: Erased::Ones,
        banks: &[
            bank(0x4000, Rewrite::Once, true),
            bank(0x8000, Rewrite::And, false),
        ],
        layout: in_row(&[some(8, 2048), of(4096)], 2048, 4096, 8192),
        images: [1024, 3000, 4501],
    },
    // Forty blocks, eight to a sector: progress is not recorded after each.
    Geometry {
        name: "long-image",
        unit: 32,
        erased: Erased::Ones,
        banks: &[bank(0x8000, Rewrite::Once, false)],
        layout: in_row(&[of(1024)], 2048, 4096, 8192),
        images: [128, 1000, 5101],
    },
    // A boot loader that checks signatures, and evidence for it.
    Geometry {
        name: "verifying",
        unit: 32,
        erased: Erased::Ones,
        banks: &[bank(0x1_4000, Rewrite::Once, true)],
        layout: Layout {
            evidence: Some(two(0xe000, 0x3000)),
            ..in_row(&[of(4096)], 4096, 4096, 16384)
        },
        images: [2048, 5000, 12_501],
    },
    // A radio beside the application, and words that may be programmed bit by bit.
    Geometry {
        name: "two-components",
        unit: 8,
        erased: Erased::Ones,
        banks: &[bank(0x1_2000, Rewrite::And, false)],
        layout: Layout {
            others: &[OtherSlots {
                component: "radio",
                slots: two(0xe000, 0x2000),
            }],
            ..in_row(&[of(2048)], 6144, 4096, 8192)
        },
        images: [1024, 3000, 4501],
    },
    // A radio, and assets in a flash of their own.
    Geometry {
        name: "three-components",
        unit: 16,
        erased: Erased::Ones,
        banks: &[
            bank(0x1_2000, Rewrite::Once, true),
            bank(0x1_6000, Rewrite::And, false),
        ],
        layout: Layout {
            others: &[
                OtherSlots {
                    component: "radio",
                    slots: two(0xe000, 0x2000),
                },
                OtherSlots {
                    component: "assets",
                    slots: two(0x1_2000, 0x2000),
                },
            ],
            ..in_row(&[of(2048)], 6144, 4096, 8192)
        },
        images: [512, 2000, 3501],
    },
];

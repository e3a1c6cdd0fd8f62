//! Where everything lies in flash. The slots stand in the linker scripts of the application, too,
//! which begin at 0x21000000.

use sealift_device::nor::{Area, Layout};

const KIB: u32 = 1024;

/// The product that the board is in.
pub const PRODUCT: &str = "watch";

/// Its revision.
pub const HARDWARE: &str = "rev-a";

/// What the slots hold.
pub const COMPONENT: &str = "app";

/// Bytes of a slot.
pub const SLOT_BYTES: u32 = 192 * KIB;

/// Bytes of what proves the image of a slot.
pub const EVIDENCE_BYTES: u32 = 16 * KIB;

/// What the machine keeps.
pub const LAYOUT: Layout<'static> = Layout {
    sectors: &[],
    boot: two(0, 4 * KIB),
    log: two(8 * KIB, 4 * KIB),
    roots: two(16 * KIB, 12 * KIB),
    slots: two(64 * KIB, SLOT_BYTES),
    others: &[],
    evidence: Some(two(64 * KIB + 2 * SLOT_BYTES, EVIDENCE_BYTES)),
};

/// The root that the device was made with. It was written once, in the factory, and ends where
/// nothing was written.
pub const FACTORY_ROOT: Area = Area {
    start: 40 * KIB,
    length: 12 * KIB,
};

const fn two(start: u32, length: u32) -> [Area; 2] {
    let second = start + length;
    [
        Area { start, length },
        Area {
            start: second,
            length,
        },
    ]
}

//! Where everything lies in flash. The boot loader lies before all of it, and the slots stand in the
//! linker scripts of the application, too.

use sealift_device::nor::{Area, Layout};

const KIB: u32 = 1024;

/// The product that the board is in.
pub const PRODUCT: &str = "watch";

/// Its revision.
pub const HARDWARE: &str = "rev-a";

/// What the slots hold.
pub const COMPONENT: &str = "app";

/// Bytes of a slot.
pub const SLOT_BYTES: u32 = 112 * KIB;

/// What the machine keeps.
pub const LAYOUT: Layout<'static> = Layout {
    sectors: &[],
    boot: two(10 * KIB, 2 * KIB),
    log: two(14 * KIB, 2 * KIB),
    roots: two(18 * KIB, 5 * KIB),
    slots: two(32 * KIB, SLOT_BYTES),
    others: &[],
    evidence: None,
};

/// The root that the device was made with. It was written once, in the factory, and ends where
/// nothing was written.
pub const FACTORY_ROOT: Area = Area {
    start: 28 * KIB,
    length: 4 * KIB,
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

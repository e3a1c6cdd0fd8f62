//! The watchdog (nRF51 Series Reference Manual, 24): a program that does not feed it is ended by a
//! reset. The emulator has none.

use super::registers::Block;

/// Seconds without food until it bites.
const SECONDS: u32 = 8;

/// It counts cycles of the low-frequency clock, which it starts.
const CYCLES: u32 = 32_768 * SECONDS;

const FOOD: u32 = 0x6e52_4635;

/// Starts it: from here on, somebody has to feed it. It counts while the core sleeps, too.
pub fn start() {
    for (offset, value) in [(0x504, CYCLES), (0x508, 1), (0x50c, 1), (0x000, 1)] {
        Block::Watchdog.at(offset).write(value);
    }
}

/// Feeds it: it counts from the beginning again.
pub fn feed() {
    Block::Watchdog.at(0x600).write(FOOD);
}

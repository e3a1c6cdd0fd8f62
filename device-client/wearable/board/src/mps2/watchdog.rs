//! The watchdog (CMSDK APB): a program that does not feed it is ended by a reset.

use super::registers::Register;

/// Seconds without food until it barks, by an interrupt that nobody hears; after as many again it
/// bites.
const SECONDS: u32 = 4;

/// It counts cycles of the core, at 25 MHz.
const CYCLES: u32 = 25_000_000 * SECONDS;

/// WDOGCONTROL: counts, and resets.
const ENABLE: u32 = 0b11;

/// WDOGLOCK: lets nobody else write.
const LOCK: u32 = 0;

const UNLOCK: u32 = 0x1acc_e551;

/// Starts it: from here on, somebody has to feed it.
pub fn start() {
    write(0x00, CYCLES);
    write(0x08, ENABLE);
}

/// Feeds it: it counts from the beginning again.
pub fn feed() {
    write(0x0c, 1);
}

/// A program that ran wild should not happen to stop it.
fn write(offset: usize, value: u32) {
    let lock = Register::of_watchdog(0xc00);
    lock.write(UNLOCK);
    Register::of_watchdog(offset).write(value);
    lock.write(LOCK);
}

//! Time since the start. The chip has no `SysTick`, and its vectors are the boot loader's: a timer is
//! read whenever somebody asks.

use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::SYST;

use super::registers::Block;

/// 16 MHz, divided by 2 to the 9th: 125 ticks are 4 milliseconds.
const PRESCALER: u32 = 9;
const TICKS: u32 = 125;
const MILLISECONDS: u32 = 4;

/// Of the last look: the timer, up to the last whole step, and milliseconds until then.
static SEEN: AtomicU32 = AtomicU32::new(0);
static PASSED: AtomicU32 = AtomicU32::new(0);

/// A clock that runs.
#[derive(Clone, Copy, Debug)]
pub struct Clock(());

impl Clock {
    /// Starts the clock.
    pub fn start(_: SYST) -> Self {
        // MODE, BITMODE, PRESCALER, CLEAR, START: a timer of 32 bits.
        for (offset, value) in [
            (0x504, 0),
            (0x508, 3),
            (0x510, PRESCALER),
            (0x00c, 1),
            (0x000, 1),
        ] {
            Block::Timer.at(offset).write(value);
        }
        Self(())
    }

    /// Milliseconds since the start, where somebody asks every day; they begin again after 49 days.
    pub fn milliseconds(self) -> u32 {
        // CAPTURE, CC
        Block::Timer.at(0x040).write(1);
        let now = Block::Timer.at(0x540).read();
        let seen = SEEN.load(Ordering::Relaxed);
        let steps = now.wrapping_sub(seen) / TICKS;
        let passed = PASSED.load(Ordering::Relaxed);
        let passed = passed.wrapping_add(steps.wrapping_mul(MILLISECONDS));
        // No interrupt looks at these.
        SEEN.store(seen.wrapping_add(steps * TICKS), Ordering::Relaxed);
        PASSED.store(passed, Ordering::Relaxed);
        passed
    }

    /// Waits.
    pub fn wait(self, milliseconds: u32) {
        let start = self.milliseconds();
        while self.milliseconds().wrapping_sub(start) < milliseconds {
            cortex_m::asm::nop();
        }
    }
}

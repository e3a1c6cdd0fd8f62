//! Time since the start, in ticks of ten milliseconds.

use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;

/// Milliseconds of a tick.
const TICK_MILLISECONDS: u32 = 10;

/// The core runs at 25 MHz.
const CYCLES: u32 = 25_000 * TICK_MILLISECONDS;

static TICKS: AtomicU32 = AtomicU32::new(0);

/// A clock that runs.
#[derive(Clone, Copy, Debug)]
pub struct Clock(());

impl Clock {
    /// Starts the clock.
    pub fn start(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(CYCLES - 1);
        timer.clear_current();
        timer.enable_interrupt();
        timer.enable_counter();
        Self(())
    }

    /// Milliseconds since the start; they begin again after 497 days.
    pub fn milliseconds(self) -> u32 {
        TICKS
            .load(Ordering::Relaxed)
            .wrapping_mul(TICK_MILLISECONDS)
    }

    /// Waits. The core sleeps meanwhile.
    pub fn wait(self, milliseconds: u32) {
        let start = self.milliseconds();
        while self.milliseconds().wrapping_sub(start) < milliseconds {
            cortex_m::asm::wfi();
        }
    }
}

#[exception]
fn SysTick() {
    // Only this handler writes: a core without atomic additions can do this, too.
    let ticks = TICKS.load(Ordering::Relaxed);
    TICKS.store(ticks.wrapping_add(1), Ordering::Relaxed);
}

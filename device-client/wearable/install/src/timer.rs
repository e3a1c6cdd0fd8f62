//! The system timer (Armv7-M Architecture Reference Manual, B3.3), which counts down in 24 bits at
//! 25 MHz. An emulator that lets one instruction take one nanosecond counts 40 of them in a tick.

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

const TICKS_MAX: u32 = 0x00ff_ffff;

/// A timer that runs.
pub(crate) struct Timer(());

impl Timer {
    /// Starts the timer.
    pub(crate) fn start(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(TICKS_MAX);
        timer.clear_current();
        timer.enable_counter();
        Self(())
    }

    /// What it shows.
    #[expect(clippy::unused_self, reason = "one that was not started shows nothing")]
    pub(crate) fn ticks(&self) -> u32 {
        SYST::get_current()
    }

    /// Ticks since it showed `start`: right for less than two thirds of a second.
    pub(crate) fn since(&self, start: u32) -> u32 {
        start.wrapping_sub(self.ticks()) & TICKS_MAX
    }
}

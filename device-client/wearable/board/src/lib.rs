//! What boot loader and application share of their board: [`mps2`], or [`nrf51`] with the feature
//! `microbit`.
#![no_std]
#![deny(unsafe_code)]

#[cfg(not(feature = "microbit"))]
pub mod mps2;
#[cfg(feature = "microbit")]
pub mod nrf51;

/// Copying, filling and comparing of memory, small.
mod memory;
/// How deep the stack became, and what a fault does.
mod stack;

#[cfg(not(feature = "microbit"))]
use mps2 as chip;
#[cfg(feature = "microbit")]
use nrf51 as chip;

#[cfg(feature = "clock")]
pub use chip::clock;
pub use chip::flash::{self, Flash};
pub use chip::jump;
pub use chip::layout;
pub use chip::uart::{self, Uart};
pub use chip::watchdog;
pub use stack::Stack;

/// Starts the board anew.
pub fn reset() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}

//! What boot loader and application share of the board mps2-an386 of QEMU: a Cortex-M4 with RAM
//! alone, some of which plays flash.
#![no_std]
#![deny(unsafe_code)]

/// Time since the start.
#[cfg(feature = "clock")]
pub mod clock;
/// The flash: pages, units, and the rules of NOR.
pub mod flash;
/// Where everything lies in flash.
pub mod layout;
/// Two serial lines: one to the gateway, one for people.
pub mod uart;
/// Ends what hangs.
pub mod watchdog;

/// Copying, filling and comparing of memory, small.
mod memory;
/// Every access to registers and memory that the compiler cannot check.
mod registers;

pub use flash::Flash;
pub use registers::{Stack, jump};
pub use uart::Uart;

/// Starts the board anew.
pub fn reset() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}

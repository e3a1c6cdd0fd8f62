//! The micro:bit: an nRF51822 (Cortex-M0) with 256 KiB of flash and 16 KiB of RAM. QEMU emulates it
//! as `microbit`, without its watchdog. The core has no register for the address of the vectors:
//! those of the boot loader are everybody's, and so no program here enables an interrupt. A fault
//! means a reset in all of them.

/// Time since the start.
#[cfg(feature = "clock")]
pub mod clock;
/// The flash: pages and words.
pub mod flash;
/// Where everything lies in flash.
pub mod layout;
/// The serial line to the gateway, and the debugger for people.
pub mod uart;
/// Ends what hangs.
pub mod watchdog;

/// Every access to registers and memory that the compiler cannot check.
mod registers;

pub use flash::Flash;
pub use registers::jump;

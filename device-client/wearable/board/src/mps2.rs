//! The board mps2-an386 of QEMU: a Cortex-M4 with RAM alone, some of which plays flash.

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

/// Every access to registers and memory that the compiler cannot check.
mod registers;

pub use flash::Flash;
pub use registers::jump;

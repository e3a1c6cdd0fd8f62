//! A wearable in an emulator: what `cargo xtask wearable` shows.

/// Power cuts at moments that nobody chose.
#[cfg(feature = "server")]
pub mod cuts;
/// What a wearable leaves its factory with.
pub mod factory;
/// The boards.
pub mod machine;
/// How an emulator is asked.
#[cfg(feature = "server")]
mod monitor;
/// Somebody who has its flash in their hands.
#[cfg(feature = "server")]
pub mod outside;
/// The board, switched on and off.
#[cfg(feature = "server")]
pub mod power;
/// The gateway beside it.
#[cfg(feature = "server")]
pub mod relay;
/// From its factory to a firmware that faults at boot.
#[cfg(feature = "server")]
pub mod story;

use std::path::PathBuf;

pub use machine::Machine;

/// The product whose firmware travels.
pub const PRODUCT: &str = "watch";

/// Everything that was built for the story.
#[derive(Clone, Debug)]
pub struct Builds {
    /// What it was built for.
    pub machine: Machine,
    /// The boot loader, as an ELF file.
    pub bootloader: PathBuf,
    /// One that checks signatures, of which the pinned root is still to be filled in. The device of
    /// the story gets it where there is one.
    pub verifying: Option<PathBuf>,
    /// The applications 1.0.0, 1.1.0 and 1.2.0, each linked for slots a and b, as they lie there.
    /// The last one faults at boot, then hangs.
    pub apps: [[PathBuf; 2]; 3],
}

/// The versions of the applications.
pub const VERSIONS: [&str; 3] = ["1.0.0", "1.1.0", "1.2.0"];

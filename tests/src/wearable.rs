//! A wearable in an emulator: what `cargo xtask wearable` shows.

/// Power cuts at moments that nobody chose.
pub mod cuts;
/// What a wearable leaves its factory with.
pub mod factory;
/// The board, switched on and off.
pub mod power;
/// The gateway beside it.
pub mod relay;
/// From its factory to a firmware that faults at boot.
pub mod story;

use std::path::PathBuf;

/// The product whose firmware travels.
pub const PRODUCT: &str = "watch";

/// Everything that was built for the story.
#[derive(Clone, Debug)]
pub struct Builds {
    /// The boot loader, as an ELF file.
    pub bootloader: PathBuf,
    /// The applications 1.0.0, 1.1.0 and 1.2.0, each linked for slots a and b, as they lie there.
    /// The last one faults at boot, then hangs.
    pub apps: [[PathBuf; 2]; 3],
}

/// The versions of the applications.
pub const VERSIONS: [&str; 3] = ["1.0.0", "1.1.0", "1.2.0"];

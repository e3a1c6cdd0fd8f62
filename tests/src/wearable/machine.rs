//! The boards of the story: what they hold, as their drivers describe it.

use sealift_device::nor::{Area, Erased, Layout, Sectors};

use crate::flash::geometry::Bank;
use crate::flash::{Geometry, Rewrite};

/// The board's own, word for word.
#[path = "../../../device-client/wearable/board/src/mps2/layout.rs"]
pub mod mps2;
/// The board's own, word for word.
#[path = "../../../device-client/wearable/board/src/nrf51/layout.rs"]
pub mod nrf51;

/// A board that QEMU emulates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Machine {
    /// A Cortex-M4 whose flash is played by RAM that is kept in a file.
    #[default]
    Mps2An386,
    /// A Cortex-M0 with 16 KiB of RAM.
    Microbit,
}

static MPS2: Geometry = Geometry {
    name: "mps2-an386",
    unit: 4,
    erased: Erased::Ones,
    banks: &[Bank {
        end: 0x7_8000,
        rewrite: Rewrite::Once,
        ecc: false,
    }],
    layout: Layout {
        sectors: &[Sectors {
            count: 1024,
            bytes: 4096,
        }],
        ..mps2::LAYOUT
    },
    images: [4096, 0, 0],
};

static NRF51: Geometry = Geometry {
    name: "microbit",
    unit: 4,
    erased: Erased::Ones,
    banks: &[Bank {
        end: 0x4_0000,
        rewrite: Rewrite::Once,
        ecc: false,
    }],
    layout: Layout {
        sectors: &[Sectors {
            count: 256,
            bytes: 1024,
        }],
        ..nrf51::LAYOUT
    },
    images: [1024, 0, 0],
};

impl Machine {
    /// The board that QEMU calls so.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Mps2An386, Self::Microbit];
        all.into_iter()
            .find(|machine| machine.geometry().name == name)
    }

    /// Its flash, and what lies where.
    pub const fn geometry(self) -> &'static Geometry {
        match self {
            Self::Mps2An386 => &MPS2,
            Self::Microbit => &NRF51,
        }
    }

    /// Where the root of the factory lies.
    pub const fn factory_root(self) -> Area {
        match self {
            Self::Mps2An386 => mps2::FACTORY_ROOT,
            Self::Microbit => nrf51::FACTORY_ROOT,
        }
    }

    /// Bytes of the file that plays flash, as the emulator wants it.
    pub fn file_bytes(self) -> u64 {
        match self {
            Self::Mps2An386 => 16 * 1024 * 1024,
            Self::Microbit => self.geometry().capacity().into(),
        }
    }

    /// The name of what it can verify.
    pub const fn device_profile(self) -> &'static str {
        match self {
            Self::Mps2An386 => "default",
            Self::Microbit => "small",
        }
    }

    /// How images travel to it.
    pub const fn encoding(self) -> &'static str {
        match self {
            Self::Mps2An386 => "deflate",
            Self::Microbit => "raw",
        }
    }

    /// Its RAM, as far as it may be used, in KiB.
    pub const fn ram_kib(self) -> u32 {
        match self {
            Self::Mps2An386 => 32,
            Self::Microbit => 16,
        }
    }
}

//! The programs of `cargo xtask wearable`, as the linker laid them out.

use anyhow::Result;

use super::elf::{self, Image};
use crate::firmware::Program;
use crate::setup::BareMetal;
use crate::step::timed;

/// What a program may take, in bytes.
struct Bar {
    what: &'static str,
    flash_bytes: u64,
    ram_bytes: Option<u64>,
}

const BOOTLOADER: Bar = Bar {
    what: "boot loader",
    flash_bytes: 8 * 1024,
    ram_bytes: None,
};

/// Verification, serial link, install and boot control, with everything that a firmware needs to
/// run at all.
const APP: Bar = Bar {
    what: "complete client",
    flash_bytes: 72 * 1024,
    ram_bytes: Some(32 * 1024),
};

/// Both of them.
pub(super) struct Programs {
    pub(super) bootloader: Image,
    pub(super) app: Image,
}

/// Builds them.
pub(super) fn build(toolchain: BareMetal) -> Result<Programs> {
    let build = |package, variables: &[(&str, &str)]| {
        let program = Program {
            package,
            variables,
            features: &[],
        };
        elf::read(&program.build(toolchain)?)
    };
    timed("build boot loader and application", || {
        Ok(Programs {
            bootloader: build("sealift-wearable-bootloader", &[])?,
            app: build("sealift-wearable-app", &[("SEALIFT_SLOT", "a")])?,
        })
    })
}

impl Programs {
    pub(super) fn print(&self) {
        BOOTLOADER.compare(&self.bootloader);
        APP.compare(&self.app);
    }
}

impl Bar {
    fn compare(&self, image: &Image) {
        let Self { what, .. } = self;
        line(
            &format!("{what}: flash"),
            image.flash_bytes,
            self.flash_bytes,
        );
        if let Some(bar) = self.ram_bytes {
            // The stack has what the linker gave it: beyond that there is no memory.
            line(&format!("{what}: RAM in all"), image.ram_bytes, bar);
        }
    }
}

fn line(what: &str, bytes: u64, bar: u64) {
    let verdict = if bytes <= bar { "met" } else { "MISSED" };
    println!("  {what:<26} {bytes:>7} bytes; bar {bar:>6}: {verdict}");
}

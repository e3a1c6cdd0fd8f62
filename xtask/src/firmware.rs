//! Builds firmware of `device-client/wearable`, and cuts images out of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use object::read::elf::{ElfFile32, ProgramHeader as _};
use object::{Endianness, elf};

use crate::setup::{BareMetal, succeed};

/// Boards of QEMU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Machine {
    /// A Cortex-M4 whose flash is played by RAM that is kept in a file
    #[default]
    #[value(name = "mps2-an386")]
    Mps2An386,
    /// A Cortex-M0 with 256 KiB of flash and 16 KiB of RAM
    Microbit,
}

impl Machine {
    /// What QEMU calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mps2An386 => "mps2-an386",
            Self::Microbit => "microbit",
        }
    }

    /// The Cortex-M4 without its floating point unit, which boards with one can run, too; or a
    /// Cortex-M0.
    pub(crate) const fn target(self) -> &'static str {
        match self {
            Self::Mps2An386 => "thumbv7em-none-eabi",
            Self::Microbit => "thumbv6m-none-eabi",
        }
    }

    /// What programs are built with for it.
    const fn features(self) -> &'static [&'static str] {
        match self {
            Self::Mps2An386 => &[],
            Self::Microbit => &["microbit"],
        }
    }
}

/// Where everything of it goes that is built.
pub(crate) const FOLDER: &str = "target/wearable";

/// Erased flash.
const ERASED: u8 = 0xff;

/// The longest image that makes sense, in bytes.
const IMAGE_BYTES_MAX: u64 = 1024 * 1024;

/// One program of the firmware.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    /// What it is for.
    pub(crate) machine: Machine,
    /// Its package.
    pub(crate) package: &'a str,
    /// Variables that it is built with.
    pub(crate) variables: &'a [(&'a str, &'a str)],
    /// Its features.
    pub(crate) features: &'a [&'a str],
}

/// Checks everything of the firmware as the workspace of the host is checked.
pub(crate) fn clippy(toolchain: BareMetal) -> Result<()> {
    for machine in [Machine::Mps2An386, Machine::Microbit] {
        let mut cargo = cargo(toolchain, machine, "clippy")?;
        match machine {
            Machine::Mps2An386 => cargo.arg("--workspace"),
            Machine::Microbit => {
                cargo.args(["--package", "sealift-wearable-bootloader"]);
                cargo.args(["--package", "sealift-wearable-app"])
            }
        };
        let features = machine.features();
        cargo.args(features.iter().flat_map(|name| ["--features", name]));
        succeed(cargo.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// Cargo in the firmware's workspace, up to what is to be done with which package.
fn cargo(toolchain: BareMetal, machine: Machine, verb: &str) -> Result<Command> {
    // Objects of one compiler are of no use to another.
    let target = std::path::absolute(Path::new(FOLDER).join(toolchain.name()))?;
    let mut cargo = toolchain.cargo();
    cargo
        .current_dir("device-client/wearable")
        .args([verb, "--quiet", "--release", "--locked"])
        .args(["--target", machine.target()])
        .arg("--target-dir")
        .arg(target);
    Ok(cargo)
}

impl Program<'_> {
    /// Builds it and returns the path of its ELF file, which the next build may replace.
    pub(crate) fn build(&self, toolchain: BareMetal) -> Result<PathBuf> {
        let mut cargo = cargo(toolchain, self.machine, "build")?;
        let features = self.machine.features().iter().chain(self.features);
        cargo
            .args(["--package", self.package])
            .args(features.flat_map(|name| ["--features", name]))
            .envs(self.variables.iter().copied());
        succeed(&mut cargo)?;
        let target = std::path::absolute(Path::new(FOLDER).join(toolchain.name()))?;
        Ok(target
            .join(self.machine.target())
            .join("release")
            .join(self.package))
    }
}

/// The bytes of an ELF file as they lie in flash, from its first address there on.
pub(crate) fn image(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let file = ElfFile32::<Endianness>::parse(bytes.as_slice())?;
    let endian = file.endian();
    let mut parts = Vec::new();
    for header in file.elf_program_headers() {
        let data = header.data(endian, bytes.as_slice());
        let data = data.ok().context("a segment lies outside of its file")?;
        if header.p_type(endian) == elf::PT_LOAD && !data.is_empty() {
            parts.push((u64::from(header.p_paddr(endian)), data));
        }
    }
    parts.sort_by_key(|(address, _)| *address);
    let start = parts.first().context("nothing is loaded")?.0;
    let mut image = Vec::new();
    for (address, data) in parts {
        ensure!(address - start <= IMAGE_BYTES_MAX, "it lies far apart");
        image.resize(usize::try_from(address - start)?, ERASED);
        image.extend_from_slice(data);
    }
    Ok(image)
}

//! Builds firmware of `device-client/wearable`, and cuts images out of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use object::read::elf::{ElfFile32, ProgramHeader as _};
use object::{Endianness, elf};

use crate::setup::{BareMetal, succeed};

/// The Cortex-M4 without its floating point unit: what boards with one can run, too.
pub(crate) const TARGET: &str = "thumbv7em-none-eabi";

/// Where everything of it goes that is built.
pub(crate) const FOLDER: &str = "target/wearable";

/// Erased flash.
const ERASED: u8 = 0xff;

/// The longest image that makes sense, in bytes.
const IMAGE_BYTES_MAX: u64 = 1024 * 1024;

/// One program of the firmware.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    /// Its package.
    pub(crate) package: &'a str,
    /// Variables that it is built with.
    pub(crate) variables: &'a [(&'a str, &'a str)],
    /// Its features.
    pub(crate) features: &'a [&'a str],
}

/// Checks everything of the firmware as the workspace of the host is checked.
pub(crate) fn clippy(toolchain: BareMetal) -> Result<()> {
    let mut cargo = cargo(toolchain, "clippy")?;
    cargo.args(["--workspace", "--", "-D", "warnings"]);
    succeed(&mut cargo)
}

/// Cargo in the firmware's workspace, up to what is to be done with which package.
fn cargo(toolchain: BareMetal, verb: &str) -> Result<Command> {
    // Objects of one compiler are of no use to another.
    let target = std::path::absolute(Path::new(FOLDER).join(toolchain.name()))?;
    let mut cargo = toolchain.cargo();
    cargo
        .current_dir("device-client/wearable")
        .args([verb, "--quiet", "--release", "--locked"])
        .args(["--target", TARGET])
        .arg("--target-dir")
        .arg(target);
    Ok(cargo)
}

impl Program<'_> {
    /// Builds it and returns the path of its ELF file, which the next build may replace.
    pub(crate) fn build(&self, toolchain: BareMetal) -> Result<PathBuf> {
        let mut cargo = cargo(toolchain, "build")?;
        cargo
            .args(["--package", self.package])
            .args(self.features.iter().flat_map(|name| ["--features", name]))
            .envs(self.variables.iter().copied());
        succeed(&mut cargo)?;
        let target = std::path::absolute(Path::new(FOLDER).join(toolchain.name()))?;
        Ok(target.join(TARGET).join("release").join(self.package))
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

//! Builds the firmware with a repository linked in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::firmware::{Machine, Program};
use crate::setup::BareMetal;
use crate::step::{Step, timed};

/// A firmware, and the repository in it, which is no part of the client.
pub(super) struct Firmware {
    pub(super) path: PathBuf,
    pub(super) files_bytes: u64,
}

pub(super) fn firmware(toolchain: BareMetal, folder: &Path) -> Result<Firmware> {
    let folder = std::path::absolute(folder)?;
    let files = folder.join("files");
    let args = "run --quiet --package sealift-tests --bin sealift-wearable-files";
    let args = format!("{args} {}", files.display());
    Step::new("sign a repository", env!("CARGO"), &args).run()?;
    let list = files.join("files.rs");
    let program = Program {
        machine: Machine::Mps2An386,
        package: "sealift-wearable",
        variables: &[("SEALIFT_FILES", &list.to_string_lossy())],
        features: &[],
    };
    Ok(Firmware {
        path: timed("build the firmware", || program.build(toolchain))?,
        files_bytes: length_of_files(&files)?,
    })
}

fn length_of_files(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.path().extension().is_none() {
            total += entry.metadata()?.len();
        }
    }
    Ok(total)
}

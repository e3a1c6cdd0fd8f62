//! Small images that boot: scripts that say which version they are, padded to some size.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sealift_metadata::Digest;

/// Writes an image of about `kibibytes` that prints `gateway VERSION` when it is booted. Half of
/// it is noise, so that its encoding has some size too.
///
/// # Errors
/// What the file system says.
pub fn script(folder: &Path, version: &str, kibibytes: usize) -> Result<PathBuf> {
    let mut text = format!("#!/bin/sh\necho gateway {version}\nexit 0\n");
    let mut noise = Digest::of(version.as_bytes());
    while text.len() < kibibytes * 1024 {
        writeln!(text, "# {noise}")?;
        noise = Digest::of(noise.as_bytes());
    }
    let path = folder.join(format!("gateway-{version}"));
    std::fs::write(&path, text)?;
    Ok(path)
}

//! The folder that targets are downloaded into: flat, each under its quoted name.

use std::fs;
use std::path::Path;

use sealift_metadata::name::Quoted;

use super::kept::file;
use super::targets::Found;
use super::{Refused, Result};
use crate::store::{LocalDisk, write_atomic};

/// A folder of targets.
#[derive(Debug)]
pub(super) struct Folder<'f>(&'f Path);

impl<'f> Folder<'f> {
    /// A folder, made where it does not exist. A target may have any name, that of a document
    /// too: so it is none of those in which documents are `kept`.
    pub(super) fn open(path: &'f Path, kept: &[&Path]) -> Result<Self> {
        fs::create_dir_all(path).map_err(|source| file(path, source))?;
        let own = fs::canonicalize(path).map_err(|source| file(path, source))?;
        let is_own = |other: &&Path| fs::canonicalize(other).is_ok_and(|other| other == own);
        if kept.iter().any(is_own) {
            return Err(Refused::MixedFolder(path.display().to_string()));
        }
        Ok(Self(path))
    }

    /// Whether the target lies there already.
    pub(super) fn has(&self, name: &str, found: &Found) -> bool {
        let path = self.0.join(Quoted(name).to_string());
        // A link is not the file, whatever it leads to now.
        let is_file = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
        is_file && fs::read(&path).is_ok_and(|bytes| found.fits(&bytes))
    }

    /// Stores a target, whole or not at all.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        Ok(write_atomic(
            &LocalDisk,
            self.0,
            &Quoted(name).to_string(),
            bytes,
        )?)
    }
}

//! Files of a metadata directory: one per role, named by the role, quoted and unversioned.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sealift_metadata::name::Quoted;

use super::{Refused, Result};
use crate::store::{LocalDisk, write_atomic};

/// A metadata directory.
#[derive(Debug)]
pub(super) struct Kept(pub(super) PathBuf);

impl Kept {
    /// The document of a role; `None` where none is kept.
    pub(super) fn read(&self, role: &str) -> Result<Option<Vec<u8>>> {
        let path = self.0.join(format!("{}.json", Quoted(role)));
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(file(&path, source)),
        }
    }

    /// Drops the document of a role, if one is kept.
    pub(super) fn remove(&self, role: &str) -> Result<()> {
        let path = self.0.join(format!("{}.json", Quoted(role)));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(file(&path, error)),
            _ => Ok(()),
        }
    }

    /// Keeps the document of a role, whole or not at all.
    pub(super) fn write(&self, role: &str, bytes: &[u8]) -> Result<()> {
        fs::create_dir_all(&self.0).map_err(|source| file(&self.0, source))?;
        let name = format!("{}.json", Quoted(role));
        Ok(write_atomic(&LocalDisk, &self.0, &name, bytes)?)
    }
}

pub(super) fn file(path: &Path, source: std::io::Error) -> Refused {
    Refused::File {
        path: path.display().to_string(),
        source,
    }
}

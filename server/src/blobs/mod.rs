//! The blob store: target files under the name of their digest, `ab/<sha256>`.
//!
//! A blob is acknowledged only when it would survive a power cut: written to a file beside its
//! place, synchronised, renamed, and the folder synchronised as well. It never changes then.

/// A blob on its way in.
mod upload;

pub use upload::{Upload, UploadError};

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use sealift_metadata::Digest;

/// Where uploads lie until they are complete.
const INCOMING: &str = "incoming";

/// A folder of blobs.
#[derive(Debug)]
pub struct Blobs {
    folder: PathBuf,
    bytes_most: u64,
}

impl Blobs {
    /// Opens the folder, and makes it if need be. Blobs are at most `bytes_most` bytes long.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(folder: PathBuf, bytes_most: u64) -> io::Result<Self> {
        let incoming = folder.join(INCOMING);
        make_folder(&folder)?;
        make_folder(&incoming)?;
        Ok(Self { folder, bytes_most })
    }

    /// Removes what uploads left behind when the server was stopped. Only the one server that
    /// takes uploads may call it, before it takes any.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove_leftovers(&self) -> io::Result<()> {
        fs::read_dir(self.folder.join(INCOMING))?.try_for_each(|it| fs::remove_file(it?.path()))
    }

    /// Length in bytes of the largest blob that is taken.
    pub const fn bytes_most(&self) -> u64 {
        self.bytes_most
    }

    /// Length in bytes of a blob; `None` when it is not there. Its bytes are not hashed again:
    /// devices do that.
    pub fn length(&self, sha256: &Digest) -> Option<u64> {
        let found = fs::metadata(self.path(sha256)).ok()?;
        found.is_file().then_some(found.len())
    }

    /// Length in bytes of a blob that would survive a power cut; `None` when it is not there. Who
    /// stored it may not have come to synchronise its folder yet, or was stopped before.
    ///
    /// # Errors
    /// What the system says.
    pub fn settled(&self, sha256: &Digest) -> io::Result<Option<u64>> {
        let Some(length) = self.length(sha256) else {
            return Ok(None);
        };
        let path = self.path(sha256);
        sync_folder(path.parent().unwrap_or(&path))?;
        sync_folder(&self.folder)?;
        Ok(Some(length))
    }

    /// The bytes of a small blob.
    ///
    /// # Errors
    /// What the system says.
    pub fn read(&self, sha256: &Digest) -> io::Result<Vec<u8>> {
        fs::read(self.path(sha256))
    }

    /// Where a blob lies.
    pub fn path(&self, sha256: &Digest) -> PathBuf {
        let name = sha256.to_string();
        self.folder
            .join(name.get(..2).unwrap_or_default())
            .join(name)
    }

    /// Begins an upload.
    ///
    /// # Errors
    /// See [`UploadError`].
    pub async fn begin(&self) -> Result<Upload, UploadError> {
        Upload::begin(&self.folder.join(INCOMING), self.bytes_most).await
    }

    /// Completes an upload: the blob is durable when this returns.
    ///
    /// # Errors
    /// [`UploadError::Digest`] when its bytes are not the ones of `wanted`; nothing is left of it
    /// then, as after every other error.
    pub async fn complete(&self, upload: Upload, wanted: &Digest) -> Result<(), UploadError> {
        upload.complete(self.path(wanted), wanted).await
    }
}

/// Makes a folder, and the entry of it durable, also where somebody else has just made it.
fn make_folder(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(folder.parent().unwrap_or(folder)),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()?;
    #[cfg(test)]
    tests::note_synced(folder);
    Ok(())
}

#[cfg(test)]
mod tests;

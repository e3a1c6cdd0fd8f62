//! A blob on its way in.

use std::io;
use std::path::{Path, PathBuf};

use sealift_metadata::Digest;
use sealift_metadata::digest::Hasher;
use thiserror::Error;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::{make_folder, sync_folder};
use crate::rng;

/// Why a blob was not taken. Nothing is left of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UploadError {
    /// It is longer than blobs may be.
    #[error("the blob is longer than {most} bytes")]
    TooLarge {
        /// How long blobs may be, in bytes.
        most: u64,
    },
    /// Its bytes are not the ones that were announced.
    #[error("the bytes have the digest {found}, not {wanted}")]
    Digest {
        /// The digest that was announced.
        wanted: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// The disk is full.
    #[error("the disk is full")]
    StorageFull,
    /// The system said no.
    #[error("cannot store the blob: {0}")]
    Io(io::Error),
}

/// A blob on its way in: dropped before it is complete, it leaves nothing behind.
#[derive(Debug)]
pub struct Upload {
    file: File,
    place: Place,
    hasher: Hasher,
    length: u64,
    most: u64,
}

/// A file that goes away with its owner.
#[derive(Debug)]
struct Place(Option<PathBuf>);

impl Upload {
    pub(super) async fn begin(folder: &Path, most: u64) -> Result<Self, UploadError> {
        let name = rng::bits_256().map_err(|_| io::Error::from(io::ErrorKind::Other))?;
        let path = folder.join(hex::encode(name));
        let mut options = File::options();
        options.write(true).create_new(true).mode(0o600);
        let file = options.open(&path).await?;
        Ok(Self {
            file,
            place: Place(Some(path)),
            hasher: Hasher::new(),
            length: 0,
            most,
        })
    }

    /// Adds the next bytes.
    ///
    /// # Errors
    /// [`UploadError::TooLarge`], [`UploadError::StorageFull`], [`UploadError::Io`].
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(more);
        if self.length > self.most {
            return Err(UploadError::TooLarge { most: self.most });
        }
        self.hasher.update(bytes);
        self.file.write_all(bytes).await?;
        Ok(())
    }

    /// Length in bytes so far.
    pub const fn length(&self) -> u64 {
        self.length
    }

    pub(super) async fn complete(self, path: PathBuf, wanted: &Digest) -> Result<(), UploadError> {
        let Self {
            mut file,
            mut place,
            hasher,
            ..
        } = self;
        let found = hasher.finish();
        if found != *wanted {
            let wanted = *wanted;
            return Err(UploadError::Digest { wanted, found });
        }
        // A failed write can show up as late as here.
        file.flush().await?;
        file.sync_all().await?;
        drop(file);
        let moved = tokio::task::spawn_blocking(move || {
            let folder = path.parent().unwrap_or(&path);
            make_folder(folder)?;
            place.move_to(&path)?;
            sync_folder(folder)
        });
        match moved.await {
            Ok(moved) => Ok(moved?),
            Err(_) => Err(UploadError::Io(io::Error::from(io::ErrorKind::Other))),
        }
    }
}

impl Place {
    /// Gives the file its lasting name; it does not go away any more.
    fn move_to(&mut self, path: &Path) -> io::Result<()> {
        if let Some(from) = self.0.take() {
            std::fs::rename(&from, path).inspect_err(|_| self.0 = Some(from))?;
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What cannot be removed now is removed at the next start.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl From<io::Error> for UploadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::StorageFull,
            _ => Self::Io(error),
        }
    }
}

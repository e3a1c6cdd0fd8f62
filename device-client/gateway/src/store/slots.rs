//! Slots in files: `slot-a` and `slot-b`.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use sealift_device::slot::{SlotId, SlotRecord};
use sealift_metadata::Digest;
use sealift_metadata::digest::Hasher;

use super::atomic::sync_folder;
use crate::Result;
use crate::error::Context as _;
use crate::limits::READ_BYTES;

/// The slots of a state directory.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    folder: PathBuf,
}

impl Slots {
    pub(crate) fn new(folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self { folder }
    }

    pub(crate) fn path(&self, slot: SlotId) -> PathBuf {
        self.folder.join(format!("slot-{}", slot.name()))
    }

    /// Forgets everything from `offset` on: nothing behind it is counted on.
    pub(crate) fn erase(&self, slot: SlotId, offset: u64) -> Result<()> {
        let path = self.path(slot);
        let is_fresh = !path.exists();
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .and_then(|file| file.set_len(offset))
            .and_then(|()| {
                if is_fresh {
                    sync_folder(&self.folder)
                } else {
                    Ok(())
                }
            })
            .context("erase", &path)
    }

    /// Writes, and returns once it is durable.
    pub(crate) fn write(&self, slot: SlotId, offset: u64, bytes: &[u8]) -> Result<()> {
        let path = self.path(slot);
        OpenOptions::new()
            .write(true)
            .open(&path)
            .and_then(|file| {
                file.write_all_at(bytes, offset)?;
                file.sync_all()
            })
            .context("write", &path)
    }

    /// Reads up to `length` bytes; a slot that ends before is an error.
    pub(crate) fn read(&self, slot: SlotId, offset: u64, length: u64) -> Result<Vec<u8>> {
        let path = self.path(slot);
        let length = length.min(READ_BYTES);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        File::open(&path)
            .and_then(|file| file.read_exact_at(&mut bytes, offset))
            .context("read", &path)?;
        Ok(bytes)
    }

    /// Whether a slot holds exactly the image of its record. One that cannot be read does not:
    /// the other slot may be good.
    pub(crate) fn matches(&self, slot: SlotId, record: &SlotRecord) -> bool {
        hash(&self.path(slot), record.length).is_ok_and(|digest| digest == Some(record.sha256))
    }

    /// Makes a slot's file a program.
    pub(crate) fn make_executable(&self, slot: SlotId) -> Result<()> {
        let path = self.path(slot);
        fs::set_permissions(&path, Permissions::from_mode(0o755)).context("make executable", &path)
    }
}

/// The digest of a file of exactly `length` bytes; `None` for another length.
fn hash(path: &Path, length: u64) -> io::Result<Option<Digest>> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() != length {
        return Ok(None);
    }
    let mut hasher = Hasher::new();
    let mut piece = vec![0; usize::try_from(READ_BYTES).unwrap_or(4096)];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(Some(hasher.finish())),
            read => hasher.update(piece.get(..read).unwrap_or_default()),
        }
    }
}

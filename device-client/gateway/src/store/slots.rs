//! Slots in files: `slot-a` and `slot-b`, and beside them `slot-a.radio` and so on, where the device
//! has other components.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sealift_device::slot::{SlotId, SlotRecord};
use sealift_metadata::Digest;
use sealift_metadata::digest::Hasher;

use super::Disk;
use crate::Result;
use crate::error::Context as _;
use crate::limits::READ_BYTES;

/// The slots of one component in a state directory.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    /// What the names of its files end in: nothing for the first component.
    suffix: String,
}

impl Slots {
    pub(crate) fn new(disk: Arc<dyn Disk>, folder: &Path, suffix: String) -> Self {
        let folder = folder.to_owned();
        Self {
            disk,
            folder,
            suffix,
        }
    }

    pub(crate) fn path(&self, slot: SlotId) -> PathBuf {
        self.folder
            .join(format!("slot-{}{}", slot.name(), self.suffix))
    }

    /// Forgets everything from `offset` on: nothing behind it is counted on.
    pub(crate) fn erase(&self, slot: SlotId, offset: u64) -> Result<()> {
        let path = self.path(slot);
        let is_fresh = self.disk.length(&path).is_err();
        let resized = self.disk.resize(&path, offset);
        let named = resized.and_then(|()| {
            if is_fresh {
                self.disk.sync_folder(&self.folder)
            } else {
                Ok(())
            }
        });
        named.context("erase", &path)
    }

    /// Writes; it is durable once it was [synced](Self::sync).
    pub(crate) fn write(&self, slot: SlotId, offset: u64, bytes: &[u8]) -> Result<()> {
        let path = self.path(slot);
        let written = self.disk.write_at(&path, offset, bytes);
        written.context("write", &path)
    }

    /// Makes durable what was written.
    pub(crate) fn sync(&self, slot: SlotId) -> Result<()> {
        let path = self.path(slot);
        self.disk.sync(&path).context("write", &path)
    }

    /// Reads up to `length` bytes; a slot that ends before is an error.
    pub(crate) fn read(&self, slot: SlotId, offset: u64, length: u64) -> Result<Vec<u8>> {
        let path = self.path(slot);
        let mut bytes = piece(length);
        let read = self.disk.read_at(&path, offset, &mut bytes);
        read.context("read", &path)?;
        Ok(bytes)
    }

    /// Whether a slot holds exactly the image of its record. One that cannot be read does not:
    /// the other slot may be good.
    pub(crate) fn matches(&self, slot: SlotId, record: &SlotRecord) -> bool {
        self.hash(slot, record.length)
            .is_ok_and(|digest| digest == Some(record.sha256))
    }

    /// Makes a slot's file a program.
    pub(crate) fn make_executable(&self, slot: SlotId) -> Result<()> {
        let path = self.path(slot);
        fs::set_permissions(&path, Permissions::from_mode(0o755)).context("make executable", &path)
    }

    /// The digest of a file of exactly `length` bytes; `None` for another length.
    fn hash(&self, slot: SlotId, length: u64) -> Result<Option<Digest>> {
        let path = self.path(slot);
        if self.disk.length(&path).context("read", &path)? != length {
            return Ok(None);
        }
        let mut hasher = Hasher::new();
        let mut read = 0;
        while read < length {
            let bytes = self.read(slot, read, length - read)?;
            hasher.update(&bytes);
            read += bytes.len() as u64;
        }
        Ok(Some(hasher.finish()))
    }
}

/// Room for `length` bytes, or as many as are read at once.
fn piece(length: u64) -> Vec<u8> {
    vec![0; usize::try_from(length.min(READ_BYTES)).unwrap_or(0)]
}

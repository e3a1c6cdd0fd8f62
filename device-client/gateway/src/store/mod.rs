//! The state directory. `docs/gateway.md` describes it; every file is decoded in one place.
//!
//! | file | what |
//! |---|---|
//! | `slot-a`, `slot-b` | the images |
//! | `boot.0`, `boot.1` | the boot records (see `sealift_device::records`) |
//! | `floors.log` | what must never fall (see `sealift_device::floor_log`) |
//! | `root.json` | the root that is trusted |
//! | `metadata/` | a cache of documents; it may be lost |
//! | `status.json` | what `status --json` says, for others to read |
//! | `lock`, `agent.lock` | held while records change, and while an agent runs |

/// Whole files, written so that a cut leaves the old or the new.
mod atomic;
/// The cache of documents.
mod documents;
/// Locks between processes.
mod lock;
/// Slots in files.
mod slots;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sealift_device::floor_log::{Append, FloorLog};
use sealift_device::records::{Page, Records};
use sealift_device::{BootState, Log};

use crate::Result;
use crate::error::Context as _;
use crate::limits::FLOOR_LOG_BYTES;

pub(crate) use atomic::{append, write_atomic};
pub(crate) use documents::{Documents, Tag};
pub(crate) use lock::Lock;
pub(crate) use slots::Slots;

/// The state directory of one device.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    folder: PathBuf,
}

impl Store {
    /// Opens a state directory, and makes it when it is not there.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).context("create", folder)?;
        let folder = folder.to_owned();
        Ok(Self { folder })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn slots(&self) -> Slots {
        Slots::new(&self.folder)
    }

    pub(crate) fn documents(&self) -> Documents {
        Documents::new(self.path("metadata"))
    }

    /// The file of a name; `None` when it is not there.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("read", &path),
        }
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_atomic(&self.folder, name, bytes)
    }

    /// The boot records.
    ///
    /// # Errors
    /// `boot_records` when they are damaged.
    pub(crate) fn records(&self) -> Result<Records> {
        let (zero, one) = (self.read("boot.0")?, self.read("boot.1")?);
        Ok(Records::read(zero.as_deref(), one.as_deref())?)
    }

    /// Makes a boot record durable, unless the newest says the same.
    pub(crate) fn write_boot(&self, state: &BootState) -> Result<()> {
        let records = self.records()?;
        if records.state() == state {
            return Ok(());
        }
        let (page, bytes) = records.next(state);
        let name = match page {
            Page::Zero => "boot.0",
            Page::One => "boot.1",
        };
        self.write(name, &bytes)
    }

    /// The floor log.
    ///
    /// # Errors
    /// `floor_log` when it is damaged.
    pub(crate) fn floors(&self) -> Result<FloorLog> {
        let area = self.read("floors.log")?.unwrap_or_default();
        Ok(FloorLog::read(&area)?)
    }

    /// Makes the state of the log durable, if something moved.
    pub(crate) fn write_log(&self, log: &Log) -> Result<()> {
        match self.floors()?.append(log, FLOOR_LOG_BYTES) {
            None => Ok(()),
            Some(Append::Fresh { bytes }) => self.write("floors.log", &bytes),
            Some(Append::At { offset, bytes }) => append(&self.path("floors.log"), offset, &bytes),
        }
    }
}

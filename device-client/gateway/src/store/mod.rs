//! The state directory. `docs/gateway.md` describes it; every file is decoded in one place.
//!
//! | file | what |
//! |---|---|
//! | `slot-a`, `slot-b` | the images of the first component |
//! | `slot-a.radio`, … | those of another one, by its name |
//! | `boot.0`, `boot.1` | the boot records (see `sealift_device::records`) |
//! | `floors.0`, `floors.1` | what must never fall (see `sealift_device::floor_log`) |
//! | `root.json` | the root that is trusted |
//! | `metadata/` | a cache of documents; it may be lost |
//! | `status.json` | what `status --json` says, for others to read |
//! | `lock`, `agent.lock` | held while records change, and while an agent runs |

/// Whole files, written so that a cut leaves the old or the new.
mod atomic;
/// The file system.
mod disk;
/// The cache of documents.
mod documents;
/// Locks between processes.
mod lock;
/// Slots in files.
mod slots;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sealift_device::floor_log::{Append, FloorLog};
use sealift_device::others::Component;
use sealift_device::page::{Found, Page};
use sealift_device::records::Records;
use sealift_device::{BootState, Log, Others, Part};

use crate::Result;
use crate::config::Config;
use crate::error::Context as _;
use crate::limits::FLOOR_LOG_BYTES;

pub(crate) use atomic::write_atomic;
pub use disk::{Disk, LocalDisk};
pub(crate) use documents::{Documents, Tag};
pub(crate) use lock::Lock;
pub(crate) use slots::Slots;

/// Two files that take turns.
#[derive(Clone, Copy)]
struct Pair(&'static str, &'static str);

const BOOT: Pair = Pair("boot.0", "boot.1");
const FLOORS: Pair = Pair("floors.0", "floors.1");

impl Pair {
    const fn name(self, page: Page) -> &'static str {
        match page {
            Page::Zero => self.0,
            Page::One => self.1,
        }
    }
}

type Reader<T> = fn(Found<'_>, Found<'_>) -> sealift_device::Result<T>;

/// The state directory of one device.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
}

impl Store {
    /// Opens a state directory, and makes it when it is not there.
    pub(crate) fn open(disk: Arc<dyn Disk>, folder: &Path) -> Result<Self> {
        disk.create_folder(folder).context("create", folder)?;
        let folder = folder.to_owned();
        Ok(Self { disk, folder })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The slots of the first component, which is the one that boots.
    pub(crate) fn slots(&self) -> Slots {
        Slots::new(Arc::clone(&self.disk), &self.folder, String::new())
    }

    /// The slots of another component.
    pub(crate) fn slots_of(&self, component: &Component) -> Slots {
        let suffix = format!(".{}", component.name());
        Slots::new(Arc::clone(&self.disk), &self.folder, suffix)
    }

    /// What the boot records say of the components beside the first, in the order of the
    /// configuration.
    pub(crate) fn others(&self, config: &Config) -> Result<Others> {
        let records = self.records()?;
        let others = config.others();
        Ok(Others::new(
            config.device().component,
            others,
            records.parts(),
        )?)
    }

    pub(crate) fn documents(&self) -> Documents {
        Documents::new(Arc::clone(&self.disk), self.path("metadata"))
    }

    /// The file of a name; `None` when it is not there.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(name);
        match self.disk.read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("read", &path),
        }
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_atomic(&*self.disk, &self.folder, name, bytes)
    }

    /// Keeps others from changing records for as long as the lock lives. A process that was killed
    /// may have written what it never synced: that is made durable before anything is built on it.
    ///
    /// # Errors
    /// [`Error::Locked`](crate::Error::Locked), [`Error::Io`](crate::Error::Io).
    pub(crate) fn lock(&self) -> Result<Lock> {
        let lock = Lock::wait(&self.path("lock"))?;
        for name in [BOOT.0, BOOT.1, FLOORS.0, FLOORS.1] {
            let path = self.path(name);
            if self.disk.length(&path).is_ok() {
                self.disk.sync(&path).context("sync", &path)?;
            }
        }
        let synced = self.disk.sync_folder(&self.folder);
        synced.context("sync", &self.folder)?;
        Ok(lock)
    }

    /// The boot records.
    ///
    /// # Errors
    /// `boot_records` when they are damaged.
    pub(crate) fn records(&self) -> Result<Records> {
        self.read_both(BOOT, Records::read)
    }

    /// Makes a boot record durable, unless the newest says the same.
    pub(crate) fn write_boot(&self, state: &BootState, parts: &[Part]) -> Result<()> {
        let records = self.records()?;
        if records.state() == state && records.parts() == parts {
            return Ok(());
        }
        let (page, bytes) = records.next(state, parts);
        self.write_page(BOOT.name(page), &bytes)
    }

    /// The floor log.
    ///
    /// # Errors
    /// `floor_log` when it is damaged.
    pub(crate) fn floors(&self) -> Result<FloorLog> {
        self.read_both(FLOORS, FloorLog::read)
    }

    /// Makes the state of the log durable, if something moved.
    pub(crate) fn write_log(&self, log: &Log) -> Result<()> {
        match self.floors()?.append(log, FLOOR_LOG_BYTES) {
            None => Ok(()),
            Some(Append::Fresh { page, bytes }) => self.write(FLOORS.name(page), &bytes),
            Some(Append::At {
                page,
                offset,
                bytes,
            }) => self.append(FLOORS.name(page), offset, &bytes),
        }
    }

    /// Writes over a page: the other one holds what counts until this one is whole. One that is
    /// not there yet, or of another length, comes about as a whole file.
    fn write_page(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let length = self.disk.length(&self.path(name)).ok();
        if length == Some(bytes.len() as u64) {
            return self.append(name, 0, bytes);
        }
        self.write(name, bytes)
    }

    /// Writes at `offset` of a file that is there.
    fn append(&self, name: &str, offset: usize, bytes: &[u8]) -> Result<()> {
        let path = self.path(name);
        let offset = u64::try_from(offset).unwrap_or(u64::MAX);
        let written = self.disk.write_at(&path, offset, bytes);
        let durable = written.and_then(|()| self.disk.sync(&path));
        durable.context("write", &path)
    }

    /// Reads two files that take turns. One that cannot be read is no reason to stop, as long as
    /// the other is valid; otherwise it is what is wrong.
    fn read_both<T>(&self, pair: Pair, read: Reader<T>) -> Result<T> {
        let [zero, one] = [Page::Zero, Page::One].map(|page| self.read(pair.name(page)));
        read(found(&zero), found(&one)).or_else(|error| {
            zero?;
            one?;
            Err(error.into())
        })
    }
}

fn found(file: &Result<Option<Vec<u8>>>) -> Found<'_> {
    match file {
        Ok(Some(bytes)) => Found::Bytes(bytes),
        Ok(None) => Found::Absent,
        Err(_) => Found::Unreadable,
    }
}

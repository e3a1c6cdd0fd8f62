//! Locks between processes. The system lets go of them when a process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::Result;
use crate::clock::pause;
use crate::error::{Context as _, Error};
use crate::limits::{LOCK_SECONDS, LOOK_MILLISECONDS};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or refuses at once.
    pub(crate) fn take(path: &Path) -> Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .context("open", path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(error).context("lock", path),
        }
    }

    /// Takes the lock once whoever holds it lets go, for a while.
    pub(crate) fn wait(path: &Path) -> Result<Self> {
        let looks = LOCK_SECONDS * 1000 / LOOK_MILLISECONDS;
        for _ in 0..looks {
            match Self::take(path) {
                Err(Error::Locked { .. }) => pause(Duration::from_millis(LOOK_MILLISECONDS)),
                other => return other,
            }
        }
        Self::take(path)
    }
}

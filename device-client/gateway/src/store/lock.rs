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
    file: File,
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
            Ok(()) => Ok(Self { file }),
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

impl Drop for Lock {
    fn drop(&mut self) {
        // A child that was just started holds a copy of the file until it runs its program.
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_free_again_although_a_child_holds_a_copy() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("lock");
        let lock = Lock::take(&path).unwrap();
        let copy = lock.file.try_clone().unwrap();
        assert!(matches!(Lock::take(&path), Err(Error::Locked { .. })));
        drop(lock);
        assert!(Lock::take(&path).is_ok());
        drop(copy);
    }
}

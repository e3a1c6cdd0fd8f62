//! The data directory: everything that the server keeps.
//!
//! | name | what |
//! |---|---|
//! | `sealift-server.toml` | the configuration, if there is one |
//! | `sealift.db` (`-wal`, `-shm`) | SQLite: repositories, documents, tokens |
//! | `online-keys.json` | the private snapshot and timestamp keys, 0600 |
//! | `blobs/ab/<sha256>` | target files, by their digest |
//! | `blobs/incoming/` | uploads that are not complete |
//! | `server.lock` | held while a server runs |

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Name of the file of the private online keys.
pub const ONLINE_KEYS: &str = "online-keys.json";

/// A data directory that exists and that others cannot read.
#[derive(Clone, Debug)]
pub struct DataDir(PathBuf);

/// Held while a server runs.
#[derive(Debug)]
pub struct DirLock(File);

impl Drop for DirLock {
    fn drop(&mut self) {
        // Said, not left to the closing of the file: a program that this process is about to
        // start may hold a copy of it for a moment.
        let _ = self.0.unlock();
    }
}

/// Why a data directory was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataDirError {
    /// The system said no.
    #[error("cannot use the data directory {path}: {source}")]
    Io {
        /// The directory or the file in it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Everybody on the machine can look into it.
    #[error("{path} is open to everybody (mode {mode:o}); run: chmod o-rwx {path}")]
    Open {
        /// The directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Another server runs on it.
    #[error("another server runs on {path}")]
    Busy {
        /// The directory.
        path: PathBuf,
    },
}

impl DataDir {
    /// Opens the directory, and makes it (0700) when it does not exist.
    ///
    /// # Errors
    /// [`DataDirError::Open`] when others may read it, [`DataDirError::Io`].
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let io = |source| DataDirError::Io {
            path: path.to_owned(),
            source,
        };
        let mut builder = DirBuilder::new();
        builder
            .mode(0o700)
            .recursive(true)
            .create(path)
            .map_err(io)?;
        let path = path.canonicalize().map_err(io)?;
        let mode = path.metadata().map_err(io)?.permissions().mode() & 0o7777;
        if mode & 0o007 != 0 {
            return Err(DataDirError::Open { path, mode });
        }
        Ok(Self(path))
    }

    /// Keeps other servers away for as long as what it returns lives: what readers see lies in
    /// the memory of the one server.
    ///
    /// # Errors
    /// [`DataDirError::Busy`], [`DataDirError::Io`].
    pub fn lock(&self) -> Result<DirLock, DataDirError> {
        let path = self.0.join("server.lock");
        let io = |source| DataDirError::Io {
            path: path.clone(),
            source,
        };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(DirLock(file)),
            Err(TryLockError::WouldBlock) => Err(DataDirError::Busy {
                path: self.0.clone(),
            }),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.0.join("sealift.db")
    }

    /// The file of the private online keys.
    pub fn online_keys(&self) -> PathBuf {
        self.0.join(ONLINE_KEYS)
    }

    /// The folder of the blobs.
    pub fn blobs(&self) -> PathBuf {
        self.0.join("blobs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions};

    #[test]
    fn a_directory_that_everybody_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        DataDir::open(&path).unwrap();
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700);
        for mode in [0o705, 0o755, 0o701, 0o777] {
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert!(
                matches!(DataDir::open(&path), Err(DataDirError::Open { .. })),
                "{mode:o}"
            );
        }
    }

    #[test]
    fn a_second_server_on_the_same_directory_does_not_start() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(&dir.path().join("data")).unwrap();
        let held = data.lock().unwrap();
        assert!(matches!(data.lock(), Err(DataDirError::Busy { .. })));
        drop(held);
        assert!(data.lock().is_ok());
    }
}

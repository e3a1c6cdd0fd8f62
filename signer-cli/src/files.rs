//! Files: read with a cap, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Opens a regular file for reading; symbolic links, pipes and devices are refused, because the
/// folder may come from somebody else.
///
/// # Errors
/// [`Error::NotAFile`], [`Error::Io`].
pub fn open_regular(path: &Path) -> Result<File> {
    let kind = fs::symlink_metadata(path).map_err(Error::io("read", path))?;
    if !kind.is_file() {
        return Err(Error::NotAFile {
            path: path.to_owned(),
        });
    }
    File::open(path).map_err(Error::io("read", path))
}

/// The bytes of a regular file.
///
/// # Errors
/// [`Error::FileTooLong`] beyond `limit_bytes`, [`Error::NotAFile`], [`Error::Io`].
pub fn read_capped(path: &Path, limit_bytes: u64) -> Result<Vec<u8>> {
    let file = open_regular(path)?;
    let mut bytes = Vec::new();
    file.take(limit_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(Error::io("read", path))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limit_bytes) {
        Ok(bytes)
    } else {
        Err(Error::FileTooLong {
            path: path.to_owned(),
            limit_bytes,
        })
    }
}

/// As [`read_capped`]; `None` when there is no such file.
///
/// # Errors
/// As [`read_capped`].
pub fn read_if_there(path: &Path, limit_bytes: u64) -> Result<Option<Vec<u8>>> {
    match read_capped(path, limit_bytes) {
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// Refuses a file that anybody but its owner can read or write.
///
/// # Errors
/// [`Error::FileMode`], [`Error::Io`].
pub fn check_private(path: &Path) -> Result<()> {
    let metadata = fs::symlink_metadata(path).map_err(Error::io("read", path))?;
    let mode = metadata.permissions().mode() & 0o7777;
    let others = mode & 0o077;
    if others == 0 {
        Ok(())
    } else {
        Err(Error::FileMode {
            path: path.to_owned(),
            mode,
        })
    }
}

/// Makes a folder and those above it, for its owner alone.
///
/// # Errors
/// [`Error::Io`].
pub fn create_private_dir(path: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Error::io("create", path))
}

/// Makes a folder and those above it.
///
/// # Errors
/// [`Error::Io`].
pub fn create_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(Error::io("create", path))
}

/// Writes a file that must not exist yet, readable by its owner alone, and has it on the disk
/// before returning.
///
/// # Errors
/// [`Error::Io`], of the kind [`io::ErrorKind::AlreadyExists`] when there is one.
pub fn create_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::io("create", path))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(source) = written {
        // Half a key is no key.
        let _ = fs::remove_file(path);
        return Err(Error::io("write", path)(source));
    }
    sync_parent(path)
}

/// Writes a file whole: into a temporary one beside it, onto the disk, then under its name. A
/// reader, or a power cut, meets the old bytes or the new ones.
///
/// # Errors
/// [`Error::Io`].
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut draft = Draft::beside(path)?;
    draft.write_all(bytes).map_err(Error::io("write", path))?;
    draft.keep(path)
}

/// A temporary file that is removed unless it is kept.
#[derive(Debug)]
pub struct Draft {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl Draft {
    /// A temporary file in the folder of `path`, which is made where it is missing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn beside(path: &Path) -> Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("."));
        create_dir(folder)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let draft = folder.join(format!(".{name}.{}.tmp", std::process::id()));
        // Left behind by a process of the same number that was killed.
        let _ = fs::remove_file(&draft);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&draft)
            .map_err(Error::io("create", &draft))?;
        Ok(Self {
            file,
            path: draft,
            kept: false,
        })
    }

    /// Puts the file under its name, on the disk.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn keep(mut self, path: &Path) -> Result<()> {
        self.file.sync_all().map_err(Error::io("write", path))?;
        fs::rename(&self.path, path).map_err(Error::io("write", path))?;
        self.kept = true;
        sync_parent(path)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes a folder with everything in it; one that is not there is fine.
///
/// # Errors
/// [`Error::Io`].
pub fn remove_dir(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path)(source))
        }
        _ => sync_parent(path),
    }
}

/// The names in a folder, sorted, those of temporary files left out. A folder that is not there
/// is empty.
///
/// # Errors
/// [`Error::Io`]; [`Error::Malformed`] for a name that is not UTF-8.
pub fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(Error::io("read", folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::io("read", folder))?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|_| Error::Malformed {
            path: entry.path(),
            fault: "a name that is not text",
        })?;
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Waits until no other process of this tool works in `folder`; the lock goes with the value.
///
/// # Errors
/// [`Error::Io`].
pub fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(".sealift.lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(Error::io("create", &path))?;
    file.lock().map_err(Error::io("lock", &path))?;
    Ok(file)
}

fn sync_parent(path: &Path) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(Error::io("write", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blob");
        let mut draft = Draft::beside(&path).unwrap();
        draft.write_all(b"half").unwrap();
        drop(draft);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write_atomic(&path, b"whole").unwrap();
        write_atomic(&path, b"other").unwrap();
        assert_eq!(read_capped(&path, 5).unwrap(), b"other");
        assert!(matches!(
            read_capped(&path, 4),
            Err(Error::FileTooLong { limit_bytes: 4, .. })
        ));
    }

    #[test]
    fn a_link_in_a_shared_folder_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("payload.json");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        assert!(matches!(
            read_capped(&link, 1 << 20),
            Err(Error::NotAFile { .. })
        ));
    }

    #[test]
    fn a_private_file_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create_private(&path, b"1").unwrap();
        assert!(create_private(&path, b"2").is_err());
        assert_eq!(read_capped(&path, 9).unwrap(), b"1");
        check_private(&path).unwrap();
        for mode in [0o640, 0o604, 0o644, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(check_private(&path), Err(Error::FileMode { .. })));
        }
    }
}

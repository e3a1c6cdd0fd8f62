//! Whole files, written so that a power cut leaves the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::Result;
use crate::error::Context as _;

/// Writes `folder/name`: the bytes first, then the name, then the folder; each made durable
/// before the next.
pub(crate) fn write_atomic(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(name);
    let draft = folder.join(format!(".{name}.tmp"));
    let written = write_durably(&draft, bytes)
        .and_then(|()| fs::rename(&draft, &path))
        .and_then(|()| sync_folder(folder));
    if written.is_err() {
        // A full disk gets its space back; whether that works changes nothing.
        let _ = fs::remove_file(&draft);
    }
    written.context("write", &path)
}

/// Writes `bytes` at `offset` of a file that exists.
pub(crate) fn append(path: &Path, offset: usize, bytes: &[u8]) -> Result<()> {
    let offset = u64::try_from(offset).unwrap_or(u64::MAX);
    OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|file| {
            file.write_all_at(bytes, offset)?;
            file.sync_data()
        })
        .context("write", path)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What lies there is a draft that a power cut left, or a link that leads elsewhere.
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

//! Whole files, written so that a power cut leaves the old one or the new one.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::Disk;
use crate::Result;
use crate::error::Context as _;

/// Writes `folder/name`: the bytes first, then the name, then the folder; each made durable
/// before the next.
pub(crate) fn write_atomic(disk: &dyn Disk, folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(name);
    let draft = folder.join(format!(".{name}.tmp"));
    let written = write_durably(disk, &draft, bytes)
        .and_then(|()| disk.rename(&draft, &path))
        .and_then(|()| disk.sync_folder(folder));
    if written.is_err() {
        // A full disk gets its space back; whether that works changes nothing.
        let _ = disk.remove(&draft);
    }
    written.context("write", &path)
}

fn write_durably(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What lies there is a draft that a power cut left, or a link that leads elsewhere.
    if let Err(error) = disk.remove(path)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    disk.create(path, bytes)?;
    disk.sync(path)
}

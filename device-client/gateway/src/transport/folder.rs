//! A folder, as a stick or a static copy carries it.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::{Failure, Reply, Request};

/// Reads a file of the folder. Addresses are quoted or checked segment by segment where they are
/// made: none of them leaves it.
pub(crate) fn get(folder: &Path, request: &Request<'_>) -> Result<Reply, Failure> {
    let path = folder.join(request.address);
    match read(&path, request) {
        Ok(bytes) => Ok(Reply::Bytes { bytes, etag: None }),
        Err(error) if error.kind() == ErrorKind::NotFound && folder.is_dir() => Ok(Reply::Absent),
        Err(error) => Err(Failure::File {
            path,
            reason: error.to_string(),
        }),
    }
}

fn read(path: &Path, request: &Request<'_>) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(request.offset))?;
    let most = u64::try_from(request.max).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

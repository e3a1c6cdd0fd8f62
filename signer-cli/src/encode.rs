//! An image on its way into `blobs/`: cut into blocks, each of which is decoded by itself.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use sealift_metadata::blocks::{Block, SUFFIX};
use sealift_metadata::digest::Hasher;
use sealift_metadata::image::{Blocks, Content};
use sealift_metadata::limits::{BLOCK_BYTES, BLOCK_OVERHEAD_BYTES};
use sealift_metadata::{Digest, name};

use crate::ceremony::Ceremony;
use crate::encoding::Encoding;
use crate::error::{Error, Result};
use crate::files::{Draft, open_regular};
use crate::limits::{BLOCK_BYTES_MIN, IMAGE_BYTES};

/// An image that was encoded; the encoding and the block table are blobs of the ceremony.
#[derive(Clone, Copy, Debug)]
pub struct Encoded {
    /// The image.
    pub image: Content,
    /// The encoding.
    pub target: Content,
    /// The block table.
    pub table: Content,
    /// How the encoding is cut.
    pub blocks: Blocks,
}

/// Reads `file` once, and writes its encoding and its block table into `blobs/`. What was hashed
/// is what was encoded, even if the file changes meanwhile.
///
/// # Errors
/// [`Error::EmptyImage`], [`Error::FileTooLong`], [`Error::BlockSize`], [`Error::BrokenEncoding`],
/// [`Error::Io`].
pub fn encode_file(
    ceremony: &Ceremony,
    file: &Path,
    encoding: Encoding,
    block_bytes: u32,
) -> Result<Encoded> {
    if !(BLOCK_BYTES_MIN..=BLOCK_BYTES).contains(&block_bytes) {
        return Err(Error::BlockSize {
            bytes: block_bytes,
            min_bytes: BLOCK_BYTES_MIN,
            max_bytes: BLOCK_BYTES,
        });
    }
    let mut input = open_regular(file)?;
    let mut draft = Draft::beside(&ceremony.blob_path(&Digest::of(b"draft")))?;
    let (mut image, mut target) = (Tally::default(), Tally::default());
    let mut table = Vec::new();
    loop {
        let block = read_block(&mut input, block_bytes, file)?;
        if block.is_empty() {
            break;
        }
        image.add(&block);
        if image.length > IMAGE_BYTES {
            return Err(Error::FileTooLong {
                path: file.to_owned(),
                limit_bytes: IMAGE_BYTES,
            });
        }
        let encoded = encoding.encode(&block)?;
        table.extend_from_slice(&table_entry(&encoded)?);
        draft
            .write_all(&encoded)
            .map_err(Error::io("write", file))?;
        target.add(&encoded);
    }
    if image.length == 0 {
        return Err(Error::EmptyImage {
            path: file.to_owned(),
        });
    }
    let (image, target) = (image.finish(), target.finish());
    draft.keep(&ceremony.blob_path(&target.sha256))?;
    let table = Content {
        length: u64::try_from(table.len()).unwrap_or(u64::MAX),
        sha256: ceremony.put_blob(&table)?,
    };
    let blocks = Blocks {
        size: block_bytes,
        sha256: table.sha256,
    };
    Ok(Encoded {
        image,
        target,
        table,
        blocks,
    })
}

/// The digest of a file of the signer's own.
///
/// # Errors
/// [`Error::Io`].
pub fn digest_file(file: &Path) -> Result<Digest> {
    let mut input = open_regular(file)?;
    let mut hasher = Hasher::new();
    loop {
        let block = read_block(&mut input, BLOCK_BYTES, file)?;
        if block.is_empty() {
            return Ok(hasher.finish());
        }
        hasher.update(&block);
    }
}

/// The name of a target: the file's name in characters that may stand in a path, and a suffix
/// for the encoding.
///
/// # Errors
/// [`Error::NoTargetName`] where nothing is left, or where it would read as a block table.
pub fn target_name(file: &Path, encoding: Encoding) -> Result<String> {
    let refused = || Error::NoTargetName {
        path: PathBuf::from(file),
    };
    let name = file.file_name().ok_or_else(refused)?.to_string_lossy();
    let allowed = |char: char| char.is_ascii_alphanumeric() || "._-+".contains(char);
    let safe: String = name
        .chars()
        .map(|char| if allowed(char) { char } else { '-' })
        .collect();
    let says_something = safe.bytes().any(|byte| byte.is_ascii_alphanumeric());
    let safe = format!("{safe}{}", encoding.suffix());
    if says_something && name::is_segment(&safe) && !safe.ends_with(SUFFIX) {
        Ok(safe)
    } else {
        Err(refused())
    }
}

fn table_entry(encoded: &[u8]) -> Result<[u8; sealift_metadata::blocks::ENTRY_BYTES]> {
    let length = u32::try_from(encoded.len())
        .ok()
        .filter(|length| *length <= BLOCK_BYTES.saturating_add(BLOCK_OVERHEAD_BYTES));
    let block = Block {
        length: length.ok_or(Error::BrokenEncoding)?,
        sha256: Digest::of(encoded),
    };
    Ok(block.entry())
}

fn read_block(input: &mut File, block_bytes: u32, path: &Path) -> Result<Vec<u8>> {
    let mut block = Vec::with_capacity(usize::try_from(block_bytes).unwrap_or_default());
    input
        .take(u64::from(block_bytes))
        .read_to_end(&mut block)
        .map_err(Error::io("read", path))?;
    Ok(block)
}

#[derive(Default)]
struct Tally {
    length: u64,
    hasher: Hasher,
}

impl Tally {
    fn add(&mut self, bytes: &[u8]) {
        let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(more);
        self.hasher.update(bytes);
    }

    fn finish(self) -> Content {
        Content {
            length: self.length,
            sha256: self.hasher.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_becomes_a_name_that_is_safe_in_a_path() {
        for (file, encoding, name) in [
            ("out/app.bin", Encoding::Raw, "app.bin"),
            ("app.bin", Encoding::Zstd, "app.bin.zst"),
            ("app.bin", Encoding::Deflate, "app.bin.deflate"),
            ("my app (1).bin", Encoding::Raw, "my-app--1-.bin"),
            ("äpp", Encoding::Raw, "-pp"),
        ] {
            assert_eq!(target_name(Path::new(file), encoding).unwrap(), name);
        }
        for file in ["..", "/", "ä", "a.blocks"] {
            assert!(matches!(
                target_name(Path::new(file), Encoding::Raw),
                Err(Error::NoTargetName { .. })
            ));
        }
    }
}

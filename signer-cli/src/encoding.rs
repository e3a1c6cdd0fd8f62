//! How the blocks of an image travel. `docs/encodings.md` has them all.

use clap::ValueEnum;
use flate2::{Compress, Compression, FlushCompress, Status};
use sealift_metadata::inflate::{DEFLATE, Inflate};
use sealift_metadata::limits::DEFLATE_WINDOW_BYTES;

use crate::error::{Error, Result};
use crate::limits::{
    DEFLATE_BLOCK_BYTES, DEFLATE_LEVEL, RAW_BLOCK_BYTES, ZSTD_BLOCK_BYTES, ZSTD_LEVEL,
};

/// How the bytes of a target become the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    /// as it is: every device takes it; the largest download
    Raw,
    /// deflate, each block by itself: for wearables with 11 KiB of RAM for the decoder
    Deflate,
    /// zstd, each block by itself: for gateways; the smallest download
    Zstd,
}

impl Encoding {
    /// The word that stands in metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Deflate => DEFLATE,
            Self::Zstd => "zstd",
        }
    }

    /// Bytes of a block, unless others are asked for.
    pub const fn block_bytes(self) -> u32 {
        match self {
            Self::Raw => RAW_BLOCK_BYTES,
            Self::Deflate => DEFLATE_BLOCK_BYTES,
            Self::Zstd => ZSTD_BLOCK_BYTES,
        }
    }

    /// What is added to the name of a file.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Raw => "",
            Self::Deflate => ".deflate",
            Self::Zstd => ".zst",
        }
    }

    /// Encodes a block, and decodes it again as a device does.
    ///
    /// # Errors
    /// [`Error::BrokenEncoding`] when that is not the block any more.
    pub fn encode(self, block: &[u8]) -> Result<Vec<u8>> {
        let encoded = match self {
            Self::Raw => return Ok(block.to_vec()),
            Self::Deflate => deflate(block),
            Self::Zstd => zstd::bulk::compress(block, ZSTD_LEVEL).ok(),
        };
        let encoded = encoded.ok_or(Error::BrokenEncoding)?;
        let mut decoded = vec![0; block.len()];
        let filled = match self {
            Self::Raw => None,
            Self::Deflate => Inflate::default().decode(&encoded, &mut decoded),
            Self::Zstd => zstd::bulk::decompress_to_buffer(&encoded, &mut decoded).ok(),
        };
        if filled == Some(block.len()) && decoded == block {
            Ok(encoded)
        } else {
            Err(Error::BrokenEncoding)
        }
    }
}

/// One raw stream that refers no further back than the window of the encoding.
fn deflate(block: &[u8]) -> Option<Vec<u8>> {
    let window_bits = u8::try_from(DEFLATE_WINDOW_BYTES.ilog2()).ok()?;
    let level = Compression::new(DEFLATE_LEVEL);
    let mut stream = Compress::new_with_window_bits(level, false, window_bits);
    let mut encoded = Vec::with_capacity(block.len());
    let status = stream.compress_vec(block, &mut encoded, FlushCompress::Finish);
    match status.ok()? {
        Status::StreamEnd => Some(encoded),
        _ => stored(block),
    }
}

/// A stream of stored blocks (RFC 1951, 3.2.4), for what does not shrink: with a small window the
/// encoder would cut it into far more of them.
fn stored(block: &[u8]) -> Option<Vec<u8>> {
    let mut stream = Vec::new();
    let mut pieces = block.chunks(usize::from(u16::MAX)).peekable();
    while let Some(piece) = pieces.next() {
        let length = u16::try_from(piece.len()).ok()?;
        stream.push(u8::from(pieces.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(piece);
    }
    Some(stream)
}

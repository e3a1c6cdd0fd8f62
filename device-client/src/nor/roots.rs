//! The trusted root: copies in two areas, of which the older one makes way.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | magic `SLR1` |
//! | 4..8 | length of the root in bytes |
//! | 8..16 | version of the root |
//! | 16..48 | SHA-256 of the root |
//! | 48..56 | 0 |
//! | 56..64 | the first 8 bytes of the SHA-256 of bytes 0..56 |
//! | 64.. | the root |
//!
//! Numbers are little endian. The header is written last. On flash that is erased to zeros, the
//! header is as it is elsewhere: only records are inverted.

use embedded_storage::nor_flash::NorFlash;
use sealift_metadata::Digest;

use super::chip::plus;
use super::layout::Area;
use super::{Board, Fault, Kept};
use crate::codec::{self, Reader, Writer};

const MAGIC: [u8; 4] = *b"SLR1";

const HEADER: usize = 64;

/// Length of the header in bytes.
#[expect(clippy::cast_possible_truncation, reason = "it is 64")]
pub(crate) const HEADER_BYTES: u32 = HEADER as u32;

/// A root that lies in flash, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootCopy {
    /// Where its bytes lie: firmware whose flash is mapped into memory needs no copy of them.
    pub bytes: Area,
    /// Its version.
    pub version: u64,
    /// Its digest.
    pub sha256: Digest,
}

impl<F: NorFlash, K: Kept> Board<'_, F, K> {
    /// The root to begin a round with: the one that the log names, or else the newest one before
    /// it, from which the machine walks again. `None` where the root of the factory is the one to
    /// begin with. Call [`Board::stored`] before.
    pub fn root(&mut self) -> Option<RootCopy> {
        let copies = self.layout.roots.map(|area| self.root_copy(area));
        copies
            .into_iter()
            .flatten()
            .max_by_key(|copy| (self.log.root == Some(copy.sha256), copy.version))
    }

    /// Copies a root into `buffer`, and returns its bytes; `None` when it does not fit or cannot be
    /// read any more.
    pub fn read_root<'b>(&mut self, copy: &RootCopy, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let length = usize::try_from(copy.bytes.length).ok()?;
        let root = self.chip.read_some(copy.bytes.start, length, buffer).ok()?;
        (Digest::of(root) == copy.sha256).then_some(root)
    }

    /// Keeps a root in the area that holds none, or the older one; never in that of the root which
    /// was `trusted` until now.
    pub(super) fn keep_root(&mut self, root: &[u8], trusted: Option<Digest>) -> Result<(), Fault> {
        let sha256 = Digest::of(root);
        let copies = self.layout.roots.map(|area| self.root_copy(area));
        if copies.iter().flatten().any(|copy| copy.sha256 == sha256) {
            return Ok(());
        }
        let worth =
            |copy: Option<RootCopy>| copy.map(|copy| (trusted == Some(copy.sha256), copy.version));
        let ([zero_copy, one_copy], [zero, one]) = (copies, self.layout.roots);
        let area = if worth(zero_copy) <= worth(one_copy) {
            zero
        } else {
            one
        };
        let length = u32::try_from(root.len()).unwrap_or(u32::MAX);
        if length > area.length.saturating_sub(HEADER_BYTES) {
            return Err(Fault::Range);
        }
        self.chip.erase(area.start, area.end())?;
        self.chip.write(plus(area.start, HEADER), root)?;
        let version = self.log.floors.root;
        self.chip
            .write(area.start, &header(length, version, sha256))
    }

    /// The root of an area, if it is whole and not newer than what the log knows: a root whose log
    /// was lost could undo a recovery (TUF 5.3.11).
    fn root_copy(&mut self, area: Area) -> Option<RootCopy> {
        let mut header = [0; HEADER];
        self.chip.read(area.start, &mut header).ok()?;
        let copy = read_header(&header, area)?;
        let is_whole = self.chip.digest(copy.bytes) == Ok(copy.sha256);
        (is_whole && copy.version <= self.log.floors.root).then_some(copy)
    }
}

fn header(length: u32, version: u64, sha256: Digest) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let mut writer = Writer::new(&mut header);
    writer.bytes(&MAGIC);
    writer.u32(length);
    writer.u64(version);
    writer.bytes(sha256.as_bytes());
    codec::seal(&mut header);
    header
}

fn read_header(header: &[u8; HEADER], area: Area) -> Option<RootCopy> {
    if !codec::is_sealed(header) {
        return None;
    }
    let mut reader = Reader::new(header);
    let (magic, length): ([u8; 4], u32) = (reader.array()?, reader.u32()?);
    let (version, sha256) = (reader.u64()?, reader.digest()?);
    let start = plus(area.start, HEADER);
    let is_within = magic == MAGIC && length <= area.length.saturating_sub(HEADER_BYTES);
    let bytes = Area { start, length };
    is_within.then_some(RootCopy {
        bytes,
        version,
        sha256,
    })
}

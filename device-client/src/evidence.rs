//! Evidence: the documents that lead from a pinned root to the image of a slot, kept in flash beside
//! it, for a boot loader that checks signatures itself.
//!
//! Whoever writes the flash from outside writes records, log and slot as they please. What they
//! cannot make are signatures. A boot loader that is given an [`Anchor`] boots a slot only if its
//! evidence leads there: from the root of which it knows the digest over each of its successors to
//! the top-level `targets` role, to the role that this trusts for the image's path, and to an entry
//! that says of the image what the slot's record says. The documents lie there as they were signed,
//! and are verified anew at each boot ([`Board::boot_verified`](crate::Board::boot_verified)).
//! Nothing expires at a boot: expired documents stop installs, never the running firmware.
//!
//! There is one area for each slot, so that the evidence of the one that runs is never touched. The
//! machine writes it once the image was read back, checks it as the boot loader will, and only then
//! states that the slot holds an image: a cut before that leaves a download that goes on.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | magic `SLE1` |
//! | 4 | number of roots, the pinned one included |
//! | 5 | length of the image's path |
//! | 6..261 | the path, unused bytes 0 |
//! | 261..280 | 0 |
//! | 280..288 | the first 8 bytes of the SHA-256 of bytes 0..280 |
//! | 288.. | the documents, each behind 32 bytes that begin with its length |
//!
//! The documents are the roots in their order, `targets`, and the product's role; each begins at a
//! multiple of 32. Numbers are little endian. Lengths and path are hints: what counts is signed.

use sealift_metadata::Digest;
use sealift_metadata::limits::TARGET_PATH_BYTES;

use crate::codec::{self, Reader, Writer};
use crate::slot::{SlotId, SlotRecord};

/// What a boot loader that checks signatures is built with.
#[derive(Clone, Copy, Debug)]
pub struct Anchor<'a> {
    /// The digest of the pinned root. It has to lie where nobody can write it.
    pub root: Digest,
    /// The product.
    pub product: &'a str,
    /// The component that the slots hold.
    pub component: &'a str,
    /// The board revision.
    pub hardware: &'a str,
    /// The lowest security floor of an image that is booted, whatever the records say: a number
    /// that was built in, or what a counter in hardware says.
    pub floor: u64,
}

/// Work on the evidence of the slot that is not running.
#[derive(Debug)]
pub enum EvidenceOp<'m> {
    /// Erase the area, and begin it.
    Begin {
        /// The slot.
        slot: SlotId,
        /// How many roots there will be.
        roots: u8,
        /// The path of the image's target.
        path: &'m str,
    },
    /// Begin a document.
    Open {
        /// The slot.
        slot: SlotId,
        /// Where, in bytes from the start of the area: a multiple of 32.
        at: u32,
        /// Its length in bytes.
        length: u32,
    },
    /// Write a part of a document.
    Write {
        /// The slot.
        slot: SlotId,
        /// Where, in bytes from the start of the area: a multiple of 32.
        at: u32,
        /// What to write.
        bytes: &'m [u8],
    },
    /// Read everything back, and see whether it proves the image.
    Check {
        /// The slot.
        slot: SlotId,
        /// The image, as its record will name it once the slot is staged.
        image: &'m SlotRecord,
        /// Room for a root, and for the window that a role passes through.
        buffer: &'m mut [u8],
    },
}

/// Where the first document is announced, in bytes from the start of the area.
pub const EVIDENCE_HEADER_BYTES: u32 = 288;

/// Bytes in which a document's length is written.
pub const DOCUMENT_HEAD_BYTES: u32 = 32;

const MAGIC: [u8; 4] = *b"SLE1";

const HEADER: usize = 288;

/// What evidence begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) roots: u8,
    pub(crate) path: heapless::String<TARGET_PATH_BYTES>,
}

/// The first bytes of an area.
pub type HeaderBytes = [u8; HEADER];

/// What an area begins with that holds so many roots, and proves the target at `path`.
pub fn header(roots: u8, path: &str) -> HeaderBytes {
    let mut header = [0; HEADER];
    let mut writer = Writer::new(&mut header);
    writer.bytes(&MAGIC);
    writer.u8(roots);
    writer.text::<TARGET_PATH_BYTES>(path);
    codec::seal(&mut header);
    header
}

/// Reads a header; `None` where there is none that is whole.
pub(crate) fn decode(header: &HeaderBytes) -> Option<Header> {
    let mut reader = Reader::new(header);
    let magic: [u8; 4] = reader.array()?;
    let found = Header {
        roots: reader.u8()?,
        path: reader.ascii::<TARGET_PATH_BYTES>()?,
    };
    let is_whole = magic == MAGIC && found.roots > 0 && codec::is_sealed(header);
    is_whole.then_some(found)
}

/// Where the document behind one of this length is announced, that is announced `at` so many bytes
/// from the start of the area.
pub const fn behind(at: u32, length: u32) -> u32 {
    let end = at
        .saturating_add(DOCUMENT_HEAD_BYTES)
        .saturating_add(length);
    match end.checked_next_multiple_of(DOCUMENT_HEAD_BYTES) {
        Some(next) => next,
        None => u32::MAX,
    }
}

//! The caller's buffer: documents lie in it one after another, and blocks use the rest.

use sealift_metadata::Digest;

use crate::Result;
use crate::error::Error;
use crate::limits::OFFERS_BYTES;

/// A finished piece of the buffer and the digest that its bytes had.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) digest: Digest,
}

#[derive(Debug)]
pub(crate) struct Arena<'b> {
    bytes: &'b mut [u8],
    used: usize,
}

impl<'b> Arena<'b> {
    pub(crate) const fn new(bytes: &'b mut [u8]) -> Self {
        Self { bytes, used: 0 }
    }

    /// Where the next byte goes.
    pub(crate) const fn used(&self) -> usize {
        self.used
    }

    /// Length of the whole buffer in bytes.
    pub(crate) const fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes that still fit.
    pub(crate) const fn room(&self) -> usize {
        self.bytes.len().saturating_sub(self.used)
    }

    /// Adds bytes at the end.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<()> {
        let end = self.used.saturating_add(piece.len());
        let space = self.bytes.get_mut(self.used..end);
        space.ok_or(Error::BufferFull)?.copy_from_slice(piece);
        self.used = end;
        Ok(())
    }

    /// Leaves the first `length` bytes as they are.
    pub(crate) fn skip(&mut self, length: usize) {
        self.used = length.min(self.bytes.len());
    }

    /// The whole buffer, for somebody else: it holds nothing afterwards.
    #[cfg(feature = "verify-at-boot")]
    pub(crate) const fn lend(&mut self) -> &mut [u8] {
        self.used = 0;
        self.bytes
    }

    /// Forgets everything from `start` on.
    pub(crate) fn release(&mut self, start: usize) {
        self.used = self.used.min(start);
    }

    /// Everything behind the finished pieces: the window that a document passes through.
    pub(crate) fn window(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.used..).unwrap_or_default()
    }

    /// What is kept while documents pass by, and a window behind it. The buffer holds nothing else
    /// then.
    pub(crate) fn split(&mut self) -> (&mut [u8], &mut [u8]) {
        let at = OFFERS_BYTES.min(self.bytes.len());
        self.bytes.split_at_mut(at)
    }

    /// What is kept while documents pass by.
    pub(crate) fn reserved(&self) -> &[u8] {
        self.range(0, OFFERS_BYTES.min(self.bytes.len()))
    }

    /// What was added since `start`.
    pub(crate) fn hold(&self, start: usize) -> Held {
        let end = self.used;
        let digest = Digest::of(self.range(start, end));
        Held { start, end, digest }
    }

    /// The bytes of a finished piece.
    pub(crate) fn get(&self, held: Held) -> &[u8] {
        self.range(held.start, held.end)
    }

    pub(crate) fn range(&self, start: usize, end: usize) -> &[u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// The bytes of a finished piece, and `length` free bytes behind everything.
    pub(crate) fn with_space(&mut self, held: Held, length: usize) -> Result<(&[u8], &mut [u8])> {
        let (taken, free) = self.bytes.split_at_mut(self.used);
        let space = free.get_mut(..length).ok_or(Error::BufferFull)?;
        Ok((taken.get(held.start..held.end).unwrap_or_default(), space))
    }
}

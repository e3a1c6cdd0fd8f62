//! Block tables: the length and the digest of every block of an encoding.
//!
//! The table of the target at `P` is the target at `P.blocks`; its digest stands in
//! `custom.sealift.blocks.sha256` of `P`. It is a row of entries, one per block, in order:
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | length of the encoded block in bytes, little endian |
//! | 4..36 | SHA-256 of the encoded block |
//!
//! Block `i` decodes to the bytes `i * size ..` of the image, `size` of them but for the last one.
//! The lengths add up to the length of the target.

use crate::Result;
use crate::digest::Digest;
use crate::error::Error;
use crate::limits::{BLOCK_BYTES, BLOCK_OVERHEAD_BYTES};

/// Length of one entry in bytes.
pub const ENTRY_BYTES: usize = 36;

/// What is added to a target's path to get the path of its block table.
pub const SUFFIX: &str = ".blocks";

/// One encoded block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Length of the encoded block in bytes; at least 1.
    pub length: u32,
    /// Digest of the encoded block.
    pub sha256: Digest,
}

impl Block {
    /// Reads an entry.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a length of 0 or one beyond every block.
    pub fn read(entry: &[u8; ENTRY_BYTES]) -> Result<Self> {
        let invalid = Error::invalid("block table");
        let (length, sha256) = entry.split_first_chunk::<4>().ok_or(invalid)?;
        let length = u32::from_le_bytes(*length);
        if length == 0 || length > BLOCK_BYTES.saturating_add(BLOCK_OVERHEAD_BYTES) {
            return Err(invalid);
        }
        let sha256 = sha256.first_chunk::<32>().ok_or(invalid)?;
        Ok(Self {
            length,
            sha256: Digest::from_bytes(*sha256),
        })
    }

    /// The entry of a block.
    pub fn entry(&self) -> [u8; ENTRY_BYTES] {
        let mut entry = [0; ENTRY_BYTES];
        let bytes = self
            .length
            .to_le_bytes()
            .into_iter()
            .chain(*self.sha256.as_bytes());
        entry
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = from);
        entry
    }
}

/// Blocks of an image of `length` bytes.
pub fn count(length: u64, size: u32) -> u64 {
    let (whole, rest) = divide(length, size.max(1));
    whole.saturating_add(u64::from(rest != 0))
}

/// Quotient and rest, bit by bit: where no instruction divides 64 bits, a whole kilobyte of code
/// would.
pub(crate) fn divide(mut dividend: u64, divisor: u32) -> (u64, u64) {
    let divisor = u64::from(divisor);
    let mut rest = 0_u64;
    for _ in 0..u64::BITS {
        rest = rest << 1 | dividend >> 63;
        // The bits of the quotient take the places of those that were brought down.
        dividend <<= 1;
        if let Some(less) = rest.checked_sub(divisor) {
            rest = less;
            dividend |= 1;
        }
    }
    (dividend, rest)
}

/// Bytes of the table of an image of `length` bytes.
pub fn table_bytes(length: u64, size: u32) -> u64 {
    count(length, size).saturating_mul(ENTRY_BYTES as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reads_back_and_a_length_of_zero_is_refused() {
        let block = Block {
            length: 77,
            sha256: Digest::of(b"x"),
        };
        assert_eq!(Block::read(&block.entry()), Ok(block));
        for length in [0, BLOCK_BYTES + BLOCK_OVERHEAD_BYTES + 1, u32::MAX] {
            let bad = Block { length, ..block };
            assert_eq!(
                Block::read(&bad.entry()),
                Err(Error::invalid("block table"))
            );
        }
    }

    #[test]
    fn the_last_block_may_be_shorter() {
        for (length, size, blocks) in [
            (0, 4, 0),
            (1, 4, 1),
            (4, 4, 1),
            (5, 4, 2),
            (u64::MAX, 1, u64::MAX),
        ] {
            assert_eq!(count(length, size), blocks);
        }
        assert_eq!(table_bytes(5, 4), 72);
    }
}

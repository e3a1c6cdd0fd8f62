//! The encoding `deflate`: each block is one raw stream of RFC 1951, for wearables.
//!
//! A block is decoded straight into the space of its part of the image, which is the window, too:
//! no other memory is needed but [`Inflate`](crate::inflate::Inflate), which the caller lays where
//! there is room. The signer decodes with this very function what it encoded, so that what it writes
//! can be read.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// The word that stands in metadata.
pub const DEFLATE: &str = "deflate";

/// The state of a decoder, some 10.5 KiB. It is made anew for each block, and may share its
/// memory with whatever is not in use meanwhile.
#[derive(Default)]
pub struct Inflate(DecompressorOxide);

impl core::fmt::Debug for Inflate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Inflate")
    }
}

impl Inflate {
    /// Decodes one block into `image` and returns how many bytes it filled. `None` when the stream
    /// is broken, does not end, holds more than `image`, or has bytes behind its end.
    pub fn decode(&mut self, block: &[u8], image: &mut [u8]) -> Option<usize> {
        let Self(state) = self;
        state.init();
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, read, filled) = decompress(state, block, image, 0, flags);
        (status == TINFLStatus::Done && read == block.len()).then_some(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stored block of `abc`: the last one, its length, its length inverted, the bytes.
    const STORED: &[u8] = &[1, 3, 0, 0xfc, 0xff, b'a', b'b', b'c'];
    /// Fixed codes: `a`, and the byte before it again and again, 517 of them in all.
    const REPEATED: &[u8] = &[0x4b, 0x4c, 0x1c, 0x05, 0x23, 0x1e, 0x00, 0x00];

    #[test]
    fn a_stream_fills_its_space_or_nothing_counts() {
        let stored_lie = &[1, 3, 0, 0xfc, 0xfe, b'a', b'b', b'c'];
        let longer = [STORED, &[0]].concat();
        let before_the_start = &[0x4b, 0x04, 0x42, 0x00];
        for (what, stream, expected) in [
            ("a stored block", STORED, Some(3)),
            ("nothing at all", &[], None),
            ("a stored block whose length lies", stored_lie, None),
            ("a stored block with less than it says", &STORED[..7], None),
            ("a byte behind the end", &longer, None),
            ("a kind of block that does not exist", &[7], None),
            ("a distance to before the start", before_the_start, None),
            ("a stream of nothing", &[3, 0], Some(0)),
        ] {
            let mut image = [0; 3];
            let filled = Inflate::default().decode(stream, &mut image);
            assert_eq!(filled, expected, "{what}");
        }
    }

    #[test]
    fn a_stream_that_holds_more_than_its_space_ends_there() {
        let mut image = [0; 600];
        let filled = Inflate::default().decode(REPEATED, &mut image).unwrap();
        assert_eq!(filled, 517);
        assert!(image[..filled].iter().all(|byte| *byte == b'a'));
        for space in 0..filled {
            let filled = Inflate::default().decode(REPEATED, &mut image[..space]);
            assert_eq!(filled, None, "{space}");
        }
    }

    #[test]
    fn every_cut_of_a_stream_is_refused() {
        for stream in [STORED, REPEATED] {
            for cut in 0..stream.len() {
                let filled = Inflate::default().decode(&stream[..cut], &mut [0; 600]);
                assert_eq!(filled, None, "{cut}");
            }
        }
    }

    #[test]
    fn one_state_decodes_block_after_block_whatever_came_before() {
        let mut state = Inflate::default();
        let mut image = [0; 3];
        for broken in [&STORED[..4], &[7], REPEATED] {
            assert_eq!(state.decode(broken, &mut image), None);
            assert_eq!(state.decode(STORED, &mut image), Some(3));
            assert_eq!(&image, b"abc");
        }
    }
}

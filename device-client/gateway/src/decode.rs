//! The encodings that a gateway decodes: `zstd` (RFC 8878) and `deflate` (RFC 1951), each block
//! by itself.

use std::fmt;

use sealift_device::Decode;
use sealift_device::decode::{Deflate, Inflate};
use zstd::bulk::Decompressor;

/// Decodes blocks straight into the space of their part of the image: a frame or a stream that
/// holds more than that does not decode.
#[derive(Default)]
pub(crate) struct Encodings {
    inflate: Box<Inflate>,
    /// Made for the first block, and used for all.
    zstd: Option<Decompressor<'static>>,
}

impl fmt::Debug for Encodings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encodings")
    }
}

impl Decode for Encodings {
    fn supports(&self, encoding: &str) -> bool {
        matches!(encoding, "zstd" | "deflate")
    }

    fn decode(&mut self, encoding: &str, block: &[u8], image: &mut [u8]) -> Option<usize> {
        if encoding != "zstd" {
            return Deflate::new(&mut self.inflate).decode(encoding, block, image);
        }
        if self.zstd.is_none() {
            self.zstd = Decompressor::new().ok();
        }
        let zstd = self.zstd.as_mut()?;
        zstd.decompress_to_buffer(block, image).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_never_fills_more_than_its_space() {
        let mut encodings = Encodings::default();
        let bomb = zstd::bulk::compress(&vec![0; 10_000_000], 19).unwrap();
        assert!(bomb.len() < 2000);
        let mut image = [0; 1024];
        assert_eq!(encodings.decode("zstd", &bomb, &mut image), None);
        let frame = zstd::bulk::compress(&[7; 1024], 3).unwrap();
        assert_eq!(encodings.decode("zstd", &frame, &mut image), Some(1024));
        assert_eq!(image, [7; 1024]);
        for cut in 0..frame.len() {
            assert_eq!(
                encodings
                    .decode("zstd", &frame[..cut], &mut image)
                    .filter(|n| *n > 0),
                None
            );
        }
    }

    #[test]
    fn each_encoding_is_decoded_by_its_own_decoder_alone() {
        let mut encodings = Encodings::default();
        let stored: &[u8] = &[1, 3, 0, 0xfc, 0xff, b'a', b'b', b'c'];
        let frame = zstd::bulk::compress(b"abc", 3).unwrap();
        for (encoding, block, expected) in [
            ("deflate", stored, Some(3)),
            ("deflate", &frame, None),
            ("zstd", stored, None),
            ("zstd", &frame, Some(3)),
            ("gzip", stored, None),
            ("gzip", &frame, None),
        ] {
            let filled = encodings.decode(encoding, block, &mut [0; 3]);
            assert_eq!(filled, expected, "{encoding}");
            assert_eq!(encodings.supports(encoding), encoding != "gzip");
        }
    }
}

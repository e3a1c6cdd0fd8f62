//! Encodings beyond `raw`: `zstd`, one independent frame for each block (RFC 8878).

use sealift_device::Decode;
use zstd::bulk::Decompressor;

/// Decodes `zstd` blocks straight into the space of their part of the image: a frame that holds
/// more than that does not decode.
#[derive(Debug, Default)]
pub(crate) struct Zstd;

impl Decode for Zstd {
    fn supports(&self, encoding: &str) -> bool {
        encoding == "zstd"
    }

    fn decode(&mut self, encoding: &str, block: &[u8], image: &mut [u8]) -> Option<usize> {
        if encoding != "zstd" {
            return None;
        }
        let mut decompressor = Decompressor::new().ok()?;
        decompressor.decompress_to_buffer(block, image).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_never_fills_more_than_its_space() {
        let bomb = zstd::bulk::compress(&vec![0; 10_000_000], 19).unwrap();
        assert!(bomb.len() < 2000);
        let mut image = [0; 1024];
        assert_eq!(Zstd.decode("zstd", &bomb, &mut image), None);
        let frame = zstd::bulk::compress(&[7; 1024], 3).unwrap();
        assert_eq!(Zstd.decode("zstd", &frame, &mut image), Some(1024));
        assert_eq!(image, [7; 1024]);
        for cut in 0..frame.len() {
            assert_eq!(
                Zstd.decode("zstd", &frame[..cut], &mut image)
                    .filter(|n| *n > 0),
                None
            );
        }
        assert_eq!(Zstd.decode("gzip", &frame, &mut image), None);
    }
}

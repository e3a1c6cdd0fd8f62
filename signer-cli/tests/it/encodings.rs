//! What the signer encodes, a device decodes.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use proptest::prelude::*;
use sealift::encoding::Encoding;
use sealift_device::Decode as _;
use sealift_device::decode::{Deflate, Inflate};
use sealift_metadata::limits::{BLOCK_OVERHEAD_BYTES, DEFLATE_WINDOW_BYTES};

/// Blocks of every kind: noise, runs, text that returns near and far.
fn blocks() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..3000),
        (any::<u8>(), 1_usize..9000).prop_map(|(byte, count)| vec![byte; count]),
        (prop::collection::vec(any::<u8>(), 1..300), 1_usize..40)
            .prop_map(|(text, count)| text.repeat(count)),
    ];
    prop::collection::vec(pieces, 1..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_device_decodes_what_the_signer_encoded(block in blocks(), more in 0_usize..100) {
        let encoded = Encoding::Deflate.encode(&block).unwrap();
        prop_assert!(encoded.len() <= block.len() + BLOCK_OVERHEAD_BYTES as usize);
        let mut state = Inflate::default();
        let mut device = Deflate::new(&mut state);
        let mut image = vec![0; block.len() + more];
        let filled = device.decode("deflate", &encoded, &mut image);
        prop_assert_eq!(filled, Some(block.len()));
        prop_assert_eq!(&image[..block.len()], &block);
        let too_short = &mut image[..block.len() - 1];
        prop_assert_eq!(device.decode("deflate", &encoded, too_short), None);
    }

    #[test]
    fn a_block_of_any_size_decodes_through_the_documented_window(block in blocks()) {
        let encoded = Encoding::Deflate.encode(&block).unwrap();
        prop_assert_eq!(through_window(&encoded), block);
    }

    #[test]
    fn hostile_bytes_fill_their_space_at_most(stream in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut image = [0; 512];
        let filled = Inflate::default().decode(&stream, &mut image);
        prop_assert!(filled.is_none_or(|filled| filled <= image.len()));
    }
}

/// Decodes as a device would that keeps the last bytes in a ring and nothing else.
fn through_window(encoded: &[u8]) -> Vec<u8> {
    let mut ring = vec![0; DEFLATE_WINDOW_BYTES as usize];
    let mut state = DecompressorOxide::new();
    let (mut decoded, mut read, mut at) = (Vec::new(), 0, 0);
    loop {
        let (status, more, filled) = decompress(&mut state, &encoded[read..], &mut ring, at, 0);
        decoded.extend_from_slice(&ring[at..at + filled]);
        (read, at) = (read + more, (at + filled) % ring.len());
        match status {
            TINFLStatus::HasMoreOutput => {}
            status => {
                assert_eq!(status, TINFLStatus::Done);
                return decoded;
            }
        }
    }
}

#[test]
fn what_does_not_shrink_stays_below_the_cap_of_a_block() {
    let mut noise = vec![0; 1024 * 1024];
    let mut state = 1_u64;
    for byte in &mut noise {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        *byte = state.to_be_bytes()[0];
    }
    for encoding in [Encoding::Deflate, Encoding::Zstd] {
        for length in [1, 1024, 4096, noise.len()] {
            let encoded = encoding.encode(&noise[..length]).unwrap();
            assert!(
                encoded.len() <= length + BLOCK_OVERHEAD_BYTES as usize,
                "{encoding:?}"
            );
        }
    }
}

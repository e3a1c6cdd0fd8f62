//! Documents that pass through a window are read as if they were whole, however they are cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_tests::passing::compare;

fuzz_target!(|input: (u8, Vec<u8>, &[u8])| {
    let (window, pieces, document) = input;
    let pieces: Vec<usize> = pieces.iter().map(|piece| usize::from(*piece)).collect();
    compare(document, 64 * usize::from(window), &pieces);
});

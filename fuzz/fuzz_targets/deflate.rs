//! Hostile streams: what decodes fills its space and no more, as another decoder would fill it.
#![no_main]

use flate2::{Decompress, FlushDecompress, Status};
use libfuzzer_sys::fuzz_target;
use sealift_metadata::inflate::Inflate;

fuzz_target!(|input: (u16, &[u8])| {
    let (space, stream) = input;
    let mut image = vec![0; usize::from(space)];
    let mut state = Inflate::default();
    let Some(filled) = state.decode(stream, &mut image) else { return };
    let image = &image[..filled];
    let mut again = vec![0; filled];
    assert_eq!(state.decode(stream, &mut again), Some(filled), "what came before does not matter");
    assert_eq!(again, image);
    if filled > 0 {
        let too_short = &mut again[..filled - 1];
        assert_eq!(state.decode(stream, too_short), None, "it fills its space or nothing counts");
    }

    let mut other = Decompress::new(false);
    let mut theirs = vec![0; filled + 1];
    let status = other.decompress(stream, &mut theirs, FlushDecompress::Finish);
    assert!(matches!(status, Ok(Status::StreamEnd)), "what is taken here is a whole stream");
    assert_eq!(other.total_in(), stream.len() as u64);
    assert_eq!(&theirs[..filled], image);
    assert_eq!(other.total_out(), filled as u64);
});

//! The encoding `deflate`.
#![expect(unsafe_code, reason = "the state is too large to be made twice")]

use core::mem::MaybeUninit;

use sealift_device::Decode;
use sealift_device::decode::{Deflate, Inflate};

/// Decodes with a state that lies on the stack: 10.5 KiB that signatures have used before, and
/// will again.
#[derive(Debug)]
pub(crate) struct Unpack;

impl Decode for Unpack {
    fn supports(&self, encoding: &str) -> bool {
        encoding == "deflate"
    }

    #[inline(never)]
    fn decode(&mut self, encoding: &str, block: &[u8], image: &mut [u8]) -> Option<usize> {
        // `Inflate::default()` makes its tables elsewhere and copies them: twice the stack.
        let mut state = MaybeUninit::<Inflate>::zeroed();
        // SAFETY: a fresh state is one of zeros, says `miniz_oxide`: numbers, arrays of those, and
        // an enumeration whose first variant is 0.
        let state = unsafe { state.assume_init_mut() };
        Deflate::new(state).decode(encoding, block, image)
    }
}

//! Blocks in the encoding `deflate`.

use sealift_metadata::inflate::DEFLATE;
pub use sealift_metadata::inflate::Inflate;

use super::Decode;

/// Decodes `deflate` with a state of the caller's: some 10.5 KiB, which a round uses only while a
/// block is decoded.
#[derive(Debug)]
pub struct Deflate<'s>(&'s mut Inflate);

impl<'s> Deflate<'s> {
    /// A decoder that works in `state`, whatever that was used for before.
    pub const fn new(state: &'s mut Inflate) -> Self {
        Self(state)
    }
}

impl Decode for Deflate<'_> {
    fn supports(&self, encoding: &str) -> bool {
        encoding == DEFLATE
    }

    fn decode(&mut self, encoding: &str, block: &[u8], image: &mut [u8]) -> Option<usize> {
        (encoding == DEFLATE)
            .then(|| self.0.decode(block, image))
            .flatten()
    }
}

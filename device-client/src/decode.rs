//! Encodings of images. `raw` is built in; a driver brings what else it can afford.

use crate::others::Others;

/// The encoding `deflate`.
#[cfg(feature = "deflate")]
mod deflate;

#[cfg(feature = "deflate")]
pub use deflate::{Deflate, Inflate};

/// The encoding whose blocks are the image itself.
pub const RAW: &str = "raw";

/// What a client is capable of. It decodes blocks of a driver's own encodings, and is called with
/// verified bytes only.
pub trait Decode {
    /// Whether images are installed at all: a client that only looks for them is smaller by the
    /// whole installer, and ends with [`Report::Found`](crate::Report::Found).
    const INSTALLS: bool = true;

    /// The components of the device beside its first one, where it has any:
    /// [`Set`](crate::others::Set) brings them. A device of one component has no code for others.
    fn others(&self) -> Option<&Others> {
        None
    }

    /// The same, to change them.
    fn others_mut(&mut self) -> Option<&mut Others> {
        None
    }

    /// Whether blocks of `encoding` can be decoded. `raw` is never asked for.
    fn supports(&self, encoding: &str) -> bool;

    /// Decodes one block into `image` and returns how many bytes it filled; `None` when the
    /// block does not decode, or to more than `image` holds.
    fn decode(&mut self, encoding: &str, block: &[u8], image: &mut [u8]) -> Option<usize>;
}

/// No installer: for clients that look for an image and leave it to others. Every encoding will do.
#[derive(Clone, Copy, Debug, Default)]
pub struct FindOnly;

impl Decode for FindOnly {
    const INSTALLS: bool = false;

    fn supports(&self, _encoding: &str) -> bool {
        true
    }

    fn decode(&mut self, _encoding: &str, _block: &[u8], _image: &mut [u8]) -> Option<usize> {
        None
    }
}

/// No encodings beyond `raw`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawOnly;

impl Decode for RawOnly {
    fn supports(&self, _encoding: &str) -> bool {
        false
    }

    fn decode(&mut self, _encoding: &str, _block: &[u8], _image: &mut [u8]) -> Option<usize> {
        None
    }
}

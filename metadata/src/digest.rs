//! SHA-256 digests.

use core::fmt;

use sha2::{Digest as _, Sha256};

use crate::Result;
use crate::error::Error;
use crate::json::{Read, Reader};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A digest from its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hexadecimal digits, in either case.
    ///
    /// # Errors
    /// [`Error::Invalid`] for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let mut digest = Self([0; 32]);
        if !hex_into(text, &mut digest.0) {
            return Err(Error::invalid("sha256"));
        }
        Ok(digest)
    }

    /// Reads a string of 64 hexadecimal digits, in either case, into its place.
    pub(crate) fn read(reader: &mut Reader<'_>, place: &mut Option<Self>) -> Read<()> {
        let digest = place.insert(Self([0; 32]));
        if !hex_into(reader.plain()?, &mut digest.0) {
            return reader.invalid("sha256");
        }
        Ok(())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A digest of bytes that arrive piece by piece.
#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// The digest of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes added.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

/// Hexadecimal digits as bytes in `out`; `None` for anything else, and for more than fit.
#[cfg(any(feature = "ecdsa-p256", feature = "rsa-pss"))]
pub(crate) fn hex_slice<'o>(text: &str, out: &'o mut [u8]) -> Option<&'o [u8]> {
    let bytes = out.get_mut(..text.len().checked_div(2)?)?;
    let is_hex = !text.is_empty() && hex_into(text, bytes);
    is_hex.then_some(bytes)
}

/// Exactly `2 * N` hexadecimal digits as bytes; `None` for anything else.
#[cfg(any(test, feature = "foreign-json", feature = "write"))]
pub(crate) fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex_into(text, &mut bytes).then_some(bytes)
}

/// Fills `bytes` from twice as many hexadecimal digits; whether `text` is that. All of them are
/// looked at, whatever they are: a loop without a way out is one that compilers make wide.
pub(crate) fn hex_into(text: &str, bytes: &mut [u8]) -> bool {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut all_digits = rest.is_empty() && pairs.len() == bytes.len();
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        for digit in pair {
            all_digits &= digit.is_ascii_hexdigit();
            *byte = byte.wrapping_shl(4) | nibble(*digit);
        }
    }
    all_digits
}

/// The value of a hexadecimal digit. Letters stand 9 before theirs in the lower half of a byte, and
/// have bit 6 set.
const fn nibble(digit: u8) -> u8 {
    (digit & 0xf).wrapping_add((digit >> 6).wrapping_mul(9))
}

/// `bytes` as hexadecimal digits in lower case.
#[cfg(feature = "write")]
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::new();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn digest_of_abc_is_the_one_of_fips_180_4() {
        assert_eq!(Digest::parse(ABC), Ok(Digest::of(b"abc")));
        assert_eq!(std::format!("{}", Digest::of(b"abc")), ABC);
        let mut hasher = Hasher::new();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.finish(), Digest::of(b"abc"));
    }

    #[test]
    fn every_digit_of_a_digest_reads_and_shows() {
        let text = "0123456789abcdef".repeat(4);
        let digest = Digest::parse(&text).unwrap();
        assert_eq!(digest.as_bytes()[..4], [0x01, 0x23, 0x45, 0x67]);
        assert_eq!(Digest::parse(&text.to_uppercase()), Ok(digest));
        assert_eq!(
            std::format!("{digest} {digest:?}"),
            std::format!("{text} {text}")
        );
        assert_eq!(std::format!("{:?}", Hasher::new()), "Hasher");
    }

    #[test]
    fn anything_but_64_hexadecimal_digits_is_refused() {
        for text in [
            "",
            "ba",
            &ABC[1..],
            &std::format!("{ABC}0"),
            &ABC.replace('b', "g"),
            &ABC.replace("ba", "é"),
        ] {
            assert_eq!(Digest::parse(text), Err(Error::invalid("sha256")), "{text}");
        }
    }
}

//! ed25519 (RFC 8032), the scheme that every device knows.

use ed25519_dalek::{Signature, VerifyingKey};

pub(super) use ed25519_dalek::StreamVerifier as Running;

use super::PublicKey;
use crate::Result;
use crate::digest::hex;
use crate::error::Error;

/// Reads a key of 64 hexadecimal digits.
///
/// # Errors
/// [`Error::Invalid`], [`Error::WeakKey`].
pub(super) fn read(text: &str) -> Result<PublicKey> {
    PublicKey::ed25519(hex(text).ok_or(Error::Invalid("keyval.public"))?)
}

/// Checks a key's bytes at load.
///
/// # Errors
/// [`Error::WeakKey`] for a point of small order.
pub(super) fn check(bytes: &[u8; 32]) -> Result<()> {
    if is_weak(bytes) {
        Err(Error::WeakKey)
    } else {
        Ok(())
    }
}

/// Whether `signature`, in hexadecimal digits, is the key's over `message`.
pub(super) fn verifies(bytes: &[u8; 32], message: &[u8], signature: &str) -> bool {
    let Some(signature) = hex(signature) else {
        return false;
    };
    VerifyingKey::from_bytes(bytes).is_ok_and(|key| {
        key.verify_strict(message, &Signature::from_bytes(&signature))
            .is_ok()
    })
}

/// Begins to check `signature`, in hexadecimal digits.
pub(super) fn begin(bytes: &[u8; 32], signature: &str) -> Option<Running> {
    let signature = Signature::from_bytes(&hex(signature)?);
    let key = VerifyingKey::from_bytes(bytes).ok()?;
    key.verify_stream(&signature).ok()
}

/// The y coordinates of the points of small order, in every encoding that decompresses, the sign
/// bit cleared: with such a key, one signature fits many messages. Compared as bytes, so that a
/// key that is never used is never decompressed.
const SMALL_ORDER: [[u8; 32]; 7] = [
    little_endian(0x00, 0x00, 0x00),
    little_endian(0x01, 0x00, 0x00),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    // p - 1, p and p + 1, with p = 2^255 - 19.
    little_endian(0xec, 0xff, 0x7f),
    little_endian(0xed, 0xff, 0x7f),
    little_endian(0xee, 0xff, 0x7f),
];

const fn little_endian(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    if let Some(low) = bytes.first_mut() {
        *low = first;
    }
    if let Some(high) = bytes.last_mut() {
        *high = last;
    }
    bytes
}

fn is_weak(bytes: &[u8; 32]) -> bool {
    let mut unsigned = *bytes;
    if let Some(last) = unsigned.last_mut() {
        *last &= 0x7f;
    }
    SMALL_ORDER.contains(&unsigned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_the_curve_library_calls_weak_is_refused_at_load() {
        let mut weak = 0;
        for encoding in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut bytes = encoding;
                bytes[31] |= sign;
                assert_eq!(check(&bytes), Err(Error::WeakKey));
                weak += u32::from(VerifyingKey::from_bytes(&bytes).is_ok_and(|key| key.is_weak()));
            }
        }
        // All entries matter but those that do not decompress at all.
        assert!(weak >= 12, "{weak}");
    }
}

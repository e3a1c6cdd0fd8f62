//! ed25519 (RFC 8032), the scheme that every device knows.

use core::ops::Neg as _;

use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest as _, Sha512};

use super::combination::combine;
use super::{PublicKey, order};
use crate::Result;
use crate::digest::hex_into;
use crate::error::Error;
use crate::limits::SMALL_RAM;

/// Reads a key of 64 hexadecimal digits.
///
/// # Errors
/// [`Error::Invalid`], [`Error::WeakKey`].
pub(super) fn read(text: &str) -> Result<PublicKey> {
    let mut bytes = [0; 32];
    if !hex_into(text, &mut bytes) {
        return Err(Error::invalid("keyval.public"));
    }
    check(&bytes)?;
    Ok(PublicKey::Ed25519(bytes))
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

/// A signature whose message passes by (RFC 8032 5.1.7).
pub(crate) struct Running {
    /// A fifth of what the point takes.
    key: CompressedEdwardsY,
    r: CompressedEdwardsY,
    s: Scalar,
    /// Of `R`, the key and the message; none once the result was told.
    hash: Option<Sha512>,
}

/// Begins to check `signature`, in hexadecimal digits. Its point `R` may be of small order no more
/// than a key, as in `verify_strict` of ed25519-dalek: what is accepted does not depend on whether
/// a document was held or passed by.
#[inline(never)]
pub(super) fn begin(key: &[u8; 32], signature: &str) -> Option<Running> {
    let mut bytes = [0; 64];
    if !hex_into(signature, &mut bytes) {
        return None;
    }
    let (&r, s) = bytes.split_first_chunk()?;
    if is_weak(&r) {
        return None;
    }
    let mut hash = Sha512::new();
    hash.update(r);
    hash.update(key);
    Some(Running {
        key: CompressedEdwardsY(*key),
        r: CompressedEdwardsY(r),
        s: order::canonical(s.first_chunk()?)?,
        hash: Some(hash),
    })
}

impl Running {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        if let Some(hash) = &mut self.hash {
            hash.update(bytes);
        }
    }

    #[inline(never)]
    pub(super) fn finish(&mut self) -> bool {
        let (Some(k), Some(point)) = (self.challenge(), negative_of(&self.key)) else {
            return false;
        };
        let sum = if SMALL_RAM {
            combine(&k, &point, &self.s)
        } else {
            EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &point, &self.s)
        };
        is_at(&sum, &self.r)
    }

    /// What the key is multiplied with, told once. It is apart: a hash does not lie on the stack
    /// below the heaviest step of all.
    #[inline(never)]
    fn challenge(&mut self) -> Option<Scalar> {
        let hash = self.hash.take()?;
        Some(order::remainder(&hash.finalize()))
    }
}

/// A key's point, negative; `None` where there is none. Apart, as the next one: each takes its share
/// of the stack.
#[inline(never)]
fn negative_of(key: &CompressedEdwardsY) -> Option<EdwardsPoint> {
    key.decompress().map(EdwardsPoint::neg)
}

#[inline(never)]
fn is_at(point: &EdwardsPoint, place: &CompressedEdwardsY) -> bool {
    point.compress() == *place
}

/// The y coordinates of the points of order 8, the sign bit cleared.
const EIGHTH_ORDER: [[u8; 32]; 2] = [
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
];

/// Those of the lower orders, in every encoding that decompresses: the first byte, all those
/// between, and the last. 0 and 1; p - 1, p and p + 1, with p = 2^255 - 19.
const LOWER_ORDERS: [(u8, u8, u8); 5] = [
    (0x00, 0x00, 0x00),
    (0x01, 0x00, 0x00),
    (0xec, 0xff, 0x7f),
    (0xed, 0xff, 0x7f),
    (0xee, 0xff, 0x7f),
];

/// Whether a point is of small order: with such a key, one signature fits many messages. Compared
/// as bytes, so that a key that is never used is never decompressed.
fn is_weak(bytes: &[u8; 32]) -> bool {
    let mut unsigned = *bytes;
    let [first, between @ .., last] = &mut unsigned;
    *last &= 0x7f;
    let mut lower = LOWER_ORDERS.iter();
    lower.any(|(low, middle, high)| {
        first == low && last == high && between.iter().all(|byte| byte == middle)
    }) || EIGHTH_ORDER.contains(&unsigned)
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use ed25519_dalek::hazmat::ExpandedSecretKey;
    use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};

    use super::*;
    use crate::digest::{hex, to_hex};

    fn encoding((first, between, last): (u8, u8, u8)) -> [u8; 32] {
        let mut bytes = [between; 32];
        (bytes[0], bytes[31]) = (first, last);
        bytes
    }

    /// A signature over `message` whose point `R` is the neutral element: the equation holds for it
    /// as for any other.
    fn with_neutral_point(key: &ExpandedSecretKey, public: &[u8; 32], message: &[u8]) -> String {
        let neutral = encoding((1, 0, 0));
        let hash = Sha512::new_with_prefix(neutral)
            .chain_update(public)
            .chain_update(message)
            .finalize();
        let s = Scalar::from_bytes_mod_order_wide(&hash.into()) * key.scalar;
        to_hex(&[neutral, s.to_bytes()].concat())
    }

    #[test]
    fn a_signature_whose_point_is_of_small_order_does_not_count() {
        let key = ExpandedSecretKey::from(&[7; 32]);
        let public = VerifyingKey::from(&key).to_bytes();
        let signature = with_neutral_point(&key, &public, b"message");
        let bytes = Signature::from_bytes(&hex(&signature).unwrap());
        let dalek = VerifyingKey::from_bytes(&public).unwrap();
        assert!(dalek.verify(b"message", &bytes).is_ok());
        assert!(dalek.verify_strict(b"message", &bytes).is_err());
        let key = PublicKey::ed25519(public).unwrap();
        assert!(!key.verifies(b"message", &signature));
        assert!(key.begin(&signature).is_none());
    }

    /// L, the order of the group, the lowest byte first (RFC 8032 5.1).
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];

    /// The same `s`, spelled as `s + L`.
    fn with_order_added(mut signature: [u8; 64]) -> [u8; 64] {
        let mut carry = 0;
        for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            let [low, high] = sum.to_le_bytes();
            (*byte, carry) = (low, high.into());
        }
        signature
    }

    #[test]
    fn what_the_curve_library_accepts_is_accepted_and_nothing_else() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let public = key.verifying_key();
        let right = key.sign(b"message").to_bytes();
        let mut cases = std::vec![(right, true), (with_order_added(right), false)];
        for byte in 0..64 {
            let mut wrong = right;
            wrong[byte] ^= 1 << (byte % 8);
            cases.push((wrong, false));
        }
        // No point has this y.
        let mut nowhere = right;
        nowhere[..32].copy_from_slice(&[2; 32]);
        cases.push((nowhere, false));
        for (signature, fits) in cases {
            let by_library = public.verify_strict(b"message", &Signature::from_bytes(&signature));
            assert_eq!(by_library.is_ok(), fits);
            let ours = PublicKey::ed25519(public.to_bytes()).unwrap();
            assert_eq!(ours.verifies(b"message", &to_hex(&signature)), fits);
            assert!(!ours.verifies(b"massage", &to_hex(&signature)));
        }
    }

    #[test]
    fn a_signature_is_told_once() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let signature = to_hex(&key.sign(b"message").to_bytes());
        let mut running = begin(&key.verifying_key().to_bytes(), &signature).unwrap();
        running.update(b"mess");
        running.update(b"age");
        assert!(running.finish());
        assert!(!running.finish());
    }

    #[test]
    fn a_key_that_is_no_point_verifies_nothing() {
        let signature = to_hex(&SigningKey::from_bytes(&[9; 32]).sign(b"").to_bytes());
        assert!(VerifyingKey::from_bytes(&[2; 32]).is_err());
        let mut running = begin(&[2; 32], &signature).unwrap();
        assert!(!running.finish());
    }

    #[test]
    fn every_key_that_the_curve_library_calls_weak_is_refused_at_load() {
        let mut weak = 0;
        for encoding in LOWER_ORDERS.map(encoding).into_iter().chain(EIGHTH_ORDER) {
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

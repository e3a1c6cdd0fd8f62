//! RSASSA-PSS with SHA-256 (RFC 8017 8.1), 2048 to 4096 bits; keys as PEM.

use heapless::Vec;
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use spki::ObjectIdentifier;

use crate::Result;
use crate::digest::hex_slice;
use crate::limits::RSA_KEY_BYTES;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Longest signature in bytes, of a modulus of 4096 bits.
const SIGNATURE_BYTES: usize = 512;

/// Reads a key as PKCS#1 DER (RFC 8017 A.1.1).
pub(super) fn read(text: &str) -> Result<Vec<u8, RSA_KEY_BYTES>> {
    super::pem::read(text, |key| {
        let der = key
            .subject_public_key
            .as_bytes()
            .filter(|_| key.algorithm.oid == RSA)?;
        Vec::from_slice(der).ok()
    })
}

/// Whether `signature` is the key's over `message`.
pub(super) fn verifies(key: &[u8], message: &[u8], signature: &str) -> bool {
    let mut bytes = [0; SIGNATURE_BYTES];
    let Some(signature) = hex_slice(signature, &mut bytes) else {
        return false;
    };
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key)
        .verify(message, signature)
        .is_ok()
}

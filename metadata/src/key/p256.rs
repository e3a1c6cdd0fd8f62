//! ECDSA over P-256 with SHA-256 (FIPS 186-5); keys as PEM or as the hexadecimal point, signatures
//! as hexadecimal DER (RFC 3279 2.2.3).

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use spki::ObjectIdentifier;
use spki::der::asn1::UintRef;
use spki::der::{Decode as _, Reader as _, SliceReader};

use crate::Result;
use crate::digest::{Hasher, hex_slice};
use crate::error::Error;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Longest signature in bytes: two integers of 33 bytes, with their headers.
const SIGNATURE_BYTES: usize = 72;

/// Reads a key, and checks that its point lies on the curve.
pub(super) fn read(text: &str) -> Result<[u8; 65]> {
    let mut bytes = [0; 65];
    let key = match hex_slice(text, &mut bytes) {
        Some(point) => VerifyingKey::from_sec1_bytes(point).ok(),
        None => super::pem::read(text, |key| {
            let oid = key.algorithm.parameters?.decode_as().ok();
            let is_p256 = key.algorithm.oid == EC_PUBLIC_KEY && oid == Some(P256);
            let point = key.subject_public_key.as_bytes().filter(|_| is_p256)?;
            VerifyingKey::from_sec1_bytes(point).ok()
        })
        .map(Some)?,
    };
    let key = key.ok_or(Error::invalid("keyval.public"))?;
    let point = key.to_sec1_point(false);
    point
        .as_bytes()
        .try_into()
        .map_err(|_| Error::invalid("keyval.public"))
}

/// A signature whose message passes by.
pub(crate) struct Running {
    key: VerifyingKey,
    signature: Signature,
    hasher: Hasher,
}

/// Begins to check `signature`.
pub(super) fn begin(point: &[u8; 65], signature: &str) -> Option<Running> {
    let mut der = [0; SIGNATURE_BYTES];
    Some(Running {
        key: VerifyingKey::from_sec1_bytes(point).ok()?,
        signature: from_der(hex_slice(signature, &mut der)?)?,
        hasher: Hasher::new(),
    })
}

impl Running {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    pub(super) fn finish(&mut self) -> bool {
        let digest = core::mem::take(&mut self.hasher).finish();
        self.key
            .verify_prehash(digest.as_bytes(), &self.signature)
            .is_ok()
    }
}

fn from_der(der: &[u8]) -> Option<Signature> {
    let mut reader = SliceReader::new(der).ok()?;
    let (r, s) = reader
        .sequence(|reader| {
            Ok::<_, spki::der::Error>((UintRef::decode(reader)?, UintRef::decode(reader)?))
        })
        .ok()?;
    reader.finish().ok()?;
    let scalar = |integer: UintRef<'_>| {
        let mut scalar = [0; 32];
        let bytes = integer.as_bytes();
        let start = scalar.len().checked_sub(bytes.len())?;
        scalar.get_mut(start..)?.copy_from_slice(bytes);
        Some(scalar)
    };
    Signature::from_scalars(scalar(r)?, scalar(s)?).ok()
}

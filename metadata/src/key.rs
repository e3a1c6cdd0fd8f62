//! Public keys, told apart by their decoded bytes; their ids are opaque (TAP 12).

use ed25519_dalek::{Signature, VerifyingKey};
use heapless::String;

use crate::Result;
use crate::digest::hex;
use crate::error::Error;
use crate::json::Reader;
use crate::limits::KEY_ID_BYTES;

/// The id under which a document names a key. Never recomputed, never trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyId(String<KEY_ID_BYTES>);

impl KeyId {
    /// A key id.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond [`KEY_ID_BYTES`], [`Error::Invalid`] when empty.
    pub fn new(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::Invalid("keyid"));
        }
        String::try_from(text)
            .map(Self)
            .map_err(|_| Error::TooLarge("keyid"))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A public key that signatures can be checked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// `keytype` and `scheme` are both `ed25519` (RFC 8032).
    Ed25519([u8; 32]),
}

impl PublicKey {
    /// An ed25519 key.
    ///
    /// # Errors
    /// [`Error::WeakKey`] for a point of small order.
    pub fn ed25519(bytes: [u8; 32]) -> Result<Self> {
        if is_weak(&bytes) {
            return Err(Error::WeakKey);
        }
        Ok(Self::Ed25519(bytes))
    }

    /// Reads a key object (TUF 4.3). `None` for a type or scheme that this build does not know:
    /// such a key is no error, it just never counts.
    ///
    /// # Errors
    /// [`Error::WeakKey`], or what is wrong with an ed25519 key.
    pub fn read(reader: &mut Reader<'_>) -> Result<Option<Self>> {
        let (mut keytype, mut scheme, mut public) = ("", "", None);
        reader.object(|reader, name| {
            match name.name() {
                "keytype" => keytype = reader.plain()?,
                "scheme" => scheme = reader.plain()?,
                "keyval" => reader.object(|reader, name| {
                    if name.name() == "public" {
                        public = Some(reader.string()?);
                        return Ok(());
                    }
                    reader.skip()
                })?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        if (keytype, scheme) != ("ed25519", "ed25519") {
            return Ok(None);
        }
        let public = public.ok_or(Error::Missing("keyval.public"))?;
        let bytes = hex(public.name()).ok_or(Error::Invalid("keyval.public"))?;
        Self::ed25519(bytes).map(Some)
    }

    /// Whether `signature` is this key's signature over `message`.
    ///
    /// The check is the strict one of ed25519-dalek, on devices as in the publish gate.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        match self {
            Self::Ed25519(bytes) => VerifyingKey::from_bytes(bytes).is_ok_and(|key| {
                key.verify_strict(message, &Signature::from_bytes(signature))
                    .is_ok()
            }),
        }
    }
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
    use std::format;
    use std::string::String;

    fn read(json: &str) -> Result<Option<PublicKey>> {
        PublicKey::read(&mut Reader::new(json.as_bytes()))
    }

    fn key_json(public: &str) -> String {
        format!(r#"{{"keytype":"ed25519","keyval":{{"public":"{public}"}},"scheme":"ed25519"}}"#)
    }

    #[test]
    fn every_key_that_the_curve_library_calls_weak_is_refused_at_load() {
        let mut weak = 0;
        for encoding in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut bytes = encoding;
                bytes[31] |= sign;
                assert_eq!(PublicKey::ed25519(bytes), Err(Error::WeakKey));
                weak += u32::from(VerifyingKey::from_bytes(&bytes).is_ok_and(|key| key.is_weak()));
            }
        }
        // All entries matter but those that do not decompress at all.
        assert!(weak >= 12, "{weak}");
    }

    #[test]
    fn a_key_of_an_unknown_scheme_is_no_error_and_no_key() {
        let json = r#"{"keytype":"ecdsa","keyval":{"public":"x"},"scheme":"ecdsa-sha2-nistp256"}"#;
        assert_eq!(read(json), Ok(None));
        let mixed =
            key_json(&"2".repeat(64)).replace("\"scheme\":\"ed25519\"", "\"scheme\":\"rsa\"");
        assert_eq!(read(&mixed), Ok(None));
    }

    #[test]
    fn a_key_reads_in_either_case() {
        let lower = read(&key_json(&"ab".repeat(32)));
        assert_eq!(lower, Ok(Some(PublicKey::Ed25519([0xab; 32]))));
        assert_eq!(lower, read(&key_json(&"AB".repeat(32))));
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        for public in ["", "ab", &"ab".repeat(33), &"gg".repeat(32)] {
            assert_eq!(
                read(&key_json(public)),
                Err(Error::Invalid("keyval.public"))
            );
        }
    }
}

//! Digests as 64 hexadecimal digits, for `#[serde(with = "crate::digest_text")]`.

use sealift_metadata::Digest;
use serde::{Deserialize as _, Deserializer, Serializer, de};

/// Writes a digest.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(digest)
}

/// Reads a digest.
///
/// # Errors
/// Anything but 64 hexadecimal digits.
pub fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Digest, D::Error> {
    let text = String::deserialize(deserializer)?;
    Digest::parse(&text).map_err(de::Error::custom)
}

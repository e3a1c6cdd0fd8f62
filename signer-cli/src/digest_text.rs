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

/// The same where there may be none: `#[serde(with = "crate::digest_text::optional")]`.
pub mod optional {
    use sealift_metadata::Digest;
    use serde::{Deserializer, Serializer};

    /// Writes a digest, or null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        digest: &Option<Digest>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match digest {
            Some(digest) => super::serialize(digest, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a digest; a member that is there holds one.
    ///
    /// # Errors
    /// Anything but 64 hexadecimal digits.
    pub fn deserialize<'a, D: Deserializer<'a>>(
        deserializer: D,
    ) -> Result<Option<Digest>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}

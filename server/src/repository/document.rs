//! One version of a role, as it is served.

use axum::body::Bytes;
use sealift_metadata::Digest;

use super::TIMESTAMP;

/// One version of a role. Its bytes are shared, never copied for a reader.
#[derive(Clone, Debug)]
pub struct Document {
    /// The role's name.
    pub role: String,
    /// The version.
    pub version: u64,
    /// The signed document.
    pub bytes: Bytes,
    /// Digest of the document.
    pub sha256: Digest,
}

impl Document {
    /// A version of a role.
    pub fn new(role: &str, version: u64, bytes: Vec<u8>) -> Self {
        Self {
            role: role.to_owned(),
            version,
            sha256: Digest::of(&bytes),
            bytes: Bytes::from(bytes),
        }
    }

    /// The file name below `metadata/`, not quoted: what a request's path says once decoded.
    pub fn file_name(&self) -> String {
        if self.role == TIMESTAMP {
            return "timestamp.json".to_owned();
        }
        format!("{}.{}.json", self.version, self.role)
    }
}

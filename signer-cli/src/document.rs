//! A document in force: signatures, and the payload that they are over.

use std::path::Path;

use sealift_metadata::Digest;
use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::Role;
use sealift_metadata::write::Value;

use crate::change::payload_digest;
use crate::error::{Error, Result};
use crate::names::RoleId;

/// A document as it lies in `known-good/`. Reading it verifies nothing.
#[derive(Clone, Debug)]
pub struct Document {
    /// The whole document.
    pub bytes: Vec<u8>,
    /// The bytes of `signed`.
    pub payload: Vec<u8>,
    /// The same as a tree.
    pub value: Value,
    /// The digest of the payload.
    pub digest: Digest,
    /// Its version.
    pub version: u64,
}

impl Document {
    /// Takes a document apart.
    ///
    /// # Errors
    /// [`Error::Document`].
    pub fn read(role: &RoleId, bytes: Vec<u8>, path: &Path) -> Result<Self> {
        let wrap = |source| Error::Document {
            path: path.to_owned(),
            source,
        };
        let kind = match role {
            RoleId::Root => Role::Root,
            _ => Role::Targets,
        };
        let payload = Envelope::read(kind, &bytes).map_err(wrap)?.signed.to_vec();
        let value = Value::decode(&payload).map_err(wrap)?;
        let version = value.get("version").and_then(Value::as_u64);
        let version = version.ok_or(sealift_metadata::Error::Missing("version"));
        Ok(Self {
            digest: payload_digest(&payload),
            version: version.map_err(wrap)?,
            payload,
            value,
            bytes,
        })
    }
}

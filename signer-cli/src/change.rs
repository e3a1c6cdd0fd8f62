//! A change: a proposed next version of a role, and the signatures collected so far.

use std::path::{Path, PathBuf};

use sealift_metadata::write::{Draft, Value, seal};
use sealift_metadata::{Digest, limits};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, Unsound};
use crate::files::{names_in, read_capped, write_atomic};
use crate::ledger::Checked;
use crate::limits::{SIGNATURE_FILE_BYTES, TARGETS_DOCUMENT_BYTES};
use crate::names::RoleId;

/// A signature as it lies in `signatures/<keyid>.json`. It counts only for the payload whose
/// digest it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureFile {
    /// The id of the key.
    pub keyid: String,
    /// The signature over the payload, 128 hexadecimal digits.
    pub sig: String,
    /// The digest of the payload.
    #[serde(with = "crate::digest_text")]
    pub payload_sha256: Digest,
    /// What the signer compared.
    pub checked: Checked,
}

impl SignatureFile {
    /// The signature's bytes, if they are some.
    pub fn bytes(&self) -> Option<[u8; 64]> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(&self.sig, &mut bytes).ok()?;
        Some(bytes)
    }
}

/// A proposed next version of a role.
#[derive(Clone, Debug)]
pub struct Change {
    /// The role.
    pub role: RoleId,
    /// The canonical bytes of `signed`: exactly what is shown and what is signed.
    pub payload: Vec<u8>,
    /// The same as a tree.
    pub value: Value,
    /// The digest of the payload.
    pub digest: Digest,
    /// The version proposed.
    pub version: u64,
    /// The signatures, in the order of their key ids, whether they count or not.
    pub signatures: Vec<SignatureFile>,
}

impl Change {
    /// Reads the change of `role` in its folder.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Document`], [`Error::Malformed`] and [`Error::MalformedJson`] for
    /// what is not understood; [`Error::Unsound`] for a payload that is not canonical.
    pub fn read(folder: &Path, role: &RoleId) -> Result<Self> {
        let path = folder.join("payload.json");
        let payload = read_capped(&path, TARGETS_DOCUMENT_BYTES)?;
        let document = |source| Error::Document {
            path: path.clone(),
            source,
        };
        let value = Value::decode(&payload).map_err(document)?;
        if value.encode() != payload {
            return Err(Error::unsound(role, Unsound::NotCanonical));
        }
        value.check_signable().map_err(document)?;
        let version = value.get("version").and_then(Value::as_u64);
        let version = version.ok_or(sealift_metadata::Error::Missing("version"));
        Ok(Self {
            role: role.clone(),
            digest: payload_digest(&payload),
            version: version.map_err(document)?,
            value,
            payload,
            signatures: read_signatures(&folder.join("signatures"))?,
        })
    }

    /// The payload, to be worked on.
    ///
    /// # Errors
    /// [`Error::Metadata`].
    pub fn draft(&self) -> Result<Draft> {
        Draft::of_document(&self.sealed(&[])).map_err(Error::metadata(&self.role))
    }

    /// The document with these signatures.
    pub fn sealed(&self, signatures: &[(String, [u8; 64])]) -> Vec<u8> {
        seal(&self.value, signatures)
    }

    /// Puts a signature into the change's folder, in the place of an earlier one of the same key.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::MalformedJson`].
    pub fn add_signature(folder: &Path, signature: &SignatureFile) -> Result<PathBuf> {
        let path = folder
            .join("signatures")
            .join(format!("{}.json", signature.keyid));
        let mut bytes = serde_json::to_vec(signature).map_err(|source| Error::MalformedJson {
            path: path.clone(),
            source,
        })?;
        bytes.push(b'\n');
        write_atomic(&path, &bytes)?;
        Ok(path)
    }
}

/// The digest by which people compare what they sign: the SHA-256 of the canonical `signed`.
pub fn payload_digest(payload: &[u8]) -> Digest {
    Digest::of(payload)
}

fn read_signatures(folder: &Path) -> Result<Vec<SignatureFile>> {
    let mut signatures = Vec::new();
    for name in names_in(folder)? {
        let path = folder.join(&name);
        let bytes = read_capped(&path, SIGNATURE_FILE_BYTES)?;
        let signature: SignatureFile =
            serde_json::from_slice(&bytes).map_err(|source| Error::MalformedJson {
                path: path.clone(),
                source,
            })?;
        let malformed = |fault| {
            Err(Error::Malformed {
                path: path.clone(),
                fault,
            })
        };
        if name.strip_suffix(".json") != Some(&signature.keyid) {
            return malformed("a signature under the name of another key");
        }
        if signature.keyid.len() > limits::KEY_ID_BYTES || signature.bytes().is_none() {
            return malformed("not a signature");
        }
        signatures.push(signature);
    }
    Ok(signatures)
}

//! Public key files: what signers hand to whoever prepares the ceremony.
//!
//! `{"key":{"keytype":"ed25519","keyval":{"public":…},"scheme":"ed25519"},"keyid":…,"name":…}`

use std::path::Path;

use sealift_metadata::write::{KeySpec, Value};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::files::read_capped;
use crate::limits::KEY_FILE_BYTES;
use crate::names::Slug;
use crate::settings::Signer;

/// A signer's public half, with the signer's name.
#[derive(Clone, Debug)]
pub struct PublicKeyFile {
    /// The signer's name.
    pub name: Slug,
    /// The key.
    pub key: KeySpec,
}

/// The server's keys, as `sealift-server online-key show` prints them.
#[derive(Clone, Debug)]
pub struct OnlineKeys {
    /// Signs snapshots.
    pub snapshot: KeySpec,
    /// Signs timestamps.
    pub timestamp: KeySpec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedKey {
    name: Slug,
    keyid: String,
    key: KeyObject,
}

#[derive(Deserialize)]
struct OnlineFile {
    snapshot: KeyObject,
    timestamp: KeyObject,
}

#[derive(Deserialize)]
struct KeyObject {
    keyid: Option<String>,
    keytype: String,
    keyval: KeyValue,
    scheme: String,
}

#[derive(Deserialize)]
struct KeyValue {
    public: String,
}

impl PublicKeyFile {
    /// Reads a public key file.
    ///
    /// # Errors
    /// [`Error::MalformedJson`], [`Error::Document`] for another scheme than ed25519 or a weak
    /// key, [`Error::KeyIdMismatch`], [`Error::Io`].
    pub fn read(path: &Path) -> Result<Self> {
        let file: NamedKey = parse(path)?;
        let key = file.key.resolve(path)?;
        if key.keyid() != file.keyid {
            return Err(Error::KeyIdMismatch {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            name: file.name,
            key,
        })
    }

    /// The file as a value.
    pub fn value(&self) -> Value {
        Value::from([
            ("key", self.key.value().clone()),
            ("keyid", Value::from(self.key.keyid())),
            ("name", Value::from(self.name.as_str())),
        ])
    }

    /// The file's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.value().encode();
        bytes.push(b'\n');
        bytes
    }

    /// The name and the key id.
    pub fn signer(&self) -> Signer {
        Signer {
            name: self.name.clone(),
            keyid: self.key.keyid().to_owned(),
        }
    }
}

impl OnlineKeys {
    /// Reads the server's keys.
    ///
    /// # Errors
    /// As [`PublicKeyFile::read`].
    pub fn read(path: &Path) -> Result<Self> {
        let file: OnlineFile = parse(path)?;
        Ok(Self {
            snapshot: file.snapshot.resolve(path)?,
            timestamp: file.timestamp.resolve(path)?,
        })
    }
}

impl KeyObject {
    fn resolve(self, path: &Path) -> Result<KeySpec> {
        let value = Value::from([
            ("keytype", Value::from(self.keytype)),
            (
                "keyval",
                Value::from([("public", Value::from(self.keyval.public))]),
            ),
            ("scheme", Value::from(self.scheme)),
        ]);
        let key = KeySpec::from_value(&value).map_err(|source| Error::Document {
            path: path.to_owned(),
            source,
        })?;
        if self.keyid.is_some_and(|keyid| keyid != key.keyid()) {
            return Err(Error::KeyIdMismatch {
                path: path.to_owned(),
            });
        }
        Ok(key)
    }
}

fn parse<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T> {
    let bytes = read_capped(path, KEY_FILE_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|source| Error::MalformedJson {
        path: path.to_owned(),
        source,
    })
}

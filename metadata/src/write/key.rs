//! Keys that sign.

use std::fmt;
use std::string::{String, ToString};

use ed25519_dalek::{Signer as _, SigningKey};

use super::Value;
use crate::Result;
use crate::digest::{Digest, hex, to_hex};
use crate::error::Error;
use crate::key::PublicKey;

/// The public half of a key, as it stands in a root or a delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpec {
    keyid: String,
    value: Value,
}

impl KeySpec {
    /// The public half of an ed25519 key.
    ///
    /// # Errors
    /// [`Error::WeakKey`].
    pub fn ed25519(public: [u8; 32]) -> Result<Self> {
        PublicKey::ed25519(public)?;
        let public = to_hex(&public);
        let value = Value::from([
            ("keytype", Value::from("ed25519")),
            ("keyval", Value::from([("public", Value::from(public))])),
            ("scheme", Value::from("ed25519")),
        ]);
        Ok(Self {
            keyid: Digest::of(&value.encode()).to_string(),
            value,
        })
    }

    /// Reads a canonical key object, `{"keytype":…,"keyval":{"public":…},"scheme":…}`.
    ///
    /// # Errors
    /// What is wrong with it; [`Error::Invalid`] for another scheme than ed25519.
    pub fn from_value(value: &Value) -> Result<Self> {
        let public = value.get("keyval").and_then(|keyval| keyval.get("public"));
        let public = public
            .and_then(Value::as_str)
            .ok_or(Error::missing("keyval.public"))?;
        let is_ed25519 = |name| value.get(name).and_then(Value::as_str) == Some("ed25519");
        if !is_ed25519("keytype") || !is_ed25519("scheme") {
            return Err(Error::invalid("scheme"));
        }
        Self::ed25519(hex(public).ok_or(Error::invalid("keyval.public"))?)
    }

    /// The key's id: the digest of its canonical object.
    pub fn keyid(&self) -> &str {
        &self.keyid
    }

    /// The key object.
    pub const fn value(&self) -> &Value {
        &self.value
    }
}

/// A private ed25519 key. Its bytes are wiped when it goes, and never shown.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// A new key, from the randomness of the operating system.
    ///
    /// # Errors
    /// What the operating system says when it has none to give.
    pub fn generate() -> core::result::Result<Self, getrandom::Error> {
        let mut seed = [0; 32];
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where keys are drawn"
        )]
        getrandom::fill(&mut seed)?;
        Ok(Self::from_seed(&seed))
    }

    /// The key of a seed (RFC 8032 5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed, for keeping the key. The caller wipes it.
    pub fn expose_seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    ///
    /// # Errors
    /// [`Error::WeakKey`], which no seed leads to.
    pub fn public(&self) -> Result<KeySpec> {
        KeySpec::ed25519(self.0.verifying_key().to_bytes())
    }

    /// The signature over `payload`.
    pub fn sign(&self, payload: &[u8]) -> [u8; 64] {
        self.0.sign(payload).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

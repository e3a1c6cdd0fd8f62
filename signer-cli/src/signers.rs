//! Signers as they are handed in: public key files and a threshold, checked together.

use std::path::PathBuf;

use sealift_metadata::limits::DEVICE_KEYS_PER_ROLE;
use sealift_metadata::write::{KeySpec, RoleSpec};

use crate::error::{Error, Result};
use crate::examples::refuse_example;
use crate::public_key::PublicKeyFile;
use crate::settings::{Settings, Signer, Signers};

/// The signers of a role to be.
#[derive(Clone, Debug)]
pub struct Team {
    role: String,
    threshold: u64,
    keys: Vec<PublicKeyFile>,
}

impl Team {
    /// Reads the public key files of a role's signers.
    ///
    /// # Errors
    /// [`Error::KeyTwice`], [`Error::ThresholdTooHigh`], [`Error::TooManyKeys`],
    /// [`Error::ExampleKey`], and as [`PublicKeyFile::read`].
    pub fn read(role: &str, files: &[PathBuf], threshold: u8, demo: bool) -> Result<Self> {
        let mut keys: Vec<PublicKeyFile> = Vec::new();
        for file in files {
            let key = PublicKeyFile::read(file)?;
            refuse_example(key.key.keyid(), demo)?;
            if keys.iter().any(|other| other.key == key.key) {
                return Err(Error::KeyTwice {
                    role: role.to_owned(),
                    keyid: key.key.keyid().to_owned(),
                });
            }
            keys.push(key);
        }
        let threshold = u64::from(threshold);
        if u64::try_from(keys.len()).is_ok_and(|keys| keys < threshold) {
            return Err(Error::ThresholdTooHigh {
                role: role.to_owned(),
                threshold,
                keys: keys.len(),
            });
        }
        if keys.len() > DEVICE_KEYS_PER_ROLE {
            return Err(Error::TooManyKeys {
                role: role.to_owned(),
                keys: keys.len(),
                limit: DEVICE_KEYS_PER_ROLE,
            });
        }
        Ok(Self {
            role: role.to_owned(),
            threshold,
            keys,
        })
    }

    /// Refuses a threshold of 1.
    ///
    /// # Errors
    /// [`Error::SingleSigner`].
    pub fn refuse_single_signer(self) -> Result<Self> {
        if self.threshold < 2 {
            return Err(Error::SingleSigner {
                role: self.role,
                threshold: self.threshold,
            });
        }
        Ok(self)
    }

    /// Refuses a key that also signs online: whoever takes the server would have it.
    ///
    /// # Errors
    /// [`Error::SharedKey`].
    pub fn refuse_online(&self, online: &'static str, keyid: &str) -> Result<()> {
        if self.keys.iter().any(|key| key.key.keyid() == keyid) {
            return Err(Error::SharedKey {
                keyid: keyid.to_owned(),
                online,
                offline: self.role.clone(),
            });
        }
        Ok(())
    }

    /// The signers as they stand in metadata.
    pub fn role_spec(&self) -> RoleSpec {
        RoleSpec {
            keys: self.keys.iter().map(|key| key.key.clone()).collect(),
            threshold: self.threshold,
        }
    }

    /// The signers as they stand in `sealift.toml`.
    pub fn settings(&self) -> Signers {
        Signers {
            threshold: self.threshold,
            signers: self.keys.iter().map(PublicKeyFile::signer).collect(),
        }
    }
}

/// One key of the server, which needs nobody else.
///
/// # Errors
/// [`Error::NoRepositoryName`] for a name that is no slug.
pub fn online(name: &str, key: &KeySpec) -> Result<Signers> {
    let name = name.parse().map_err(|_| Error::NoRepositoryName)?;
    Ok(Signers {
        threshold: 1,
        signers: vec![Signer {
            name,
            keyid: key.keyid().to_owned(),
        }],
    })
}

/// Refuses two keys under one name, and one key under two: people go by the names.
///
/// # Errors
/// [`Error::NameTwice`].
pub fn check_names(settings: &Settings) -> Result<()> {
    let signers: Vec<&Signer> = settings.signers().collect();
    for one in &signers {
        let clash = |other: &&&Signer| (one.name == other.name) != (one.keyid == other.keyid);
        if let Some(other) = signers.iter().find(clash) {
            return Err(Error::NameTwice {
                name: one.name.to_string(),
                other: other.name.to_string(),
            });
        }
    }
    Ok(())
}

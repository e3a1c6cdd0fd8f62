//! The online keys: the snapshot and timestamp keys that the server signs with.
//!
//! They are made at the first start and never leave their file, `online-keys.json`:
//! `{"snapshot":{"keyid":…,"keytype":"ed25519","keyval":{"private":…,"public":…},
//! "scheme":"ed25519"},"timestamp":{…}}`, mode 0600. Whoever steals them can hold updates back,
//! but cannot make any: images and delegations are signed offline.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use sealift_metadata::key::PublicKey;
use sealift_metadata::write::{KeySpec, SecretKey, Value};
use thiserror::Error;
use zeroize::Zeroizing;

/// A private key, and how its public half is written.
#[derive(Debug)]
pub struct OnlineKey {
    secret: SecretKey,
    spec: KeySpec,
    public: PublicKey,
}

/// Both online keys.
#[derive(Debug)]
pub struct OnlineKeys {
    /// Signs snapshots.
    pub snapshot: OnlineKey,
    /// Signs timestamps.
    pub timestamp: OnlineKey,
}

/// Why there are no online keys.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OnlineKeysError {
    /// The system said no.
    #[error("cannot use {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can read the file.
    #[error(
        "{path} holds private keys and is open to others (mode {mode:o}); run: chmod 600 {path}"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file is not what this version writes.
    #[error("{path} is not a file of online keys")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The operating system has no randomness to give.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// A key is not one.
    #[error("not a key: {0}")]
    Key(#[from] sealift_metadata::Error),
}

impl OnlineKey {
    fn new(secret: SecretKey) -> Result<Self, OnlineKeysError> {
        let spec = secret.public()?;
        let encoded = spec.value().encode();
        let public = PublicKey::parse(&encoded)?;
        let public = public.ok_or(sealift_metadata::Error::Invalid("scheme"))?;
        Ok(Self {
            secret,
            spec,
            public,
        })
    }

    /// The public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a payload.
    pub fn sign(&self, payload: &[u8]) -> [u8; 64] {
        self.secret.sign(payload)
    }

    /// The public half with its id: `{"keyid":…,"keytype":…,"keyval":{"public":…},"scheme":…}`.
    fn shown(&self) -> Value {
        let mut shown = self.spec.value().clone();
        let keyid = Value::from(self.spec.keyid());
        shown.members().insert("keyid".to_owned(), keyid);
        shown
    }

    fn kept(&self) -> Value {
        let mut kept = self.shown();
        let seed = Zeroizing::new(self.secret.expose_seed());
        if let Some(keyval) = kept.members().get_mut("keyval") {
            let private = Value::from(hex::encode(seed.as_slice()));
            keyval.members().insert("private".to_owned(), private);
        }
        kept
    }

    fn read(kept: Option<&Value>) -> Option<Self> {
        let keyval = kept?.get("keyval")?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(keyval.get("private")?.as_str()?, seed.as_mut_slice()).ok()?;
        let key = Self::new(SecretKey::from_seed(&seed)).ok()?;
        let is_whole = Some(key.shown().get("keyid")?) == kept?.get("keyid")
            && keyval.get("public") == key.spec.value().get("keyval")?.get("public");
        is_whole.then_some(key)
    }
}

impl OnlineKeys {
    /// Reads the keys, or makes them where there is no file.
    ///
    /// # Errors
    /// [`OnlineKeysError::Open`] when others can read the file, and the other variants.
    pub fn open(path: &Path) -> Result<Self, OnlineKeysError> {
        match File::open(path) {
            Ok(file) => Self::read(path, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::make(path),
            Err(source) => Err(io_error(path, source)),
        }
    }

    /// The public halves, as `online-key show` prints them and `sealift init --online-keys`
    /// takes them.
    pub fn shown(&self) -> String {
        let shown = Value::from([
            ("snapshot", self.snapshot.shown()),
            ("timestamp", self.timestamp.shown()),
        ]);
        String::from_utf8(shown.encode()).unwrap_or_default()
    }

    fn read(path: &Path, mut file: File) -> Result<Self, OnlineKeysError> {
        let io = |source| io_error(path, source);
        let mode = file.metadata().map_err(io)?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            let path = path.to_owned();
            return Err(OnlineKeysError::Open { path, mode });
        }
        let mut text = Zeroizing::new(Vec::new());
        file.read_to_end(&mut text).map_err(io)?;
        let malformed = || OnlineKeysError::Malformed {
            path: path.to_owned(),
        };
        let kept = Value::decode(text.trim_ascii_end()).map_err(|_| malformed())?;
        let key = |name| OnlineKey::read(kept.get(name)).ok_or_else(malformed);
        Ok(Self {
            snapshot: key("snapshot")?,
            timestamp: key("timestamp")?,
        })
    }

    fn make(path: &Path) -> Result<Self, OnlineKeysError> {
        let keys = Self {
            snapshot: OnlineKey::new(SecretKey::generate()?)?,
            timestamp: OnlineKey::new(SecretKey::generate()?)?,
        };
        let kept = Value::from([
            ("snapshot", keys.snapshot.kept()),
            ("timestamp", keys.timestamp.kept()),
        ]);
        write_once(path, &Zeroizing::new(kept.encode()))
            .map_err(|source| io_error(path, source))?;
        Ok(keys)
    }
}

fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    path.parent()
        .map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

fn io_error(path: &Path, source: io::Error) -> OnlineKeysError {
    OnlineKeysError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions};

    #[test]
    fn keys_are_made_once_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        let made = OnlineKeys::open(&path).unwrap();
        let read = OnlineKeys::open(&path).unwrap();
        assert_eq!(made.shown(), read.shown());
        assert_ne!(made.snapshot.public(), made.timestamp.public());
        assert!(!made.shown().contains("private"));
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        OnlineKeys::open(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o644] {
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert!(matches!(
                OnlineKeys::open(&path),
                Err(OnlineKeysError::Open { .. })
            ));
        }
    }

    #[test]
    fn a_key_file_that_is_damaged_is_refused_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        OnlineKeys::open(&path).unwrap();
        let good = std::fs::read_to_string(&path).unwrap();
        for bad in [
            String::new(),
            "{}".to_owned(),
            good.replace("snapshot", "snap"),
            good.replacen("\"private\":\"", "\"private\":\"0", 1),
            good.replacen("\"public\":\"", "\"public\":\"0", 1),
        ] {
            std::fs::write(&path, &bad).unwrap();
            assert!(
                matches!(
                    OnlineKeys::open(&path),
                    Err(OnlineKeysError::Malformed { .. })
                ),
                "{bad}"
            );
            assert_eq!(std::fs::read_to_string(&path).unwrap(), bad);
        }
    }
}

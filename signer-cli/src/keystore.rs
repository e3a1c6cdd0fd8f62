//! A signer's own keys: `keys/NAME.age` (encrypted, mode 0600) and `keys/NAME.pub`.
//!
//! The encrypted file is an age file with one scrypt recipient. Inside stands one line:
//! `sealift-ed25519-seed-1:` and 64 hexadecimal digits.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use age::{DecryptError, scrypt};
use sealift_metadata::write::SecretKey;
use zeroize::{Zeroize as _, Zeroizing};

use crate::error::{Error, Result};
use crate::files::{
    check_private, create_private, create_private_dir, names_in, read_capped, write_atomic,
};
use crate::limits::{KEY_FILE_BYTES, SCRYPT_LOG2_MAX};
use crate::names::Slug;
use crate::public_key::PublicKeyFile;

const SEED_HEAD: &[u8] = b"sealift-ed25519-seed-1:";

/// The keys below one home folder.
#[derive(Clone, Debug)]
pub struct Keystore {
    home: PathBuf,
}

impl Keystore {
    /// The keys below `home`.
    pub fn at(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
        }
    }

    /// Draws a key and keeps it, encrypted with `passphrase` at 2^`scrypt_log2` rounds.
    ///
    /// # Errors
    /// [`Error::KeyExists`], [`Error::NoRandomness`], [`Error::SelfTest`], [`Error::Io`].
    pub fn create(
        &self,
        name: &Slug,
        passphrase: SecretString,
        scrypt_log2: u8,
    ) -> Result<PublicKeyFile> {
        let secret = SecretKey::generate().map_err(|_| Error::NoRandomness)?;
        self.keep(name, &secret, passphrase, scrypt_log2)
    }

    /// Keeps a key that exists already.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn keep(
        &self,
        name: &Slug,
        secret: &SecretKey,
        passphrase: SecretString,
        scrypt_log2: u8,
    ) -> Result<PublicKeyFile> {
        let public = PublicKeyFile {
            name: name.clone(),
            key: secret.public().map_err(|_| Error::SelfTest)?,
        };
        self_test(secret)?;
        let path = self.secret_path(name);
        let sealed =
            encrypt(secret, passphrase, scrypt_log2).map_err(Error::io("encrypt", &path))?;
        create_private_dir(&self.folder())?;
        match create_private(&path, &sealed) {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
                return Err(Error::KeyExists {
                    name: name.to_string(),
                });
            }
            other => other?,
        }
        write_atomic(&self.public_path(name), &public.encode())?;
        Ok(public)
    }

    /// Refuses a name that is taken, before a passphrase is asked for.
    ///
    /// # Errors
    /// [`Error::KeyExists`].
    pub fn check_free(&self, name: &Slug) -> Result<()> {
        if self.secret_path(name).exists() {
            return Err(Error::KeyExists {
                name: name.to_string(),
            });
        }
        Ok(())
    }

    /// The names and public halves of all keys.
    ///
    /// # Errors
    /// As [`PublicKeyFile::read`].
    pub fn list(&self) -> Result<Vec<PublicKeyFile>> {
        names_in(&self.folder())?
            .iter()
            .filter_map(|name| name.strip_suffix(".pub")?.parse().ok())
            .map(|name| self.public(&name))
            .collect()
    }

    /// The public half of a key.
    ///
    /// # Errors
    /// [`Error::KeyNotFound`], and as [`PublicKeyFile::read`].
    pub fn public(&self, name: &Slug) -> Result<PublicKeyFile> {
        let path = self.public_path(name);
        if !path.exists() {
            return Err(Error::KeyNotFound {
                name: name.to_string(),
                home: self.home.clone(),
            });
        }
        PublicKeyFile::read(&path)
    }

    /// Refuses a key whose file others can read.
    ///
    /// # Errors
    /// [`Error::FileMode`], [`Error::Io`].
    pub fn check_private(&self, name: &Slug) -> Result<()> {
        check_private(&self.secret_path(name))
    }

    /// Opens a key.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], [`Error::FileMode`], [`Error::Malformed`] for a file that is
    /// no key of this tool, [`Error::KeyIdMismatch`] when its public half is of another key.
    pub fn unlock(&self, name: &Slug, passphrase: SecretString) -> Result<SecretKey> {
        let public = self.public(name)?;
        let path = self.secret_path(name);
        check_private(&path)?;
        let sealed = read_capped(&path, KEY_FILE_BYTES)?;
        let secret = decrypt(&sealed, passphrase, name, &path)?;
        if secret.public().is_ok_and(|own| own == public.key) {
            Ok(secret)
        } else {
            Err(Error::KeyIdMismatch {
                path: self.public_path(name),
            })
        }
    }

    fn folder(&self) -> PathBuf {
        self.home.join("keys")
    }

    fn secret_path(&self, name: &Slug) -> PathBuf {
        self.folder().join(format!("{name}.age"))
    }

    fn public_path(&self, name: &Slug) -> PathBuf {
        self.folder().join(format!("{name}.pub"))
    }
}

/// A key that was drawn must be able to sign, and to tell what it signed from what it did not.
fn self_test(secret: &SecretKey) -> Result<()> {
    use sealift_metadata::key::PublicKey;

    let spec = secret.public().map_err(|_| Error::SelfTest)?;
    let encoded = spec.value().encode();
    let public = PublicKey::parse(&encoded).map_err(|_| Error::SelfTest)?;
    let public = public.ok_or(Error::SelfTest)?;
    let signature = hex::encode(secret.sign(b"self-test"));
    if public.verifies(b"self-test", &signature) && !public.verifies(b"self-tesT", &signature) {
        Ok(())
    } else {
        Err(Error::SelfTest)
    }
}

fn encrypt(secret: &SecretKey, passphrase: SecretString, scrypt_log2: u8) -> io::Result<Vec<u8>> {
    let mut recipient = scrypt::Recipient::new(passphrase);
    recipient.set_work_factor(scrypt_log2);
    let mut seed = Zeroizing::new(secret.expose_seed());
    let mut digits = Zeroizing::new([0; 64]);
    hex::encode_to_slice(*seed, &mut *digits).map_err(io::Error::other)?;
    seed.zeroize();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _))
        .map_err(io::Error::other)?;
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed)?;
    writer.write_all(SEED_HEAD)?;
    writer.write_all(&*digits)?;
    writer.write_all(b"\n")?;
    writer.finish()?;
    Ok(sealed)
}

fn decrypt(sealed: &[u8], passphrase: SecretString, name: &Slug, path: &Path) -> Result<SecretKey> {
    let malformed = |fault| Error::Malformed {
        path: path.to_owned(),
        fault,
    };
    let decryptor = age::Decryptor::new(sealed).map_err(|_| malformed("not an age file"))?;
    if !decryptor.is_scrypt() {
        return Err(malformed("not encrypted with a passphrase"));
    }
    let mut identity = scrypt::Identity::new(passphrase);
    identity.set_max_work_factor(SCRYPT_LOG2_MAX);
    let reader = decryptor.decrypt(std::iter::once(&identity as _));
    let reader = reader.map_err(|error| match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            Error::WrongPassphrase {
                name: name.to_string(),
            }
        }
        DecryptError::ExcessiveWork { .. } => malformed("a work factor beyond every bound"),
        _ => malformed("a damaged age file"),
    })?;
    let mut line = Zeroizing::new(Vec::with_capacity(256));
    reader
        .take(200)
        .read_to_end(&mut line)
        .map_err(|_| malformed("a damaged age file"))?;
    let digits = line
        .strip_prefix(SEED_HEAD)
        .and_then(|rest| rest.strip_suffix(b"\n"))
        .ok_or_else(|| malformed("not a seed of this tool"))?;
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, &mut *seed).map_err(|_| malformed("not a seed of this tool"))?;
    Ok(SecretKey::from_seed(&seed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    const LOW: u8 = 4;

    fn pass(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn a_key_opens_with_its_passphrase_and_with_no_other() {
        let home = tempfile::tempdir().unwrap();
        let store = Keystore::at(home.path());
        let name: Slug = "officer-1".parse().unwrap();
        let public = store.create(&name, pass("right passphrase"), LOW).unwrap();
        let secret = store.unlock(&name, pass("right passphrase")).unwrap();
        assert_eq!(secret.public().unwrap(), public.key);
        assert!(matches!(
            store.unlock(&name, pass("wrong passphrase")),
            Err(Error::WrongPassphrase { .. })
        ));
        assert!(matches!(
            store.create(&name, pass("right passphrase"), LOW),
            Err(Error::KeyExists { .. })
        ));
        assert_eq!(store.list().unwrap().len(), 1);
    }

    #[test]
    fn the_seed_never_lies_on_the_disk_and_the_file_is_private() {
        let home = tempfile::tempdir().unwrap();
        let store = Keystore::at(home.path());
        let name: Slug = "k".parse().unwrap();
        let secret = SecretKey::from_seed(&[7; 32]);
        store
            .keep(&name, &secret, pass("right passphrase"), LOW)
            .unwrap();
        let path = home.path().join("keys/k.age");
        let bytes = fs::read(&path).unwrap();
        let digits = "07".repeat(32);
        assert!(!bytes.windows(8).any(|part| part == [7; 8]));
        assert!(
            !bytes
                .windows(16)
                .any(|part| part == &digits.as_bytes()[..16])
        );
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::metadata(path.parent().unwrap())
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o700
        );
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let store = Keystore::at(home.path());
        let name: Slug = "k".parse().unwrap();
        store.create(&name, pass("right passphrase"), LOW).unwrap();
        let path = home.path().join("keys/k.age");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            store.unlock(&name, pass("right passphrase")),
            Err(Error::FileMode { mode: 0o644, .. })
        ));
    }

    #[test]
    fn a_damaged_key_file_is_named_as_such() {
        let home = tempfile::tempdir().unwrap();
        let store = Keystore::at(home.path());
        let name: Slug = "k".parse().unwrap();
        store.create(&name, pass("right passphrase"), LOW).unwrap();
        let path = home.path().join("keys/k.age");
        let whole = fs::read(&path).unwrap();
        for bytes in [&b""[..], b"rubbish", &whole[..whole.len() - 20]] {
            fs::write(&path, bytes).unwrap();
            assert!(matches!(
                store.unlock(&name, pass("right passphrase")),
                Err(Error::Malformed { .. })
            ));
        }
    }

    #[test]
    fn a_public_half_of_another_key_is_noticed() {
        let home = tempfile::tempdir().unwrap();
        let store = Keystore::at(home.path());
        let (one, two): (Slug, Slug) = ("one".parse().unwrap(), "two".parse().unwrap());
        store.create(&one, pass("right passphrase"), LOW).unwrap();
        store.create(&two, pass("right passphrase"), LOW).unwrap();
        let keys = home.path().join("keys");
        fs::copy(keys.join("two.pub"), keys.join("one.pub")).unwrap();
        assert!(matches!(
            store.unlock(&one, pass("right passphrase")),
            Err(Error::KeyIdMismatch { .. })
        ));
    }
}

//! Public keys, told apart by their decoded bytes; their ids are opaque (TAP 12).

mod combination;
mod ed25519;
mod id;
mod order;
#[cfg(feature = "ecdsa-p256")]
mod p256;
#[cfg(any(feature = "ecdsa-p256", feature = "rsa-pss"))]
mod pem;
#[cfg(feature = "rsa-pss")]
mod rsa;

use crate::Result;
use crate::json::{Read, Reader};

pub use id::KeyId;
pub(crate) use id::check as check_id;

/// A public key that signatures can be checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(
    feature = "rsa-pss",
    expect(clippy::large_enum_variant, reason = "there is no heap")
)]
pub enum PublicKey {
    /// `keytype` and `scheme` are both `ed25519` (RFC 8032).
    Ed25519([u8; 32]),
    /// `scheme` is `ecdsa-sha2-nistp256` (FIPS 186-5): the point, uncompressed.
    #[cfg(feature = "ecdsa-p256")]
    P256([u8; 65]),
    /// `keytype` is `rsa`, `scheme` is `rsassa-pss-sha256` (RFC 8017 8.1): the key as PKCS#1 DER.
    #[cfg(feature = "rsa-pss")]
    RsaPss(heapless::Vec<u8, { crate::limits::RSA_KEY_BYTES }>),
}

impl PublicKey {
    /// An ed25519 key.
    ///
    /// # Errors
    /// [`Error::WeakKey`](crate::Error::WeakKey) for a point of small order.
    pub fn ed25519(bytes: [u8; 32]) -> Result<Self> {
        ed25519::check(&bytes)?;
        Ok(Self::Ed25519(bytes))
    }

    /// Reads a key object as a whole document.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(document: &[u8]) -> Result<Option<Self>> {
        Reader::payload(document, Self::read)
    }

    /// Reads a key object (TUF 4.3). `None` for a type or scheme that this build does not know, or
    /// a scheme that does not go with the type: such a key is no error, it just never counts.
    ///
    /// # Errors
    /// [`Error::WeakKey`](crate::Error::WeakKey), or what is wrong with a key of a known scheme.
    pub fn read(reader: &mut Reader<'_>) -> Read<Option<Self>> {
        let (mut keytype, mut scheme, mut public) = ("", "", None);
        reader.object(&mut |reader, name| {
            match name.name() {
                "keytype" => keytype = reader.plain()?,
                "scheme" => scheme = reader.plain()?,
                "keyval" => reader.object(&mut |reader, name| {
                    if name.name() == "public" {
                        public = Some(reader.string()?);
                        return Ok(());
                    }
                    reader.skip()
                })?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let read = match (keytype, scheme) {
            ("ed25519", "ed25519") => ed25519::read,
            #[cfg(feature = "ecdsa-p256")]
            ("ecdsa" | "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => {
                |text: &str| p256::read(text).map(Self::P256)
            }
            #[cfg(feature = "rsa-pss")]
            ("rsa", "rsassa-pss-sha256") => |text: &str| rsa::read(text).map(Self::RsaPss),
            _ => return Ok(None),
        };
        let public = reader.need(public, "keyval.public")?;
        let public = reader.plain_of(public)?;
        reader.take(read(public)).map(Some)
    }

    /// The name of the key's scheme (TUF 4.3).
    pub const fn scheme(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ed25519",
            #[cfg(feature = "ecdsa-p256")]
            Self::P256(_) => "ecdsa-sha2-nistp256",
            #[cfg(feature = "rsa-pss")]
            Self::RsaPss(_) => "rsassa-pss-sha256",
        }
    }

    /// Begins to check `signature`, in hexadecimal digits, while its message passes by; `None` for
    /// one that cannot be right, and for the scheme whose library wants the message whole.
    ///
    /// For ed25519 the check is a strict one: neither the key nor the signature's own point is of
    /// small order.
    pub(crate) fn begin(&self, signature: &str) -> Option<Running> {
        match self {
            Self::Ed25519(bytes) => ed25519::begin(bytes, signature).map(Running::Ed25519),
            #[cfg(feature = "ecdsa-p256")]
            Self::P256(point) => p256::begin(point, signature).map(Running::P256),
            #[cfg(feature = "rsa-pss")]
            Self::RsaPss(_) => None,
        }
    }

    /// Whether `signature`, in hexadecimal digits, is this key's signature over `message`: the same
    /// check as of a message that passes by.
    #[inline(never)]
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        #[cfg(feature = "rsa-pss")]
        if let Self::RsaPss(key) = self {
            return rsa::verifies(key, message, signature);
        }
        // Checked where it lies: it is half a kilobyte.
        self.begin(signature).as_mut().is_some_and(|running| {
            running.update(message);
            running.finish()
        })
    }
}

/// A signature that is checked while its message passes by.
pub(crate) enum Running {
    Ed25519(ed25519::Running),
    #[cfg(feature = "ecdsa-p256")]
    P256(p256::Running),
}

impl Running {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Ed25519(running) => running.update(bytes),
            #[cfg(feature = "ecdsa-p256")]
            Self::P256(running) => running.update(bytes),
        }
    }

    /// Whether the signature is the key's over everything that passed by. Told once, and from where
    /// it lies: a copy would be half a kilobyte on the stack, below the heaviest step of all.
    pub(crate) fn finish(&mut self) -> bool {
        match self {
            Self::Ed25519(running) => running.finish(),
            #[cfg(feature = "ecdsa-p256")]
            Self::P256(running) => running.finish(),
        }
    }
}

#[cfg(test)]
mod tests;

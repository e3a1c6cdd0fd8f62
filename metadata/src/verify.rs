//! The only way from bytes to a [`Verified`] document.

use core::ops::Deref;

use heapless::Vec;

use crate::Result;
use crate::digest::Digest;
use crate::envelope::Envelope;
use crate::error::{Error, Role};
use crate::key::{KeyId, PublicKey};
use crate::limits::{KEYS_PER_ROLE, ROOT_KEYS};
use crate::received::Received;

/// Who may sign for a role: its keys and how many of them must.
#[derive(Debug, Default)]
pub struct RoleKeys {
    /// Distinct keys needed; at least 1.
    pub threshold: u8,
    /// The role's keys of known schemes, under the ids that the delegator gave them.
    pub keys: Vec<(KeyId, PublicKey), KEYS_PER_ROLE>,
}

/// Keys picked from a list: one bit for each.
#[cfg(feature = "foreign-json")]
pub(crate) type Picked = u64;
#[cfg(not(feature = "foreign-json"))]
pub(crate) type Picked = u32;

const _: () = assert!(ROOT_KEYS <= Picked::BITS as usize, "each key has its bit");
const _: () = assert!(KEYS_PER_ROLE <= ROOT_KEYS, "each key of a role, too");

/// As [`RoleKeys`], borrowed from whoever names them: a root lists all keys once, for four roles.
#[derive(Clone, Copy, Debug)]
pub struct Signers<'k> {
    /// Distinct keys needed; at least 1.
    pub threshold: u8,
    list: &'k [(KeyId, PublicKey)],
    picked: Picked,
}

impl<'k> Signers<'k> {
    pub(crate) const fn new(threshold: u8, list: &'k [(KeyId, PublicKey)], picked: Picked) -> Self {
        Self {
            threshold,
            list,
            picked,
        }
    }

    /// The role's keys of known schemes, under the ids that the delegator gave them.
    pub fn keys(self) -> impl Iterator<Item = &'k (KeyId, PublicKey)> {
        let mut picked = self.picked;
        self.list.iter().filter(move |_| {
            let is_picked = picked & 1 == 1;
            picked >>= 1;
            is_picked
        })
    }

    /// Whether both name the same keys, whatever their ids and thresholds.
    pub fn same_keys(self, other: Self) -> bool {
        self.holds_all_of(other) && other.holds_all_of(self)
    }

    fn holds_all_of(self, other: Self) -> bool {
        other
            .keys()
            .all(|(_, key)| self.keys().any(|(_, own)| own == key))
    }

    pub(crate) fn find(&self, id: &str) -> Option<&'k PublicKey> {
        let id = KeyId::new(id);
        let id = id.as_ref().ok()?;
        let found = self.keys().find(|(own, _)| own == id);
        found.map(|(_, key)| key)
    }
}

impl<'k> From<&'k RoleKeys> for Signers<'k> {
    fn from(role: &'k RoleKeys) -> Self {
        Self::new(role.threshold, &role.keys, Picked::MAX)
    }
}

// One loop copies keys, whoever names them.
impl Clone for RoleKeys {
    fn clone(&self) -> Self {
        Signers::from(self).into()
    }
}

impl From<Signers<'_>> for RoleKeys {
    fn from(signers: Signers<'_>) -> Self {
        let mut role = Self {
            threshold: signers.threshold,
            keys: Vec::new(),
        };
        for key in signers.keys() {
            // A role names no more keys than fit.
            let _ = role.keys.push(key.clone());
        }
        role
    }
}

/// A document that is read out of the bytes of `signed`.
pub trait Document<'a>: Sized {
    /// The role that the document belongs to.
    const ROLE: Role;

    /// Reads the document.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    fn read(signed: &'a [u8]) -> Result<Self>;
}

/// A document that a threshold of its role's keys signed. Only [`verify_threshold`] makes one.
#[derive(Clone, Debug)]
pub struct Verified<T> {
    document: T,
    digest: Digest,
}

impl<T> Verified<T> {
    /// The digest of the whole document, signatures included: what [`reopen`](Self::reopen) and
    /// the documents that list this one go by.
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

impl<'a, T: Document<'a>> Verified<T> {
    /// Reads a document again that was verified before, wherever the bytes come from now: they
    /// must be the very same.
    ///
    /// # Errors
    /// [`Error::WrongDigest`] when they are not.
    pub fn reopen(document: impl Into<Received<'a>>, digest: &Digest) -> Result<Self> {
        let received = document.into();
        if received.digest() != *digest {
            return Err(Error::wrong_digest(T::ROLE));
        }
        Ok(Self {
            document: T::read(signed_by(T::ROLE, received, None)?)?,
            digest: *digest,
        })
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.document
    }
}

/// Verifies a document against the keys of its role (TUF 5.3.4, 5.4.2, 5.5.3, 5.6.3), then reads
/// it. Nothing of `signed` is interpreted before.
///
/// # Errors
/// [`Error::Threshold`], or what is wrong with the bytes.
pub fn verify_threshold<'a, 'k, T: Document<'a>>(
    document: impl Into<Received<'a>>,
    role: impl Into<Signers<'k>>,
) -> Result<Verified<T>> {
    let received = document.into();
    verify_digested(received, received.digest(), role.into())
}

/// As [`verify_threshold`], for a document whose digest is known already.
pub(crate) fn verify_digested<'a, T: Document<'a>>(
    received: Received<'a>,
    digest: Digest,
    role: Signers<'_>,
) -> Result<Verified<T>> {
    let signed = signed_by(T::ROLE, received, Some(role))?;
    Ok(Verified {
        document: T::read(signed)?,
        digest,
    })
}

/// Verifies a document that holds its own keys, as a root does. It says of whom it is, not that
/// anybody should believe it.
///
/// # Errors
/// As [`verify_threshold`].
pub fn verify_with_own_keys<'a, T: Document<'a>>(
    document: impl Into<Received<'a>>,
    keys: impl FnOnce(&T) -> Signers<'_>,
) -> Result<Verified<T>> {
    let mut place = None;
    verify_successor(document.into(), None, &mut place, keys)?;
    place.ok_or(Error::missing("signed"))
}

/// Verifies a document that holds its own keys against those of the one before it and then against
/// its own (TUF 5.3.4). It is read into `place`, where no copy of it lies on the stack while
/// signatures are checked; what is left there after an error was not verified.
///
/// # Errors
/// As [`verify_threshold`].
pub(crate) fn verify_successor<'a, T: Document<'a>>(
    received: Received<'a>,
    before: Option<Signers<'_>>,
    place: &mut Option<Verified<T>>,
    keys: impl FnOnce(&T) -> Signers<'_>,
) -> Result<()> {
    let signed = signed_by(T::ROLE, received, before)?;
    *place = None;
    let next = read_into(place, signed, received)?;
    signed_by(T::ROLE, received, Some(keys(next))).map(drop)
}

#[inline(never)]
fn read_into<'a, 'p, T: Document<'a>>(
    place: &'p mut Option<Verified<T>>,
    signed: &'a [u8],
    received: Received<'a>,
) -> Result<&'p T> {
    let next = Verified {
        document: T::read(signed)?,
        digest: received.digest(),
    };
    Ok(place.insert(next))
}

/// The bytes that signatures are over, checked if it is known by whom. The envelope does not outlive
/// this: it is large.
#[inline(never)]
fn signed_by<'a>(
    kind: Role,
    received: Received<'a>,
    signers: Option<Signers<'_>>,
) -> Result<&'a [u8]> {
    let mut envelope = Envelope::empty();
    envelope.fill(kind, received)?;
    if let Some(signers) = signers {
        check_envelope(kind, &envelope, signers)?;
    }
    Ok(envelope.signed)
}

fn check_envelope(kind: Role, envelope: &Envelope<'_>, role: Signers<'_>) -> Result<()> {
    let mut signed = SignedBy::default();
    for signature in &envelope.signatures {
        if let Some(key) = role.find(signature.keyid)
            && key.verifies(envelope.signed, signature.sig)
        {
            signed.count(key);
        }
    }
    signed.check(kind, role.threshold)
}

/// The distinct keys of which a signature was found to be valid. A signature by an unknown key does
/// not count and does no harm.
#[derive(Default)]
pub(crate) struct SignedBy<'k>(Vec<&'k PublicKey, KEYS_PER_ROLE>);

impl<'k> SignedBy<'k> {
    /// Counts a key; one that stands under two ids counts once.
    pub(crate) fn count(&mut self, key: &'k PublicKey) {
        if !self.0.contains(&key) {
            // There are never more distinct keys than the role has.
            let _ = self.0.push(key);
        }
    }

    /// Checks that they are enough.
    ///
    /// # Errors
    /// [`Error::Threshold`]; [`Error::ThresholdZero`], for nobody signed what nobody needs to.
    pub(crate) fn check(&self, role: Role, needed: u8) -> Result<()> {
        if needed == 0 {
            return Err(Error::ThresholdZero);
        }
        let valid = u8::try_from(self.0.len()).unwrap_or(u8::MAX);
        if valid < needed {
            return Err(Error::threshold(role, valid, needed));
        }
        Ok(())
    }
}

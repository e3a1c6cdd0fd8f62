//! Documents that are verified and read while they pass by, in a window of some kilobytes.
//!
//! Canonical order puts `signatures` before `signed`: the signatures are kept, the bytes of
//! `signed` run through one verifier for each of them, and what is found on the way may be acted
//! upon once the last byte was taken and [the stage](crate::trusted) that opened the stream has
//! accepted it. A second pass of the same document needs no signatures: its digest is known.
//!
//! A document that breaks off, or holds something that is no metadata, is read no further; whether
//! it was the promised one is still found out, and said first.

mod feed;
mod reading;

pub use reading::Item;
use reading::Reading;

use crate::Result;
use crate::digest::Digest;
use crate::error::Role;
use crate::hashes;
use crate::name::Version;
use crate::shape::Level;
use crate::time::Time;
use crate::timestamp::FileMeta;
use crate::verify::RoleKeys;
pub(crate) use feed::{Fate, Feed, Passing};

/// A document of a role on its way.
#[derive(Debug)]
pub struct Stream {
    feed: Feed,
    reading: Reading,
    hashes: hashes::Passing,
}

/// What a document that passed by says of itself; its lists were told item by item.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    /// The version.
    pub version: Version,
    /// When it expires.
    pub expires: Time,
    /// The digest of the whole document.
    pub digest: Digest,
}

impl Stream {
    /// A document that a threshold of keys must have signed. Where it delegates and `keeps_keys`
    /// is set, the keys of its delegations stay in the window until the delegations were told.
    pub fn signed(role: Role, keys: RoleKeys, keeps_keys: bool) -> Self {
        let mut stream = Self::blank(role);
        stream.reading.expect_signatures(keys, keeps_keys);
        stream
    }

    /// A document that was verified before, once more, wherever the bytes come from now: they must
    /// be the very same. The keys of its delegations stay in the window until those were told.
    pub fn again(role: Role, digest: Digest) -> Self {
        let mut stream = Self::blank(role);
        stream.reading.expect_digest(digest);
        stream
    }

    /// A document that nothing is known of that could verify it. It is filled where it lies, for it
    /// is large.
    #[inline(never)]
    fn blank(role: Role) -> Self {
        Self {
            feed: Feed::new(Level::Envelope, role),
            reading: Reading::new(role),
            hashes: hashes::Passing::default(),
        }
    }

    /// Takes the next bytes, and calls `each` with every item that is whole now. The window is the
    /// same in each call, and nobody else's until the document is over.
    ///
    /// What is wrong with the bytes, and what `each` returns, is said at the end.
    pub fn push(
        &mut self,
        window: &mut [u8],
        bytes: &[u8],
        each: &mut dyn FnMut(Item<'_>) -> Result<()>,
    ) {
        self.hashes.update(bytes);
        let reading = &mut self.reading;
        let mut take = |passing: &mut Passing<'_>| reading.take(passing, each);
        self.feed.push(window, bytes, &mut take);
    }

    /// Ends a first pass: the document is the promised one, and signed.
    pub(crate) fn finish(&mut self, promised: &FileMeta) -> Result<Passed> {
        let hashes = self.hashes.clone().finish();
        promised.check_passed(self.reading.role(), self.feed.length(), &hashes)?;
        let (version, expires) = self.verify()?;
        Ok(Passed {
            version,
            expires,
            digest: hashes.sha256,
        })
    }

    /// Whether the document is whole and signed, whoever promised it. Returns its version and when
    /// it expires, neither of which was compared with anything.
    ///
    /// # Errors
    /// [`Error::Threshold`](crate::Error::Threshold), what is wrong with the bytes, or what `each`
    /// returned.
    pub fn verify(&mut self) -> Result<(Version, Time)> {
        self.feed.finish()?;
        self.reading.check_signatures()?;
        self.reading.header()
    }

    /// Ends a second pass: the document is the one that was verified before.
    ///
    /// # Errors
    /// [`Error::WrongDigest`](crate::Error::WrongDigest); what `each` returned.
    pub fn finish_again(&mut self) -> Result<()> {
        let hashes = self.hashes.clone().finish();
        self.reading.check_digest(hashes.sha256)?;
        self.feed.finish()?;
        self.reading.header().map(drop)
    }
}

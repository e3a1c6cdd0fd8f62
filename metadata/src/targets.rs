//! Targets roles (TUF 4.5): files, their digests and what is said about them.

use crate::Result;
use crate::delegations::Delegations;
use crate::digest::Digest;
use crate::error::{Error, Role};
use crate::hashes::Hashes;
use crate::json::{Read, Reader};
use crate::name::Version;
use crate::root::Header;
use crate::time::Time;
use crate::verify::Document;

/// One target file of a repository of ours.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its length in bytes.
    pub length: u64,
    /// Its digest.
    pub sha256: Digest,
    /// Its `custom` object as it stands in the document, if it has one.
    pub custom: Option<&'a [u8]>,
}

/// One target file, with whatever digests its signers chose.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// Its length in bytes.
    pub length: u64,
    /// Its digests, of which at least one is known.
    pub hashes: Hashes,
    /// Its `custom` object as it stands in the document, if it has one.
    pub custom: Option<&'a [u8]>,
}

impl<'a> Listing<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Read<Self> {
        let mut listing = Self::blank();
        listing.fill(reader)?;
        Ok(listing)
    }

    /// A listing before it is read.
    pub(crate) fn blank() -> Self {
        Self {
            length: 0,
            hashes: Hashes::default(),
            custom: None,
        }
    }

    /// Reads every member into its place.
    pub(crate) fn fill(&mut self, reader: &mut Reader<'a>) -> Read<()> {
        let mut length = None;
        reader.object(&mut |reader, name| {
            match name.name() {
                "length" => reader.unsigned_into(&mut length)?,
                "hashes" => self.hashes.fill(reader)?,
                "custom" => self.custom = Some(reader.raw()?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        if self.hashes.is_empty() {
            return reader.refuse(Error::NoKnownDigest);
        }
        self.length = reader.need(length, "targets.length")?;
        Ok(())
    }

    /// The target, if it has the digest that everything in our repositories goes by.
    ///
    /// # Errors
    /// [`Error::NoKnownDigest`].
    pub fn target(self) -> Result<Target<'a>> {
        Ok(Target {
            length: self.length,
            sha256: self.hashes.sha256.ok_or(Error::NoKnownDigest)?,
            custom: self.custom,
        })
    }
}

/// A targets role, the top-level one or a delegated one; its lists stay in the bytes that it was
/// read from.
#[derive(Clone, Copy, Debug)]
pub struct Targets<'a> {
    /// The version, from 1 upwards by 1.
    pub version: Version,
    /// When it expires.
    pub expires: Time,
    /// To whom it delegates, if to anybody.
    pub delegations: Option<Delegations<'a>>,
    files: &'a [u8],
}

impl<'a> Targets<'a> {
    /// The target at `path`; `None` when it is not listed, or by SHA-512 alone.
    pub fn find(&self, path: &str) -> Option<Target<'a>> {
        self.listing(path).and_then(|listing| listing.target().ok())
    }

    /// What is said of the target at `path`, under whatever digests; `None` when it is not listed.
    pub fn listing(&self, path: &str) -> Option<Listing<'a>> {
        // Everything was read once already: it cannot fail now.
        let mut reader = Reader::find(self.files, path).ok()??;
        Listing::read(&mut reader).ok()
    }

    /// Calls `each` with every target, in the order of their paths.
    ///
    /// # Errors
    /// [`Error::NoKnownDigest`] for one that is listed by SHA-512 alone; what `each` returns.
    pub fn for_each(&self, mut each: impl FnMut(&'a str, Target<'a>) -> Result<()>) -> Result<()> {
        self.for_each_listing(|path, listing| each(path, listing.target()?))
    }

    /// Calls `each` with every target, under whatever digests, in the order of their paths.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn for_each_listing(
        &self,
        mut each: impl FnMut(&'a str, Listing<'a>) -> Result<()>,
    ) -> Result<()> {
        Reader::scan(self.files, |reader| {
            reader.object(&mut |reader, name| {
                let path = reader.plain_of(name)?;
                let listing = Listing::read(reader)?;
                reader.take(each(path, listing))
            })
        })
    }
}

impl<'a> Document<'a> for Targets<'a> {
    const ROLE: Role = Role::Targets;

    fn read(signed: &'a [u8]) -> Result<Self> {
        let (mut header, mut delegations, mut targets) = (Header::default(), None, None);
        Reader::payload(signed, |reader| {
            reader.object(&mut |reader, name| {
                match name.name() {
                    "delegations" => delegations = Some(Delegations::read(reader)?),
                    "targets" => targets = Some(reader.span(read_files)?),
                    other => header.member(other, reader)?,
                }
                Ok(())
            })?;
            let (version, expires) = reader.take(header.finish(Self::ROLE))?;
            Ok(Self {
                version,
                expires,
                delegations,
                files: reader.need(targets, "targets")?,
            })
        })
    }
}

/// Reads every target once, so that looking one up later cannot fail.
fn read_files(reader: &mut Reader<'_>) -> Read<()> {
    reader.object(&mut |reader, name| {
        reader.plain_of(name)?;
        Listing::read(reader).map(drop)
    })
}

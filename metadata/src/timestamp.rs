//! The timestamp role (TUF 4.6): which snapshot is current.

use crate::Result;
use crate::digest::Digest;
use crate::error::{Error, Role};
use crate::hashes::{Hashes, Passed};
use crate::json::{Read, Reader};
use crate::name::Version;
use crate::root::Header;
use crate::time::Time;
use crate::verify::Document;

/// What one document promises of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMeta {
    /// The version.
    pub version: Version,
    /// The length in bytes. We always write it; others may not.
    pub length: Option<u64>,
    /// The digests. We always write one; others may not.
    pub hashes: Hashes,
}

impl FileMeta {
    /// Reads `{"hashes":{…},"length":…,"version":…}`.
    ///
    /// # Errors
    /// [`Error::Json`], or what is missing or invalid.
    pub fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let (mut version, mut length) = (None, None);
        let mut hashes = Hashes::default();
        reader.object(&mut |reader, name| {
            match name.name() {
                "version" => version = Some(Version::read(reader)?),
                "length" => reader.unsigned_into(&mut length)?,
                "hashes" => hashes.fill(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            version: reader.need(version, "meta.version")?,
            length,
            hashes,
        })
    }

    /// Checks that a document that passed by is the one promised (TUF 5.5.2, 5.6.2).
    ///
    /// # Errors
    /// [`Error::WrongLength`], [`Error::WrongDigest`].
    pub(crate) fn check_passed(&self, role: Role, length: u64, passed: &Passed) -> Result<()> {
        if self.length.is_some_and(|promised| promised != length) {
            return Err(Error::wrong_length(role));
        }
        if !self.hashes.fit_passed(passed) {
            return Err(Error::wrong_digest(role));
        }
        Ok(())
    }

    /// Checks that a document of this SHA-256 is the one promised (TUF 5.5.2, 5.6.2).
    ///
    /// # Errors
    /// [`Error::WrongLength`], [`Error::WrongDigest`].
    pub(crate) fn check(&self, role: Role, sent: &[u8], digest: Digest) -> Result<()> {
        if self
            .length
            .is_some_and(|promised| usize::try_from(promised) != Ok(sent.len()))
        {
            return Err(Error::wrong_length(role));
        }
        if !self.hashes.fit_digested(sent, digest) {
            return Err(Error::wrong_digest(role));
        }
        Ok(())
    }
}

/// A timestamp.
#[derive(Clone, Copy, Debug)]
pub struct Timestamp {
    /// The version; it only rises.
    pub version: Version,
    /// When it expires.
    pub expires: Time,
    /// The snapshot that is current.
    pub snapshot: FileMeta,
    /// When it was signed (`x-sealift-issued`): what a device's floor of time rises from.
    pub issued: Option<Time>,
}

impl<'a> Document<'a> for Timestamp {
    const ROLE: Role = Role::Timestamp;

    fn read(signed: &'a [u8]) -> Result<Self> {
        let (mut header, mut snapshot, mut issued) = (Header::default(), None, None);
        Reader::payload(signed, |reader| {
            reader.object(&mut |reader, name| {
                match name.name() {
                    "meta" => reader.object(&mut |reader, name| {
                        if name.name() == "snapshot.json" {
                            snapshot = Some(FileMeta::read(reader)?);
                            return Ok(());
                        }
                        reader.skip()
                    })?,
                    "x-sealift-issued" => issued = Some(Time::read(reader)?),
                    other => header.member(other, reader)?,
                }
                Ok(())
            })
        })?;
        let (version, expires) = header.finish(Self::ROLE)?;
        Ok(Self {
            version,
            expires,
            snapshot: snapshot.ok_or(Error::missing("meta.snapshot.json"))?,
            issued,
        })
    }
}

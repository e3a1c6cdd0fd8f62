//! The snapshot role (TUF 4.4): which version of each targets role is current.

use core::fmt::Write as _;

use heapless::String;

use crate::Result;
use crate::error::{Error, Role};
use crate::json::{Read, Reader, Text};
use crate::limits::ROLE_NAME_BYTES;
use crate::name::Version;
use crate::root::Header;
use crate::time::Time;
use crate::timestamp::FileMeta;
use crate::verify::Document;

/// Length of a role's name with `.json` behind it, in bytes.
const META_NAME_BYTES: usize = ROLE_NAME_BYTES + 5;

/// A snapshot; its list stays in the bytes that it was read from.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// The version; it only rises.
    pub version: Version,
    /// When it expires.
    pub expires: Time,
    meta: &'a [u8],
}

impl<'a> Snapshot<'a> {
    /// What the snapshot promises of the targets role `role`; `None` when it is not listed.
    pub fn find(&self, role: &str) -> Option<FileMeta> {
        let mut file = String::<META_NAME_BYTES>::new();
        write!(file, "{role}.json").ok()?;
        // Everything was read once already: it cannot fail now.
        let mut reader = Reader::find(self.meta, &file).ok()??;
        FileMeta::read(&mut reader).ok()
    }

    /// Calls `each` with every targets role that is listed, in the order of their names.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn for_each(&self, mut each: impl FnMut(&'a str, FileMeta) -> Result<()>) -> Result<()> {
        Reader::scan(self.meta, |reader| {
            reader.object(&mut |reader, name| {
                let role = role_of(reader, name)?;
                let meta = FileMeta::read(reader)?;
                reader.take(each(role, meta))
            })
        })
    }

    /// Checks that every role that `previous` listed is still listed, with a version that is not
    /// lower (TUF 5.5.5).
    ///
    /// # Errors
    /// [`Error::RoleVanished`], [`Error::Rollback`].
    pub fn check_follows(&self, previous: &Snapshot<'_>) -> Result<()> {
        previous.for_each(|role, before| self.check_floor(role, before.version.get()))
    }

    /// Checks that `role` is listed with a version of at least `floor`.
    ///
    /// # Errors
    /// [`Error::RoleVanished`], [`Error::Rollback`].
    pub fn check_floor(&self, role: &str, floor: u64) -> Result<()> {
        let offered = self.find(role).ok_or(Error::RoleVanished)?.version.get();
        if offered < floor {
            return Err(Error::rollback(Role::Targets, floor, offered));
        }
        Ok(())
    }
}

impl<'a> Document<'a> for Snapshot<'a> {
    const ROLE: Role = Role::Snapshot;

    fn read(signed: &'a [u8]) -> Result<Self> {
        let (mut header, mut meta) = (Header::default(), None);
        Reader::payload(signed, |reader| {
            reader.object(&mut |reader, name| {
                match name.name() {
                    "meta" => meta = Some(reader.span(read_meta)?),
                    other => header.member(other, reader)?,
                }
                Ok(())
            })?;
            let (version, expires) = reader.take(header.finish(Self::ROLE))?;
            Ok(Self {
                version,
                expires,
                meta: reader.need(meta, "meta")?,
            })
        })
    }
}

/// Reads every promise once, so that looking one up later cannot fail.
fn read_meta(reader: &mut Reader<'_>) -> Read<()> {
    reader.object(&mut |reader, name| {
        role_of(reader, name)?;
        FileMeta::read(reader).map(drop)
    })
}

/// The role that a member of `meta` is about.
pub(crate) fn role_of<'a>(reader: &mut Reader<'a>, name: Text<'a>) -> Read<&'a str> {
    match reader.plain_of(name)?.strip_suffix(".json") {
        Some(role) => Ok(role),
        None => reader.invalid("meta"),
    }
}

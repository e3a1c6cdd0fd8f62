//! The root role (TUF 4.3): who may sign what.

use heapless::Vec;

use crate::Result;
use crate::error::{Error, Role};
use crate::json::Reader;
use crate::key::{KeyId, PublicKey};
use crate::limits::KEYS_PER_ROLE;
use crate::name::Version;
use crate::time::Time;
use crate::verify::{Document, RoleKeys};

/// A root: kept by value, for its bytes make way for the documents that follow.
#[derive(Clone, Debug)]
pub struct Root {
    /// The version, from 1 upwards by 1.
    pub version: Version,
    /// When it expires.
    pub expires: Time,
    /// Whether file names carry versions and digests (TUF 6).
    pub consistent_snapshot: bool,
    /// Who signs roots.
    pub root: RoleKeys,
    /// Who signs timestamps.
    pub timestamp: RoleKeys,
    /// Who signs snapshots.
    pub snapshot: RoleKeys,
    /// Who signs the top-level targets role.
    pub targets: RoleKeys,
}

impl<'a> Document<'a> for Root {
    const ROLE: Role = Role::Root;

    fn read(signed: &'a [u8]) -> Result<Self> {
        let (mut header, mut consistent, mut keys, mut roles) =
            (Header::default(), None, None, None);
        Reader::payload(signed, |reader| {
            reader.object(|reader, name| {
                match name.name() {
                    "consistent_snapshot" => consistent = Some(reader.boolean()?),
                    "keys" => keys = Some(reader.span(check_keys)?),
                    "roles" => roles = Some(reader.raw()?),
                    other => header.member(other, reader)?,
                }
                Ok(())
            })
        })?;
        let (version, expires) = header.finish(Self::ROLE)?;
        let keys = keys.ok_or(Error::Missing("keys"))?;
        let roles = roles.ok_or(Error::Missing("roles"))?;
        Ok(Self {
            version,
            expires,
            consistent_snapshot: consistent.unwrap_or(false),
            root: read_role(roles, "root", keys)?.ok_or(Error::Missing("roles.root"))?,
            timestamp: read_role(roles, "timestamp", keys)?
                .ok_or(Error::Missing("roles.timestamp"))?,
            snapshot: read_role(roles, "snapshot", keys)?
                .ok_or(Error::Missing("roles.snapshot"))?,
            targets: read_role(roles, "targets", keys)?.ok_or(Error::Missing("roles.targets"))?,
        })
    }
}

/// Reads every key once, used or not, so that a weak or broken one is refused at load.
pub(crate) fn check_keys(reader: &mut Reader<'_>) -> Result<()> {
    reader.object(|reader, _| PublicKey::read(reader).map(drop))
}

fn read_role(roles: &[u8], wanted: &str, keys: &[u8]) -> Result<Option<RoleKeys>> {
    let mut found = None;
    Reader::new(roles).object(|reader, name| {
        if name.name() == wanted {
            let mut role = KeyIds::default();
            reader.object(|reader, name| role.member(name.name(), reader))?;
            found = Some(role.resolve(keys)?);
            return Ok(());
        }
        reader.pass_over()
    })?;
    Ok(found)
}

/// `keyids` and `threshold` of a role or a delegation, before the ids are looked up.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyIds {
    ids: Vec<KeyId, KEYS_PER_ROLE>,
    threshold: Option<u64>,
}

impl KeyIds {
    /// Takes the members that belong to it and skips the others.
    pub(crate) fn member(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<()> {
        match name {
            "keyids" => reader.array(|reader| {
                let id = KeyId::new(reader.plain()?)?;
                if self.ids.contains(&id) {
                    return Err(Error::Invalid("keyids"));
                }
                self.ids.push(id).map_err(|_| Error::TooLarge("keyids"))
            }),
            "threshold" => {
                self.threshold = Some(reader.unsigned()?);
                Ok(())
            }
            _ => reader.skip(),
        }
    }

    /// Looks the ids up in `keys`. An id without a key, or with one of an unknown scheme, stays
    /// out and cannot count.
    pub(crate) fn resolve(&self, keys: &[u8]) -> Result<RoleKeys> {
        let threshold = self.threshold.ok_or(Error::Missing("threshold"))?;
        let threshold = u8::try_from(threshold).map_err(|_| Error::TooLarge("threshold"))?;
        if threshold == 0 {
            return Err(Error::ThresholdZero);
        }
        let mut role = RoleKeys {
            threshold,
            keys: Vec::new(),
        };
        Reader::new(keys).object(|reader, name| {
            let Some(id) = self.ids.iter().find(|id| id.as_str() == name.name()) else {
                return reader.pass_over();
            };
            if let Some(key) = PublicKey::read(reader)? {
                role.keys
                    .push((id.clone(), key))
                    .map_err(|_| Error::TooLarge("keyids"))?;
            }
            Ok(())
        })?;
        Ok(role)
    }
}

/// The members that every role has: `_type`, `spec_version`, `version`, `expires`.
#[derive(Debug, Default)]
pub(crate) struct Header<'a> {
    role: Option<&'a str>,
    spec_version: Option<&'a str>,
    version: Option<u64>,
    expires: Option<Time>,
}

impl<'a> Header<'a> {
    /// Takes the members that belong to it and skips the others.
    pub(crate) fn member(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<()> {
        match name {
            "_type" => self.role = Some(reader.plain()?),
            "spec_version" => self.spec_version = Some(reader.plain()?),
            "version" => self.version = Some(reader.unsigned()?),
            "expires" => self.expires = Some(Time::parse(reader.plain()?)?),
            _ => reader.skip()?,
        }
        Ok(())
    }

    /// The version and the expiry, once the role and the specification are the right ones.
    pub(crate) fn finish(self, role: Role) -> Result<(Version, Time)> {
        if self.role.ok_or(Error::Missing("_type"))? != role.name() {
            return Err(Error::WrongRole(role));
        }
        let spec = self.spec_version.ok_or(Error::Missing("spec_version"))?;
        if !spec.starts_with("1.") {
            return Err(Error::SpecVersion);
        }
        let version = Version::new(self.version.ok_or(Error::Missing("version"))?)?;
        Ok((version, self.expires.ok_or(Error::Missing("expires"))?))
    }
}

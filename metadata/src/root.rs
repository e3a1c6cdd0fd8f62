//! The root role (TUF 4.3): who may sign what.

use heapless::Vec;

use crate::Result;
use crate::error::{Error, Role};
use crate::json::{Read, Reader, Strings};
use crate::key::{KeyId, PublicKey, check_id};
use crate::limits::{KEYS_PER_ROLE, ROOT_KEYS};
use crate::name::Version;
use crate::time::Time;
use crate::verify::{Document, Picked, RoleKeys, Signers};

/// The roles of a root, in the order of [`Root::roles`].
const TOP_LEVEL: [Role; 4] = [Role::Root, Role::Timestamp, Role::Snapshot, Role::Targets];

/// A root: kept by value, for its bytes make way for the documents that follow.
#[derive(Clone, Debug)]
pub struct Root {
    /// The version, from 1 upwards by 1.
    pub version: Version,
    /// When it expires.
    pub expires: Time,
    /// Whether file names carry versions and digests (TUF 6).
    pub consistent_snapshot: bool,
    /// The keys of known schemes, each id once.
    keys: Vec<(KeyId, PublicKey), ROOT_KEYS>,
    roles: [Members; 4],
}

/// A role's share of the keys: one bit for each.
#[derive(Clone, Copy, Debug, Default)]
struct Members {
    threshold: u8,
    picked: Picked,
}

impl Root {
    /// Who signs documents of a role.
    pub fn signers(&self, role: Role) -> Signers<'_> {
        // Each role has its place; one of a threshold of 0 verifies nothing.
        let members = self.roles.get(role as usize).copied();
        let Members { threshold, picked } = members.unwrap_or_default();
        Signers::new(threshold, &self.keys, picked)
    }
}

impl<'a> Document<'a> for Root {
    const ROLE: Role = Role::Root;

    #[inline(never)]
    fn read(signed: &'a [u8]) -> Result<Self> {
        let (mut header, mut consistent) = (Header::default(), false);
        let (mut keys, mut roles) = (None, None);
        Reader::payload(signed, |reader| {
            reader.object(&mut |reader, name| {
                match name.name() {
                    "consistent_snapshot" => consistent = reader.boolean()?,
                    "keys" => keys = Some(reader.span(check_keys)?),
                    "roles" => roles = Some(reader.raw()?),
                    other => header.member(other, reader)?,
                }
                Ok(())
            })
        })?;
        let (version, expires) = header.finish(Self::ROLE)?;
        let mut root = Self {
            version,
            expires,
            consistent_snapshot: consistent,
            keys: Vec::new(),
            roles: [Members::default(); 4],
        };
        root.read_keys(keys.ok_or(Error::missing("keys"))?)?;
        root.read_roles(roles.ok_or(Error::missing("roles"))?)?;
        Ok(root)
    }
}

impl Root {
    fn read_keys(&mut self, keys: &[u8]) -> Result<()> {
        Reader::scan_object(keys, &mut |reader, name| {
            let Some(key) = PublicKey::read(reader)? else {
                return Ok(());
            };
            let id = KeyId::read(reader, name)?;
            if self.keys.push((id, key)).is_err() {
                return reader.too_large("keys of a root");
            }
            Ok(())
        })
    }

    fn read_roles(&mut self, roles: &[u8]) -> Result<()> {
        let Self {
            keys,
            roles: members,
            ..
        } = self;
        Reader::scan_object(roles, &mut |reader, name| {
            let role = Role::named(name.name());
            match role.and_then(|role| members.get_mut(role as usize)) {
                Some(members) => members.read(reader, keys),
                None => reader.pass_over(),
            }
        })?;
        for (role, members) in TOP_LEVEL.iter().zip(&self.roles) {
            if members.threshold == 0 {
                return Err(Error::missing(match role {
                    Role::Root => "roles.root",
                    Role::Timestamp => "roles.timestamp",
                    Role::Snapshot => "roles.snapshot",
                    Role::Targets => "roles.targets",
                }));
            }
        }
        Ok(())
    }
}

impl Members {
    /// Reads a role of a root that lists these keys. An id without a key, or with one of an
    /// unknown scheme, stays out and cannot count.
    fn read(&mut self, reader: &mut Reader<'_>, keys: &[(KeyId, PublicKey)]) -> Read<()> {
        let mut ids = KeyIds::default();
        reader.object(&mut |reader, name| ids.member(name.name(), reader))?;
        self.threshold = reader.take(ids.threshold())?;
        let picked = ids.list.for_each(|id| {
            // By reference: each move of an id is a copy.
            let id = KeyId::new(id);
            self.pick(id.as_ref().map_err(|error| *error)?, keys);
            Ok(())
        });
        reader.take(picked)
    }

    fn pick(&mut self, id: &KeyId, keys: &[(KeyId, PublicKey)]) {
        let mut places = keys.iter().zip(0_u32..);
        if let Some((_, bit)) = places.find(|((own, _), _)| own == id) {
            let first: Picked = 1;
            self.picked |= first.checked_shl(bit).unwrap_or_default();
        }
    }
}

/// Reads every key once, used or not, so that a weak or broken one is refused at load.
pub(crate) fn check_keys(reader: &mut Reader<'_>) -> Read<()> {
    reader.object(&mut |reader, _| PublicKey::read(reader).map(drop))
}

/// `keyids` and `threshold` of a role or a delegation, before the ids are looked up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyIds<'a> {
    /// At most [`KEYS_PER_ROLE`], each once.
    list: Strings<'a>,
    threshold: Option<u16>,
}

impl<'a> KeyIds<'a> {
    /// Takes the members that belong to it and skips the others.
    pub(crate) fn member(&mut self, name: &str, reader: &mut Reader<'a>) -> Read<()> {
        match name {
            "keyids" => self.list = read_ids(reader)?,
            "threshold" => {
                let threshold = u16::try_from(reader.unsigned()?);
                self.threshold = Some(threshold.unwrap_or(u16::MAX));
            }
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn threshold(&self) -> Result<u8> {
        let threshold = self.threshold.ok_or(Error::missing("threshold"))?;
        let threshold = u8::try_from(threshold).map_err(|_| Error::too_large("threshold"))?;
        if threshold == 0 {
            return Err(Error::ThresholdZero);
        }
        Ok(threshold)
    }

    /// Looks the ids up in `keys`, the members of an object. An id without a key, or with one of
    /// an unknown scheme, stays out and cannot count.
    pub(crate) fn resolve(&self, keys: &[u8]) -> Result<RoleKeys> {
        let mut role = RoleKeys {
            threshold: self.threshold()?,
            keys: Vec::new(),
        };
        Reader::members(keys, &mut |reader, name| {
            if !self.list.contains(name.name()) {
                return reader.pass_over();
            }
            if let Some(key) = PublicKey::read(reader)? {
                let id = KeyId::read(reader, name)?;
                if role.keys.push((id, key)).is_err() {
                    return reader.too_large("keyids");
                }
            }
            Ok(())
        })?;
        Ok(role)
    }
}

fn read_ids<'a>(reader: &mut Reader<'a>) -> Read<Strings<'a>> {
    let mut seen: Vec<&str, KEYS_PER_ROLE> = Vec::new();
    Strings::read_each(reader, &mut |reader, id| {
        check_id(reader, id)?;
        if seen.contains(&id) {
            return reader.invalid("keyids");
        }
        if seen.push(id).is_err() {
            return reader.too_large("keyids");
        }
        Ok(())
    })
}

/// The members that every role has: `_type`, `spec_version`, `version`, `expires`.
#[derive(Debug, Default)]
pub(crate) struct Header {
    /// The name of the role, empty if it is no known one.
    role: Option<&'static str>,
    /// Whether the specification is one of the 1.x family.
    is_known_spec: Option<bool>,
    version: Option<Version>,
    expires: Option<Time>,
}

impl Header {
    /// Takes the members that belong to it and skips the others.
    pub(crate) fn member(&mut self, name: &str, reader: &mut Reader<'_>) -> Read<()> {
        match name {
            "_type" => {
                let role = Role::named(reader.plain()?);
                self.role = Some(role.map_or("", Role::name));
            }
            "spec_version" => self.is_known_spec = Some(reader.plain()?.starts_with("1.")),
            "version" => self.version = Some(Version::read(reader)?),
            "expires" => self.expires = Some(Time::read(reader)?),
            _ => reader.skip()?,
        }
        Ok(())
    }

    pub(crate) const fn expires(&self) -> Option<Time> {
        self.expires
    }

    /// The version and the expiry, once the role and the specification are the right ones.
    pub(crate) fn finish(&self, role: Role) -> Result<(Version, Time)> {
        if self.role.ok_or(Error::missing("_type"))? != role.name() {
            return Err(Error::wrong_role(role));
        }
        if !self.is_known_spec.ok_or(Error::missing("spec_version"))? {
            return Err(Error::SpecVersion);
        }
        let version = self.version.ok_or(Error::missing("version"))?;
        Ok((version, self.expires.ok_or(Error::missing("expires"))?))
    }
}

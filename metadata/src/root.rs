//! The root role (TUF 4.3): who may sign what.

use heapless::Vec;

use crate::Result;
use crate::error::{Error, Role};
use crate::json::Reader;
use crate::key::{KeyId, PublicKey};
use crate::limits::{KEYS_PER_ROLE, ROOT_KEYS};
use crate::name::Version;
use crate::time::Time;
use crate::verify::{Document, RoleKeys, Signers};

/// A root: kept by value, for its bytes make way for the documents that follow.
#[derive(Clone, Debug)]
pub struct Root {
    /// The version, from 1 upwards by 1.
    pub version: Version,
    /// When it expires.
    pub expires: Time,
    /// Whether file names carry versions and digests (TUF 6).
    pub consistent_snapshot: bool,
    /// The keys that any role uses, each id once.
    keys: Vec<(KeyId, PublicKey), ROOT_KEYS>,
    roles: [Members; 4],
}

/// A role's share of the keys: one bit for each.
#[derive(Clone, Copy, Debug, Default)]
struct Members {
    threshold: u8,
    picked: u64,
}

impl Root {
    /// Who signs documents of a role.
    pub fn signers(&self, role: Role) -> Signers<'_> {
        let [root, timestamp, snapshot, targets] = self.roles;
        let Members { threshold, picked } = match role {
            Role::Root => root,
            Role::Timestamp => timestamp,
            Role::Snapshot => snapshot,
            Role::Targets => targets,
        };
        Signers::new(threshold, &self.keys, picked)
    }
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
        let roles = read_roles(roles.ok_or(Error::Missing("roles"))?)?;
        let mut root = Self {
            version,
            expires,
            consistent_snapshot: consistent.unwrap_or(false),
            keys: Vec::new(),
            roles: [Members::default(); 4],
        };
        for (members, role) in root.roles.iter_mut().zip(&roles) {
            members.threshold = role.checked_threshold()?;
        }
        root.pick_keys(keys, &roles)?;
        Ok(root)
    }
}

impl Root {
    /// Looks up the ids of all roles. An id without a key, or with one of an unknown scheme, stays
    /// out and cannot count.
    fn pick_keys(&mut self, keys: &[u8], roles: &[KeyIds; 4]) -> Result<()> {
        Reader::new(keys).object(|reader, name| {
            let id = name.name();
            if !roles.iter().any(|role| role.has(id)) {
                return reader.pass_over();
            }
            let Some(key) = PublicKey::read(reader)? else {
                return Ok(());
            };
            let place = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
            let bit = 1_u64.checked_shl(place).unwrap_or_default();
            for (members, _) in self
                .roles
                .iter_mut()
                .zip(roles)
                .filter(|(_, role)| role.has(id))
            {
                members.picked |= bit;
            }
            self.keys
                .push((KeyId::new(id)?, key))
                .map_err(|_| Error::TooLarge("keys of a root"))
        })
    }
}

/// The members of `roles`, in the order of [`Root::roles`].
fn read_roles(bytes: &[u8]) -> Result<[KeyIds; 4]> {
    let mut roles: [Option<KeyIds>; 4] = [const { None }; 4];
    let [root, timestamp, snapshot, targets] = &mut roles;
    Reader::new(bytes).object(|reader, name| {
        let role = match name.name() {
            "root" => &mut *root,
            "timestamp" => timestamp,
            "snapshot" => snapshot,
            "targets" => targets,
            _ => return reader.pass_over(),
        };
        let ids = role.insert(KeyIds::default());
        reader.object(|reader, name| ids.member(name.name(), reader))
    })?;
    let [root, timestamp, snapshot, targets] = roles;
    Ok([
        root.ok_or(Error::Missing("roles.root"))?,
        timestamp.ok_or(Error::Missing("roles.timestamp"))?,
        snapshot.ok_or(Error::Missing("roles.snapshot"))?,
        targets.ok_or(Error::Missing("roles.targets"))?,
    ])
}

/// Reads every key once, used or not, so that a weak or broken one is refused at load.
pub(crate) fn check_keys(reader: &mut Reader<'_>) -> Result<()> {
    reader.object(|reader, _| PublicKey::read(reader).map(drop))
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

    fn has(&self, id: &str) -> bool {
        self.ids.iter().any(|own| own.as_str() == id)
    }

    fn checked_threshold(&self) -> Result<u8> {
        let threshold = self.threshold.ok_or(Error::Missing("threshold"))?;
        let threshold = u8::try_from(threshold).map_err(|_| Error::TooLarge("threshold"))?;
        if threshold == 0 {
            return Err(Error::ThresholdZero);
        }
        Ok(threshold)
    }

    /// Looks the ids up in `keys`, the members of an object. An id without a key, or with one of
    /// an unknown scheme, stays out and cannot count.
    pub(crate) fn resolve(&self, keys: &[u8]) -> Result<RoleKeys> {
        let mut role = RoleKeys {
            threshold: self.checked_threshold()?,
            keys: Vec::new(),
        };
        Reader::members(keys, |reader, name| {
            let id = name.name();
            if !self.has(id) {
                return reader.pass_over();
            }
            if let Some(key) = PublicKey::read(reader)? {
                role.keys
                    .push((KeyId::new(id)?, key))
                    .map_err(|_| Error::TooLarge("keyids"))?;
            }
            Ok(())
        })?;
        Ok(role)
    }
}

/// The members that every role has: `_type`, `spec_version`, `version`, `expires`.
#[derive(Debug, Default)]
pub(crate) struct Header {
    /// The name of the role, empty if it is no known one.
    role: Option<&'static str>,
    /// Whether the specification is one of the 1.x family.
    is_known_spec: Option<bool>,
    version: Option<u64>,
    expires: Option<Time>,
}

impl Header {
    /// Takes the members that belong to it and skips the others.
    pub(crate) fn member(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<()> {
        match name {
            "_type" => {
                let role = Role::named(reader.plain()?);
                self.role = Some(role.map_or("", Role::name));
            }
            "spec_version" => self.is_known_spec = Some(reader.plain()?.starts_with("1.")),
            "version" => self.version = Some(reader.unsigned()?),
            "expires" => self.expires = Some(Time::parse(reader.plain()?)?),
            _ => reader.skip()?,
        }
        Ok(())
    }

    pub(crate) const fn expires(&self) -> Option<Time> {
        self.expires
    }

    /// The version and the expiry, once the role and the specification are the right ones.
    pub(crate) fn finish(self, role: Role) -> Result<(Version, Time)> {
        if self.role.ok_or(Error::Missing("_type"))? != role.name() {
            return Err(Error::WrongRole(role));
        }
        if !self.is_known_spec.ok_or(Error::Missing("spec_version"))? {
            return Err(Error::SpecVersion);
        }
        let version = Version::new(self.version.ok_or(Error::Missing("version"))?)?;
        Ok((version, self.expires.ok_or(Error::Missing("expires"))?))
    }
}

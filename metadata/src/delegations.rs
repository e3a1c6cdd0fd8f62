//! Delegations (TUF 4.5): who else may sign for which paths, in the order of priority.

use crate::Result;
use crate::error::Error;
use crate::json::{Reader, Strings};
use crate::name::RoleName;
use crate::pattern;
use crate::root::{KeyIds, check_keys};
use crate::verify::RoleKeys;

/// The `delegations` of a targets role, kept as the bytes they were read from.
#[derive(Clone, Copy, Debug)]
pub struct Delegations<'a> {
    keys: &'a [u8],
    roles: &'a [u8],
}

/// One delegated role.
#[derive(Clone, Debug)]
pub struct Delegation<'a> {
    /// The role's name.
    pub name: RoleName,
    /// Whether the search ends at this role even when it does not know the target.
    pub terminating: bool,
    paths: Strings<'a>,
    keyids: KeyIds,
    keys: &'a [u8],
}

impl<'a> Delegation<'a> {
    /// Whether the role is trusted for the target at `path`.
    pub fn matches(&self, path: &str) -> bool {
        self.paths.any(|pattern| pattern::matches(pattern, path))
    }

    /// The patterns of the paths that the role is trusted for.
    pub const fn paths(&self) -> Strings<'a> {
        self.paths
    }

    /// Who signs for the role.
    ///
    /// # Errors
    /// What is wrong with its keys or its threshold.
    pub fn keys(&self) -> Result<RoleKeys> {
        self.keyids.resolve(self.keys)
    }
}

impl<'a> Delegations<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let (mut keys, mut roles) = (None, None);
        reader.object(|reader, name| {
            match name.name() {
                "keys" => keys = Some(reader.raw()?),
                "roles" => roles = Some(reader.raw()?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let delegations = Self {
            keys: keys.ok_or(Error::Missing("delegations.keys"))?,
            roles: roles.ok_or(Error::Missing("delegations.roles"))?,
        };
        check_keys(delegations.keys)?;
        delegations.for_each(|_| Ok(()))?;
        Ok(delegations)
    }

    /// Calls `each` with every delegated role, in the order of priority.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn for_each(&self, mut each: impl FnMut(Delegation<'a>) -> Result<()>) -> Result<()> {
        Reader::new(self.roles).array(|reader| each(self.read_one(reader)?))
    }

    /// The first role that is trusted for the target at `path`.
    pub fn find(&self, path: &str) -> Option<Delegation<'a>> {
        self.first(|delegation| delegation.matches(path))
    }

    /// The role of the name `name`.
    pub fn named(&self, name: &str) -> Option<Delegation<'a>> {
        self.first(|delegation| delegation.name.as_str() == name)
    }

    fn first(&self, wanted: impl Fn(&Delegation<'a>) -> bool) -> Option<Delegation<'a>> {
        let mut found = None;
        // Everything was read once already: it cannot fail now.
        let _ = self.for_each(|delegation| {
            if found.is_none() && wanted(&delegation) {
                found = Some(delegation);
            }
            Ok(())
        });
        found
    }

    fn read_one(&self, reader: &mut Reader<'a>) -> Result<Delegation<'a>> {
        let (mut name, mut terminating, mut paths) = (None, None, None);
        let mut keyids = KeyIds::default();
        reader.object(|reader, member| {
            match member.name() {
                "name" => name = Some(RoleName::new(reader.plain()?)?),
                "terminating" => terminating = Some(reader.boolean()?),
                "paths" => paths = Some(Strings::read(reader)?),
                other => keyids.member(other, reader)?,
            }
            Ok(())
        })?;
        Ok(Delegation {
            name: name.ok_or(Error::Missing("delegations.roles.name"))?,
            terminating: terminating.ok_or(Error::Missing("delegations.roles.terminating"))?,
            paths: paths.ok_or(Error::Missing("delegations.roles.paths"))?,
            keyids,
            keys: self.keys,
        })
    }
}

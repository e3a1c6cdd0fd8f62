//! Delegations (TUF 4.5): who else may sign for which paths, in the order of priority.

use crate::Result;
use crate::digest::Digest;
use crate::error::{Error, Role};
use crate::json::{Read, Reader, Strings};
use crate::name::RoleName;
use crate::pattern;
use crate::root::{KeyIds, check_keys};
use crate::spell;
use crate::verify::RoleKeys;

/// The `delegations` of a targets role, kept as the bytes they were read from.
#[derive(Clone, Copy, Debug)]
pub struct Delegations<'a> {
    /// The members of `keys`.
    keys: &'a [u8],
    to: To<'a>,
}

/// A list of roles, or hash bins that are described in one go.
#[derive(Clone, Copy, Debug)]
enum To<'a> {
    Roles(&'a [u8]),
    /// The bytes of a `succinct_roles` that [`Bins`] reads.
    Bins(&'a [u8]),
}

/// One delegated role.
#[derive(Clone, Debug)]
pub struct Delegation<'a> {
    /// The role's name.
    pub name: RoleName,
    /// Whether the search ends at this role even when it does not know the target.
    pub terminating: bool,
    trusted_for: TrustedFor<'a>,
    keyids: KeyIds<'a>,
    keys: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
enum TrustedFor<'a> {
    /// Patterns of paths.
    Paths(Strings<'a>),
    /// Beginnings of the SHA-256 of a path, in hexadecimal digits.
    HashPrefixes(Strings<'a>),
}

impl<'a> Delegation<'a> {
    /// A role of a list that goes by `keys`, the members of an object, before it is read.
    pub(crate) fn blank(keys: &'a [u8]) -> Self {
        Self {
            name: RoleName::BLANK,
            terminating: false,
            trusted_for: TrustedFor::Paths(Strings::EMPTY),
            keyids: KeyIds::default(),
            keys,
        }
    }

    /// Reads every member into its place.
    pub(crate) fn fill(&mut self, reader: &mut Reader<'a>) -> Read<()> {
        let mut terminating = None;
        let (mut paths, mut prefixes) = (None, None);
        reader.object(&mut |reader, member| {
            match member.name() {
                "name" => read_name(&mut self.name, reader)?,
                "terminating" => terminating = Some(reader.boolean()?),
                "paths" => paths = Some(Strings::read(reader)?),
                "path_hash_prefixes" => prefixes = Some(Strings::read(reader)?),
                other => self.keyids.member(other, reader)?,
            }
            Ok(())
        })?;
        self.trusted_for = match (paths, prefixes) {
            (Some(paths), None) => TrustedFor::Paths(paths),
            (None, Some(prefixes)) => TrustedFor::HashPrefixes(prefixes),
            (None, None) => return reader.missing("delegations.roles.paths"),
            (Some(_), Some(_)) => return reader.invalid("delegations.roles.paths"),
        };
        if self.name.as_str().is_empty() {
            return reader.missing("delegations.roles.name");
        }
        self.terminating = reader.need(terminating, "delegations.roles.terminating")?;
        Ok(())
    }

    /// Whether the role is trusted for the target at `path`.
    pub fn matches(&self, path: &str) -> bool {
        let (list, digest) = match self.trusted_for {
            TrustedFor::Paths(patterns) => (patterns, None),
            TrustedFor::HashPrefixes(prefixes) => (prefixes, Some(Digest::of(path.as_bytes()))),
        };
        list.any(|text| match &digest {
            Some(digest) => has_prefix(digest, text),
            None => pattern::matches(text, path),
        })
    }

    /// The patterns of the paths that the role is trusted for; none where it
    /// [is trusted by hash](Self::is_by_hash).
    pub fn paths(&self) -> Strings<'a> {
        match self.trusted_for {
            TrustedFor::Paths(patterns) => patterns,
            TrustedFor::HashPrefixes(_) => Strings::default(),
        }
    }

    /// Whether the role is trusted for paths whose hash begins in some way.
    pub const fn is_by_hash(&self) -> bool {
        matches!(self.trusted_for, TrustedFor::HashPrefixes(_))
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
    pub(crate) fn read(reader: &mut Reader<'a>) -> Read<Self> {
        let (mut keys, mut roles, mut bins) = (None, None, None);
        reader.object(&mut |reader, name| {
            match name.name() {
                "keys" => keys = Some(reader.span(check_keys)?),
                "roles" => roles = Some(reader.span(read_roles)?),
                "succinct_roles" => bins = Some(reader.raw()?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let present = Present {
            keys: keys.is_some(),
            roles: roles.is_some(),
            bins: bins.is_some(),
        };
        reader.take(present.check())?;
        let keys = keys.and_then(|keys| keys.get(1..)).unwrap_or_default();
        match bins {
            Some(bins) => reader.take(Self::of_bins(bins, keys)),
            None => Ok(Self {
                keys,
                to: To::Roles(roles.unwrap_or_default()),
            }),
        }
    }

    /// Hash bins that go by `keys`, the members of an object.
    pub(crate) fn of_bins(bins: &'a [u8], keys: &'a [u8]) -> Result<Self> {
        Bins::read(bins)?;
        let to = To::Bins(bins);
        Ok(Self { keys, to })
    }

    /// Whether the roles are hash bins described in one go (TAP 15): they are not listed.
    pub const fn is_succinct(&self) -> bool {
        matches!(self.to, To::Bins(_))
    }

    /// Calls `each` with every listed role, in the order of priority.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn for_each(&self, mut each: impl FnMut(Delegation<'a>) -> Result<()>) -> Result<()> {
        match self.to {
            To::Roles(roles) => Reader::scan_array(roles, &mut |reader| {
                let mut delegation = Delegation::blank(self.keys);
                delegation.fill(reader)?;
                reader.take(each(delegation))
            }),
            To::Bins(_) => Ok(()),
        }
    }

    /// Calls `each` with every role that is trusted for the target at `path`, in the order of
    /// priority.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn for_path(
        &self,
        path: &str,
        mut each: impl FnMut(Delegation<'a>) -> Result<()>,
    ) -> Result<()> {
        match self.to {
            To::Bins(bins) => {
                let bins = Bins::read(bins)?;
                each(bins.delegation(&bins.name_of(path)?, self.keys))
            }
            To::Roles(_) => self.for_each(|delegation| {
                if delegation.matches(path) {
                    each(delegation)
                } else {
                    Ok(())
                }
            }),
        }
    }

    /// The first role that is trusted for the target at `path`.
    pub fn find(&self, path: &str) -> Option<Delegation<'a>> {
        let mut found = None;
        // Everything was read once already: it cannot fail now.
        let _ = self.for_path(path, |delegation| {
            found.get_or_insert(delegation);
            Ok(())
        });
        found
    }

    /// The name of the hash bin of the target at `path`; `None` where the roles are listed.
    pub(crate) fn bin_for(&self, path: &str) -> Option<RoleName> {
        self.bins()?.name_of(path).ok()
    }

    /// Who signs for the hash bins.
    ///
    /// # Errors
    /// [`Error::NotDelegated`] where the roles are listed; what is wrong with the keys or the
    /// threshold.
    pub(crate) fn bin_keys(&self) -> Result<RoleKeys> {
        let bins = self.bins().ok_or(Error::NotDelegated)?;
        bins.keyids.resolve(self.keys)
    }

    fn bins(&self) -> Option<Bins<'a>> {
        match self.to {
            // The bytes were read once already: they cannot fail now.
            To::Bins(bins) => Bins::read(bins).ok(),
            To::Roles(_) => None,
        }
    }

    /// The role of the name `name`.
    pub fn named(&self, name: &str) -> Option<Delegation<'a>> {
        if let Some(bins) = self.bins() {
            let name = RoleName::new(name).ok()?;
            return bins.has(&name).then(|| bins.delegation(&name, self.keys));
        }
        let mut found = None;
        // Everything was read once already: it cannot fail now.
        let _ = self.for_each(|delegation| {
            if delegation.name.as_str() == name {
                found.get_or_insert(delegation);
            }
            Ok(())
        });
        found
    }
}

/// Which members a `delegations` has: its keys, and either a list of roles or bins.
#[derive(Debug, Default)]
pub(crate) struct Present {
    pub(crate) keys: bool,
    pub(crate) roles: bool,
    pub(crate) bins: bool,
}

impl Present {
    /// Checks that nothing is missing and nothing is there twice.
    pub(crate) const fn check(&self) -> Result<()> {
        if !self.keys {
            return Err(Error::missing("delegations.keys"));
        }
        if !self.roles && !self.bins {
            return Err(Error::missing("delegations.roles"));
        }
        if self.roles && self.bins {
            return Err(Error::invalid("delegations.roles"));
        }
        Ok(())
    }
}

/// Reads every role once, so that looking one up later cannot fail.
fn read_roles(reader: &mut Reader<'_>) -> Read<()> {
    reader.array(&mut |reader| Delegation::blank(&[]).fill(reader))
}

/// Reads the name of a delegated role. One that is called like a top-level role would take the
/// place of that role's document wherever documents are kept by name.
fn read_name(place: &mut RoleName, reader: &mut Reader<'_>) -> Read<()> {
    let name = reader.plain()?;
    if Role::named(name).is_some() {
        return reader.invalid("delegations.roles.name");
    }
    reader.take(place.fill(&[name]))
}

/// `succinct_roles` (TAP 15): `2^bit_length` bins named `prefix-<hex>`, zero padded, all with the
/// same keys.
#[derive(Clone, Debug)]
struct Bins<'a> {
    bit_length: u32,
    prefix: &'a str,
    keyids: KeyIds<'a>,
}

impl<'a> Bins<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self> {
        let (mut bit_length, mut prefix) = (None, None);
        let mut keyids = KeyIds::default();
        Reader::scan_object(bytes, &mut |reader, member| {
            match member.name() {
                "bit_length" => reader.unsigned_into(&mut bit_length)?,
                "name_prefix" => prefix = Some(reader.plain()?),
                other => keyids.member(other, reader)?,
            }
            Ok(())
        })?;
        let bit_length = bit_length.ok_or(Error::missing("succinct_roles.bit_length"))?;
        let bit_length = u32::try_from(bit_length)
            .ok()
            .filter(|bits| (1..=32).contains(bits))
            .ok_or(Error::invalid("succinct_roles.bit_length"))?;
        let prefix = prefix.ok_or(Error::missing("succinct_roles.name_prefix"))?;
        Ok(Self {
            bit_length,
            prefix,
            keyids,
        })
    }

    /// The bin of a path: the first `bit_length` bits of its SHA-256.
    fn name_of(&self, path: &str) -> Result<RoleName> {
        let digest = Digest::of(path.as_bytes());
        let first = digest
            .as_bytes()
            .first_chunk()
            .map_or(0, |first| u32::from_be_bytes(*first));
        // From 1 to 32 bits.
        self.name(first.wrapping_shr(32_u32.saturating_sub(self.bit_length)))
    }

    fn name(&self, bin: u32) -> Result<RoleName> {
        let digits = spell::hexadecimal::<8>(bin, self.digits());
        RoleName::of(&[self.prefix, "-", &digits])
    }

    fn has(&self, name: &RoleName) -> bool {
        let bin = name
            .as_str()
            .strip_prefix(self.prefix)
            .and_then(|rest| rest.strip_prefix('-'));
        let bin = bin.and_then(|bin| u32::from_str_radix(bin, 16).ok());
        bin.is_some_and(|bin| {
            let is_bin = u64::from(bin).checked_shr(self.bit_length) == Some(0);
            is_bin && self.name(bin).is_ok_and(|real| real == *name)
        })
    }

    const fn digits(&self) -> usize {
        self.bit_length.div_ceil(4) as usize
    }

    fn delegation(&self, name: &RoleName, keys: &'a [u8]) -> Delegation<'a> {
        Delegation {
            name: name.clone(),
            terminating: false,
            // The name was derived from the path: nothing is left to compare.
            trusted_for: TrustedFor::Paths(Strings::default()),
            keyids: self.keyids,
            keys,
        }
    }
}

/// Whether `digest`, written in lower-case hexadecimal digits, begins with `prefix`.
fn has_prefix(digest: &Digest, prefix: &str) -> bool {
    spell::digest(digest).starts_with(prefix)
}

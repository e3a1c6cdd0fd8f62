//! What the pieces of a signed document say.

use heapless::Vec;

use super::{Fate, Passing};
use crate::Result;
use crate::delegations::{Delegation, Delegations, Present};
use crate::digest::Digest;
use crate::envelope::read_signatures;
use crate::error::{Error, Role};
use crate::json::{Read, Reader, What};
use crate::key::{PublicKey, Running};
use crate::limits::PASSING_SIGNATURES;
use crate::name::{RoleName, Version};
use crate::root::Header;
use crate::shape::Level;
use crate::snapshot::role_of;
use crate::targets::Listing;
use crate::time::Time;
use crate::timestamp::FileMeta;
use crate::verify::{RoleKeys, SignedBy, Signers};

/// An entry of a document's lists.
#[derive(Clone, Copy, Debug)]
// With a tag of its own: one in the niche of `expires` takes more code wherever it is asked.
#[repr(u8)]
pub enum Item<'i> {
    /// A snapshot lists a targets role.
    Role {
        /// The role's name.
        name: &'i str,
        /// What is promised of it.
        meta: &'i FileMeta,
    },
    /// A targets role lists a target.
    File {
        /// Its path.
        path: &'i str,
        /// What is said of it.
        listing: &'i Listing<'i>,
        /// When the role expires, which canonical order tells before its targets.
        expires: Option<Time>,
    },
    /// A targets role delegates to one role; told in the order of priority.
    Delegation(&'i Delegation<'i>),
    /// A targets role delegates to hash bins.
    Bins(Delegations<'i>),
}

impl Item<'_> {
    /// The name of the role that this item makes responsible for the target at `path`, if it does.
    pub fn role_for(&self, path: &str) -> Option<RoleName> {
        match self {
            Self::Delegation(delegation) if delegation.matches(path) => {
                Some(delegation.name.clone())
            }
            Self::Bins(bins) => bins.bin_for(path),
            _ => None,
        }
    }

    /// Who signs for the role that this item makes responsible for the target at `path`.
    ///
    /// # Errors
    /// [`Error::NotDelegated`] where it makes none; what is wrong with its keys or its threshold.
    pub fn keys_for(&self, path: &str) -> Result<RoleKeys> {
        match self {
            Self::Delegation(delegation) if delegation.matches(path) => delegation.keys(),
            // All bins have the same keys.
            Self::Bins(bins) => bins.bin_keys(),
            _ => Err(Error::NotDelegated),
        }
    }
}

/// What the document is checked by.
#[allow(
    clippy::large_enum_variant,
    reason = "no heap to box in; how large depends on features"
)]
enum Seal {
    /// The role's keys; the signatures are still to come.
    Keys(RoleKeys),
    /// The signatures by keys of the role.
    Signatures {
        needed: u8,
        running: Vec<(PublicKey, Running), PASSING_SIGNATURES>,
    },
    /// The digest of a document that was verified before.
    Digest(Digest),
}

/// What was read so far.
pub(super) struct Reading {
    role: Role,
    seal: Seal,
    keeps_keys: bool,
    header: Header,
    /// Which parts were there.
    has: Has,
    in_signed: bool,
    delegations: Present,
}

/// Parts that no document may lack.
#[derive(Clone, Copy, Debug, Default)]
struct Has {
    signatures: bool,
    signed: bool,
    list: bool,
}

impl Seal {
    const fn unsigned(needed: u8) -> Self {
        let running = Vec::new();
        Self::Signatures { needed, running }
    }

    /// Begins to check one signature. Those behind the first few are not checked; the publish gate
    /// sees to that.
    #[inline(never)]
    fn begin(&mut self, key: &PublicKey, signature: &str) {
        if let Self::Signatures { running, .. } = self
            && let Some(begun) = key.begin(signature)
        {
            let _ = running.push((key.clone(), begun));
        }
    }
}

impl Reading {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            // Nobody's signatures are enough for this.
            seal: Seal::unsigned(0),
            keeps_keys: true,
            header: Header::default(),
            has: Has::default(),
            in_signed: false,
            delegations: Present::default(),
        }
    }

    pub(super) fn expect_signatures(&mut self, keys: RoleKeys, keeps_keys: bool) {
        self.seal = Seal::Keys(keys);
        self.keeps_keys = keeps_keys;
    }

    pub(super) fn expect_digest(&mut self, digest: Digest) {
        self.seal = Seal::Digest(digest);
    }

    pub(super) const fn role(&self) -> Role {
        self.role
    }

    /// Takes a part of the document, and says what becomes of it.
    pub(super) fn take(
        &mut self,
        passing: &mut Passing<'_>,
        each: &mut dyn FnMut(Item<'_>) -> Result<()>,
    ) -> Read<Fate> {
        let Passing {
            what,
            level,
            reader,
            kept,
        } = passing;
        if *what == What::Open {
            self.open(*level, reader)?;
        }
        self.update(reader.rest());
        match what {
            What::Piece => self.piece(*level, reader, kept, each),
            What::Close => self.close(*level, reader),
            What::Name | What::Open | What::Comma => Ok(Fate::Forgotten),
        }
    }

    fn open(&mut self, level: Level, reader: &mut Reader<'_>) -> Read<()> {
        match level {
            Level::Signed => {
                if !self.has.signatures {
                    return reader.missing("signatures");
                }
                self.has.signed = true;
                self.in_signed = true;
            }
            Level::Meta | Level::Files => self.has.list = true,
            Level::Keys => self.delegations.keys = true,
            Level::Roles => self.delegations.roles = true,
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, level: Level, reader: &mut Reader<'_>) -> Read<Fate> {
        match level {
            Level::Signed => self.in_signed = false,
            Level::Delegations => {
                reader.take(self.delegations.check())?;
                return Ok(Fate::Released);
            }
            _ => {}
        }
        Ok(Fate::Forgotten)
    }

    fn piece<'w>(
        &mut self,
        level: Level,
        reader: &mut Reader<'w>,
        kept: &'w [u8],
        each: &mut dyn FnMut(Item<'_>) -> Result<()>,
    ) -> Read<Fate> {
        let mut fate = Fate::Forgotten;
        if level == Level::Roles {
            let mut delegation = Delegation::blank(kept);
            delegation.fill(reader)?;
            reader.take(each(Item::Delegation(&delegation)))?;
            reader.finish()?;
            return Ok(fate);
        }
        let name = reader.name()?;
        match level {
            Level::Envelope if name.name() == "signatures" => self.begin(reader)?,
            Level::Signed => self.header.member(name.name(), reader)?,
            Level::Meta => {
                let name = role_of(reader, name)?;
                let meta = &FileMeta::read(reader)?;
                reader.take(each(Item::Role { name, meta }))?;
            }
            Level::Files => {
                let path = reader.plain_of(name)?;
                let mut listing = Listing::blank();
                listing.fill(reader)?;
                let listing = &listing;
                let expires = self.header.expires();
                let item = Item::File {
                    path,
                    listing,
                    expires,
                };
                reader.take(each(item))?;
            }
            Level::Keys => {
                let is_known = PublicKey::read(reader)?.is_some();
                if is_known && self.keeps_keys {
                    fate = Fate::Kept;
                }
            }
            Level::Delegations if name.name() == "succinct_roles" => {
                self.delegations.bins = true;
                let bins = Delegations::of_bins(reader.raw()?, kept);
                let told = bins.and_then(|bins| each(Item::Bins(bins)));
                reader.take(told)?;
            }
            _ => reader.skip()?,
        }
        reader.finish()?;
        Ok(fate)
    }

    /// Begins to check the signatures by keys of the role; the others do no harm.
    #[inline(never)]
    fn begin(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let mut signatures = Vec::new();
        read_signatures(self.role, reader, &mut signatures)?;
        self.has.signatures = true;
        let Seal::Keys(keys) = &self.seal else {
            return Ok(());
        };
        let keys = keys.clone();
        self.seal = Seal::unsigned(keys.threshold);
        for signature in &signatures {
            if let Some(key) = Signers::from(&keys).find(signature.keyid) {
                self.seal.begin(key, signature.sig);
            }
        }
        Ok(())
    }

    fn update(&mut self, bytes: &[u8]) {
        if self.in_signed
            && let Seal::Signatures { running, .. } = &mut self.seal
        {
            for (_, running) in running {
                running.update(bytes);
            }
        }
    }

    /// TUF 5.5.3, 5.6.3.
    pub(super) fn check_signatures(&mut self) -> Result<()> {
        let Seal::Signatures { needed, running } = &mut self.seal else {
            return Err(Error::missing("signatures"));
        };
        let mut signed = SignedBy::default();
        for (key, running) in running {
            if running.finish() {
                signed.count(key);
            }
        }
        signed.check(self.role, *needed)
    }

    pub(super) fn check_digest(&self, digest: Digest) -> Result<()> {
        match self.seal {
            Seal::Digest(known) if known == digest => Ok(()),
            _ => Err(Error::wrong_digest(self.role)),
        }
    }

    /// What the document says of itself, once it was found to be whole.
    pub(super) fn header(&mut self) -> Result<(Version, Time)> {
        if !self.has.signatures {
            return Err(Error::missing("signatures"));
        }
        if !self.has.signed {
            return Err(Error::missing("signed"));
        }
        if !self.has.list {
            return Err(Error::missing(match self.role {
                Role::Snapshot => "meta",
                _ => "targets",
            }));
        }
        self.header.finish(self.role)
    }
}

impl core::fmt::Debug for Reading {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Reading")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

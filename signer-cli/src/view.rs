//! What a ceremony folder says, all together: the documents in force with the changes laid over.

use std::collections::BTreeMap;

use sealift_metadata::error::Role;
use sealift_metadata::profile::Profile;
use sealift_metadata::root::Root;
use sealift_metadata::targets::Targets;
use sealift_metadata::verify::{Document as _, RoleKeys};
use sealift_metadata::write::{Value, seal};

use crate::ceremony::Ceremony;
use crate::change::Change;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::names::RoleId;

/// The documents in force, and the pending changes.
#[derive(Clone, Debug)]
pub struct View {
    known: BTreeMap<RoleId, Document>,
    changes: BTreeMap<RoleId, Change>,
    landed: Vec<RoleId>,
}

/// Whose signatures a role needs.
#[derive(Clone, Debug)]
pub struct SignerSet {
    /// What tells the sets of a root apart: `old root` and `new root`. Empty for other roles.
    pub label: &'static str,
    /// The keys and the threshold.
    pub keys: RoleKeys,
}

impl View {
    /// Reads everything. A change whose payload is in force already has landed and is no longer
    /// pending: that is what an interrupted push leaves behind.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn load(ceremony: &Ceremony) -> Result<Self> {
        let mut view = Self {
            known: BTreeMap::new(),
            changes: BTreeMap::new(),
            landed: Vec::new(),
        };
        for role in ceremony.known_roles()? {
            if let Some(document) = ceremony.known_good(&role)? {
                view.known.insert(role, document);
            }
        }
        for role in ceremony.changed_roles()? {
            let Some(change) = ceremony.change(&role)? else {
                continue;
            };
            let landed = view.known.get(&role).map(|known| known.digest);
            if landed == Some(change.digest) {
                view.landed.push(role);
            } else {
                view.changes.insert(role, change);
            }
        }
        Ok(view)
    }

    /// The same with only these changes; the others stay unseen.
    ///
    /// # Errors
    /// [`Error::NoChange`].
    pub fn only(mut self, roles: &[RoleId]) -> Result<Self> {
        if let Some(missing) = roles.iter().find(|role| !self.changes.contains_key(role)) {
            return Err(Error::NoChange {
                role: missing.to_string(),
            });
        }
        self.changes.retain(|role, _| roles.contains(role));
        Ok(self)
    }

    /// The same with one more change, in the place of an earlier one of its role.
    #[must_use]
    pub fn with(mut self, change: Change) -> Self {
        self.changes.insert(change.role.clone(), change);
        self
    }

    /// The roles with a document in force, in order.
    pub fn known_roles(&self) -> impl Iterator<Item = &RoleId> {
        self.known.keys()
    }

    /// The document in force.
    pub fn known(&self, role: &RoleId) -> Option<&Document> {
        self.known.get(role)
    }

    /// The pending changes, in the order of their roles.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.values()
    }

    /// The pending change of a role.
    ///
    /// # Errors
    /// [`Error::NoChange`].
    pub fn change(&self, role: &RoleId) -> Result<&Change> {
        self.changes.get(role).ok_or_else(|| Error::NoChange {
            role: role.to_string(),
        })
    }

    /// The roles whose change is in force already.
    pub fn landed(&self) -> &[RoleId] {
        &self.landed
    }

    /// The payload of a role once every change is in force.
    pub fn payload(&self, role: &RoleId) -> Option<&[u8]> {
        match self.changes.get(role) {
            Some(change) => Some(&change.payload),
            None => self.known.get(role).map(|known| known.payload.as_slice()),
        }
    }

    /// As [`Self::payload`], as a tree.
    pub fn value(&self, role: &RoleId) -> Option<&Value> {
        match self.changes.get(role) {
            Some(change) => Some(&change.value),
            None => self.known.get(role).map(|known| &known.value),
        }
    }

    /// The root once every change is in force.
    ///
    /// # Errors
    /// [`Error::UnknownRole`] without one, [`Error::Metadata`].
    pub fn root(&self) -> Result<Root> {
        let payload = self.payload(&RoleId::Root).ok_or_else(|| unknown("root"))?;
        Root::read(payload).map_err(Error::metadata(&RoleId::Root))
    }

    /// A targets role once every change is in force.
    ///
    /// # Errors
    /// [`Error::UnknownRole`] without one, [`Error::Metadata`].
    pub fn targets(&self, role: &RoleId) -> Result<Targets<'_>> {
        let payload = self.payload(role).ok_or_else(|| unknown(role.as_str()))?;
        Targets::read(payload).map_err(Error::metadata(role))
    }

    /// What the weakest device can verify, once every change is in force.
    ///
    /// # Errors
    /// [`Error::Metadata`].
    pub fn profile(&self) -> Result<Profile> {
        let Some(value) = self.value(&RoleId::Targets) else {
            return Ok(Profile::default());
        };
        Profile::of_targets(&seal(value, &[])).map_err(Error::metadata(&RoleId::Targets))
    }

    /// Whose signatures the pending change of a role needs: for a root the signers of the root
    /// in force and those of the proposed one (TUF 5.3.4), otherwise those whom the delegating
    /// role names once its own change is in force.
    ///
    /// # Errors
    /// [`Error::UnknownRole`], [`Error::Metadata`].
    pub fn signer_sets(&self, role: &RoleId) -> Result<Vec<SignerSet>> {
        let plain = |keys| vec![SignerSet { label: "", keys }];
        match role {
            RoleId::Root => self.root_signer_sets(),
            RoleId::Targets => Ok(plain(self.root()?.signers(Role::Targets).into())),
            RoleId::Channels | RoleId::Product(_) => {
                let targets = self.targets(&RoleId::Targets)?;
                let delegation = targets
                    .delegations
                    .and_then(|delegations| delegations.named(role.as_str()))
                    .ok_or_else(|| unknown(role.as_str()))?;
                let keys = delegation
                    .keys()
                    .map_err(Error::metadata(&RoleId::Targets))?;
                Ok(plain(keys))
            }
        }
    }

    fn root_signer_sets(&self) -> Result<Vec<SignerSet>> {
        let read = |payload: &[u8]| Root::read(payload).map_err(Error::metadata(&RoleId::Root));
        let signers = |root: &Root| RoleKeys::from(root.signers(Role::Root));
        let next = signers(&self.root()?);
        let Some(known) = self.known(&RoleId::Root) else {
            return Ok(vec![SignerSet {
                label: "",
                keys: next,
            }]);
        };
        let old = SignerSet {
            label: "old root",
            keys: signers(&read(&known.payload)?),
        };
        let new = SignerSet {
            label: "new root",
            keys: next,
        };
        Ok(vec![old, new])
    }
}

fn unknown(role: &str) -> Error {
    Error::UnknownRole {
        role: role.to_owned(),
    }
}

//! A change: documents that somebody offers, read but not believed.

use std::collections::BTreeSet;

use sealift_metadata::Error;
use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::Role;
use sealift_metadata::limits::{ROOT_BYTES, TARGETS_BYTES};
use sealift_metadata::name::RoleName;
use sealift_metadata::root::Root;
use sealift_metadata::targets::Targets;
use sealift_metadata::verify::Document as _;

use super::Refusal;
use crate::limits::CHANGE_DOCUMENTS;
use crate::repository::{Document, ROOT, SNAPSHOT, State, TIMESTAMP};

/// Documents that somebody offers, at most one of each role.
#[derive(Clone, Debug)]
pub struct Change {
    documents: Vec<Document>,
}

impl Change {
    /// Reads the documents' roles and versions.
    ///
    /// # Errors
    /// [`Refusal::ReservedRole`], [`Refusal::DuplicateRole`], [`Refusal::TooMany`], and
    /// [`Refusal::Metadata`] for a document that cannot be read.
    pub fn parse(offered: Vec<(String, Vec<u8>)>) -> Result<Self, Refusal> {
        if offered.len() > CHANGE_DOCUMENTS {
            return Err(Refusal::TooMany {
                what: "documents",
                most: CHANGE_DOCUMENTS,
            });
        }
        let mut seen = BTreeSet::new();
        let mut documents = Vec::with_capacity(offered.len());
        for (role, bytes) in offered {
            if role == TIMESTAMP || role == SNAPSHOT {
                return Err(Refusal::ReservedRole { role });
            }
            if !seen.insert(role.clone()) {
                return Err(Refusal::DuplicateRole { role });
            }
            let version = read_version(&role, &bytes).map_err(Refusal::of(&role))?;
            documents.push(Document::new(&role, version, bytes));
        }
        Ok(Self { documents })
    }

    /// The documents that are not the current ones already, so that a push can be repeated. Each
    /// must follow the current version of its role.
    ///
    /// # Errors
    /// [`Refusal::Stale`], [`Refusal::RootMissing`].
    pub fn compare(&self, state: &State) -> Result<Vec<Document>, Refusal> {
        let is_root = |document: &Document| document.role == ROOT;
        if state.current(ROOT).is_none() && !self.documents.iter().any(is_root) {
            return Err(Refusal::RootMissing);
        }
        let is_current = |document: &&Document| {
            let current = state.current(&document.role);
            current.is_some_and(|current| current.bytes == document.bytes)
        };
        let fresh = self.documents.iter().filter(|it| !is_current(it));
        fresh
            .map(|document| {
                let current = state.version(&document.role);
                if document.version == current.saturating_add(1) {
                    return Ok(document.clone());
                }
                Err(Refusal::Stale {
                    role: document.role.clone(),
                    current,
                    offered: document.version,
                })
            })
            .collect()
    }
}

fn read_version(role: &str, bytes: &[u8]) -> sealift_metadata::Result<u64> {
    RoleName::new(role)?;
    let (kind, cap, what) = if role == ROOT {
        (Role::Root, ROOT_BYTES, "root")
    } else {
        (Role::Targets, TARGETS_BYTES, "targets role")
    };
    if bytes.len() > cap {
        return Err(Error::TooLarge(what));
    }
    let envelope = Envelope::read(kind, bytes)?;
    let version = match kind {
        Role::Root => Root::read(envelope.signed)?.version,
        _ => Targets::read(envelope.signed)?.version,
    };
    Ok(version.get())
}
